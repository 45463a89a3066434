// Keys that work anywhere on a page. A feature says which ones it has, what they do, and where they make sense;
// the help dialog lists those of the page that is shown.
const known = [];

// `key` is the event's own name of it; `ctrl` asks for Ctrl or Cmd. `when` says whether the page has it.
export function register(...keys) {
  known.push(...keys);
}

register(
  { key: "/", shown: ["/"], does: "Search this list", when: () => Boolean(box()), run: () => box().select() },
  { key: "?", shown: ["?"], does: "Show the keys", when: () => Boolean(dialog()), run: help },
  { key: "g", shown: [], when: () => Boolean(dialog()), run: goSoon },
);

function box() {
  return document.querySelector("main input[type=search]");
}

function dialog() {
  return document.getElementById("keys");
}

function help() {
  const body = dialog().querySelector("[data-keys]");
  const linked = [...document.querySelectorAll("[data-key]")]
    .map((one) => ({ shown: [one.dataset.key], does: one.getAttribute("aria-label") || one.textContent.trim() }));
  body.replaceChildren(...[...known.filter((one) => one.shown.length && one.when()), ...linked].map(row));
  dialog().showModal();
}

function row(one) {
  const line = document.createElement("tr");
  const keys = document.createElement("td");
  for (const name of one.shown) {
    const key = document.createElement("kbd");
    key.textContent = name;
    keys.append(key, " ");
  }
  const does = document.createElement("td");
  does.textContent = one.does;
  line.append(keys, does);
  return line;
}

// After `g` the next letter is the page's, for a moment.
let going = 0;
function goSoon() {
  going = Date.now() + 1500;
}

function gone(event) {
  if (Date.now() > going) return false;
  going = 0;
  const link = dialog()?.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
  if (link) window.location.assign(link.href);
  return Boolean(link);
}

function typing(event) {
  return Boolean(event.target.closest?.("input, textarea, select, [contenteditable=true]"));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey || !event.key) return;
  const ctrl = event.ctrlKey || event.metaKey;
  // Letters are for the field that has the focus, and an open dialog hides the page.
  if (!ctrl && (typing(event) || document.querySelector("dialog[open], .modal.show"))) return;
  if (!ctrl && gone(event)) {
    event.preventDefault();
    return;
  }
  // A link of the page may have a key of its own.
  const link = ctrl ? null : document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (link) {
    event.preventDefault();
    link.click();
    return;
  }
  const found = known.find((one) => one.key === event.key.toLowerCase() && Boolean(one.ctrl) === ctrl && one.when());
  if (found) {
    event.preventDefault();
    found.run();
  }
});

// A dialog closes by its button and by a click beside it; Escape is the browser's.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
  else if (event.target.matches("dialog.palette")) event.target.close();
});
