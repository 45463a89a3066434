// The palette: opened by Ctrl-K, Cmd-K or its button; htmx fetches what fits, this moves through it.
import { register } from "./keys.js";

register({ key: "k", ctrl: true, shown: ["Ctrl", "K"], does: "Search everything", when: () => Boolean(dialog()), run: open });

function dialog() {
  return document.getElementById("palette");
}

function box() {
  return document.getElementById("palette-text");
}

function options() {
  return [...dialog().querySelectorAll("a[role=option]")];
}

function open() {
  document.getElementById("keys").close();
  if (!dialog().open) dialog().showModal();
  box().value = "";
  box().focus();
  window.htmx.trigger(box(), "palette:opened");
}

// The focus stays in the box; the chosen option is told by its id.
function choose(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) {
    box().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    box().removeAttribute("aria-activedescendant");
  }
}

function move(by) {
  const all = options();
  const at = all.indexOf(chosen());
  if (all.length) choose(all[(at + by + all.length) % all.length]);
}

function chosen() {
  return dialog().querySelector("a[role=option][aria-selected=true]");
}

function follow(event) {
  const option = chosen();
  if (!option) return;
  if (event.ctrlKey || event.metaKey) window.open(option.href, "_blank", "noopener");
  else window.location.assign(option.href);
}

const KEYS = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: follow };

document.addEventListener("keydown", (event) => {
  if (event.target !== box() || event.isComposing || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key](event);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-palette]") || !dialog() || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open();
});

// Wakes what htmx has put in: the best option is chosen, so that Enter opens it.
export function palette(root) {
  if (root.closest?.("#palette-results") || root.id === "palette-results") choose(options()[0]);
}
