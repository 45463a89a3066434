// A picker offers to make what is not there yet: the form comes as a dialog, what it made is chosen in the picker.
import { say } from "./toasts.js";

const FIRST = "form input:not([type=hidden]), form select:not(.tomselected), form textarea";
let asking = null;

export function creating(root) {
  for (const offer of root.querySelectorAll("[data-creates]")) {
    offer.addEventListener("click", () => { asking = document.getElementById(offer.dataset.creates); });
  }
  for (const dialog of root.querySelectorAll("dialog[data-create]")) dialog.addEventListener("close", () => left(dialog));
  const dialog = root.matches(".create-form, [data-made]") ? root.closest("dialog[data-create]") : null;
  if (!dialog) return;
  if (root.matches("[data-made]")) made(dialog, root.dataset);
  else opened(dialog);
}

function opened(dialog) {
  // What lies outside of an open dialog is not shown in front of it.
  dialog.append(document.getElementById("toasts"));
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[aria-invalid]") || dialog.querySelector(FIRST))?.focus();
}

function left(dialog) {
  document.body.append(document.getElementById("toasts"));
  document.getElementById("create-body").replaceChildren();
}

function made(dialog, row) {
  const { made: id, label, told } = row;
  dialog.close();
  choose(asking, id, label);
  say("success", told);
}

function choose(select, id, text) {
  const picker = select.tomselect;
  picker.addOption({ id, text });
  picker.setValue(id);
  // The choice is made: the focus is back, the list of answers stays closed.
  const opens = picker.settings.openOnFocus;
  picker.settings.openOnFocus = false;
  picker.focus();
  window.setTimeout(() => { picker.settings.openOnFocus = opens; }, 100);
}
