// Leaving a form that was changed asks first, whichever way one leaves; sending it does not.
export function unsaved(root) {
  for (const form of root.querySelectorAll("form[data-form]")) guard(form);
}

/** The texts of a form's fields by name, without what the page itself put in. */
export function texts(form) {
  return new Map([...form.elements].filter((one) => one.name && !["hidden", "submit", "button"].includes(one.type)
    && (one.type !== "radio" || one.checked)).map((one) => [one.name, one.value]));
}

function guard(form) {
  const first = texts(form);
  let sent = false;
  const changed = () => form.isConnected && !sent
    && ("changed" in form.dataset || [...texts(form)].some(([name, value]) => first.get(name) !== value));
  form.addEventListener("submit", () => { sent = true; });
  // Going back in the browser brings the page along as it was left.
  window.addEventListener("pageshow", () => { sent = false; });
  window.addEventListener("beforeunload", (event) => {
    if (changed()) event.preventDefault();
  });
}
