// Forms over a record. Without this file every field is shown, and what is chosen is chosen by hand.
export function forms(root) {
  root.querySelectorAll("[data-question]").forEach(typingChooses);
}

// Whoever changes their own text in a question means that text.
function typingChooses(question) {
  const mine = question.querySelector("input[type=radio][value=mine]");
  for (const kind of ["input", "change"]) {
    question.querySelector("[data-mine]").addEventListener(kind, () => { mine.checked = true; });
  }
}
