// Good news leaves after a while; a refusal stays until it is closed.
const SECONDS = { success: 6, info: 8 };

export function saying(root) {
  for (const toast of root.querySelectorAll("[data-toast]")) show(toast);
}

export function say(tone, text) {
  const toast = document.createElement("div");
  toast.className = `toast toast-${tone}`;
  toast.dataset.toast = tone;
  const body = document.createElement("div");
  body.className = "toast-body";
  const mark = document.createElement("span");
  mark.className = `tone-mark tone-${tone}`;
  const words = document.createElement("span");
  words.className = "toast-text";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.dataset.bsDismiss = "toast";
  close.setAttribute("aria-label", "Close");
  body.append(mark, words, close);
  toast.append(body);
  document.getElementById("toasts").append(toast);
  show(toast);
}

function show(toast) {
  const seconds = SECONDS[toast.dataset.toast];
  const options = { autohide: Boolean(seconds), delay: (seconds || 0) * 1000, animation: false };
  window.tabler.Toast.getOrCreateInstance(toast, options).show();
  toast.addEventListener("hidden.bs.toast", () => toast.remove());
}
