// Review mode: dialogs of decisions, canned texts, and giving back what the page held when it is left.
export function review(root) {
  for (const screen of root.querySelectorAll("[data-review]")) leaving(screen);
  for (const button of root.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
  }
  for (const choice of root.querySelectorAll("[data-reply]")) choice.addEventListener("change", () => fill(choice));
  // What was refused is open again, with what was typed.
  root.querySelector("dialog[data-refused]")?.showModal();
  if (root.id === "item") root.focus({ preventScroll: true });
}

function fill(choice) {
  const { text, reason } = choice.selectedOptions[0].dataset;
  const form = choice.form;
  const words = form.elements.message || form.elements.note || form.elements.text;
  if (words && text) words.value = text;
  const code = form.elements.reason;
  if (code && reason && [...code.options].some((one) => one.value === reason)) code.value = reason;
}

function leaving(screen) {
  window.addEventListener("pagehide", () => {
    const token = new FormData();
    token.append("csrf_token", JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]);
    navigator.sendBeacon(screen.dataset.review, token);
  });
}
