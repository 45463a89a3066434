import { register } from "./keys.js";

register({ key: "enter", ctrl: true, shown: ["Ctrl", "Enter"], does: "Send the form", when: () => Boolean(sent()), run: () => [...sent().elements].find((one) => one.type === "submit")?.click() });

// The form that Ctrl-Enter sends: that of the open dialog, which hides the others; that which has the focus; the record's.
function sent() {
  const dialog = document.querySelector("dialog[open], .modal.show");
  if (dialog) return dialog.querySelector("form[data-form], form[data-send]");
  return document.activeElement?.closest("form[data-form], form[data-send]") || document.querySelector("form[data-form]");
}

// Forms over a record. Without this file every field is shown, and what is chosen is chosen by hand.
export function forms(root) {
  root.querySelectorAll("[data-question]").forEach(typingChooses);
  root.querySelectorAll("form[data-form]").forEach(conditions);
}

// Whoever changes their own text in a question means that text.
function typingChooses(question) {
  const mine = question.querySelector("input[type=radio][value=mine]");
  for (const kind of ["input", "change"]) {
    question.querySelector("[data-mine]").addEventListener(kind, () => { mine.checked = true; });
  }
}

// A field is shown while another has the value it waits for. Hidden, it keeps its value and is still sent; a field that
// was refused, or is asked about, is never hidden.
function conditions(form) {
  const waiting = [...form.querySelectorAll("[data-shown-by]")].filter((field) => !field.closest("[data-question]"));
  if (!waiting.length) return;
  const show = () => {
    for (const field of waiting) {
      const by = form.elements[field.dataset.shownBy];
      field.hidden = Boolean(by) && by.value !== field.dataset.shownWhen && !field.querySelector("[aria-invalid]");
    }
  };
  form.addEventListener("change", show);
  show();
}
