// Buttons that copy a value: an id is shown short and copied whole.
import { say } from "./toasts.js";

export function copying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.onclick = () => copy(button.dataset.copy);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("success", `Copied ${text}`);
  } catch {
    say("warning", `The browser does not let pages copy. The value is ${text}`);
  }
}
