// Pickers: a choice of a reference is searched for at the server; without scripts it holds what is chosen now.
export function pickers(root) {
  for (const select of root.querySelectorAll("select[data-lookup]")) {
    if (!select.tomselect) hidden(searched, select);
  }
  for (const select of root.querySelectorAll("select[data-pick]")) {
    if (!select.tomselect) hidden(plain, select);
  }
}

// The choice itself stays in the form and is for programs only once the picker speaks for it.
function hidden(make, select) {
  make(select);
  select.setAttribute("aria-hidden", "true");
}

function plain(select) {
  new window.TomSelect(select, { ...common(select), allowEmptyOption: true });
}

function searched(select) {
  const made = new window.TomSelect(select, {
    ...common(select),
    valueField: "id",
    labelField: "text",
    searchField: [],
    preload: "focus",
    plugins: removable(select),
    shouldLoad: () => true,
    load: (text, done) => {
      const address = `${select.dataset.lookup}&q=${encodeURIComponent(text)}`;
      fetch(address, { headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((rows) => {
          // The rows of the search before are not what is looked for now.
          select.tomselect.clearOptions((option) => select.tomselect.items.includes(option.id));
          done(rows);
        })
        .catch(() => done());
    },
  });
  // Its numbers for answers begin at one although what is chosen has them already; then an id would come twice.
  made.order = select.options.length;
}

function common(select) {
  return { maxOptions: 200, placeholder: select.dataset.placeholder || "Type to search", onDropdownOpen: named(select) };
}

// The list of answers is called what the field is called.
function named(select) {
  return (dropdown) => dropdown.querySelector("[role=listbox]")?.setAttribute("aria-label", label(select));
}

function label(select) {
  return select.labels[0]?.textContent.trim() || select.getAttribute("aria-label") || select.name;
}

// What may be empty or many can be taken out again; the empty choice itself is nothing to find in the answers.
function removable(select) {
  return select.multiple || select.querySelector("option[value='']") ? ["remove_button"] : [];
}
