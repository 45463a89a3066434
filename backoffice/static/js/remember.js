// What a person folds stays folded in this browser.
export function remembering(root) {
  for (const part of root.querySelectorAll("details[data-remember]")) {
    const key = `fold ${part.dataset.remember}`;
    const kept = localStorage.getItem(key);
    if (kept) part.open = kept === "open";
    part.addEventListener("toggle", () => localStorage.setItem(key, part.open ? "open" : "shut"));
  }
}
