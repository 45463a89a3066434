// The switches of theme and density: the page changes at once, and theme.js draws it.
export function appearing(root) {
  for (const form of root.querySelectorAll("form[data-appearance]")) {
    form.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) show(form, event.detail.requestConfig.parameters);
    });
  }
}

function show(form, sent) {
  for (const name of ["theme", "density"]) {
    if (sent[name]) document.documentElement.dataset[name] = sent[name];
  }
  for (const button of form.querySelectorAll("button[name]")) {
    const chosen = button.value === sent[button.name];
    button.classList.toggle("active", chosen);
    button.setAttribute("aria-pressed", String(chosen));
  }
}
