"use strict";

// Pickers: a search box above each choice of a reference asks the server for rows that fit.
function makePicker(select) {
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control form-control-sm mb-1";
  box.placeholder = "Type to search";
  box.setAttribute("aria-label", "Search for " + select.name);
  select.before(box);
  let waiting = 0;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => fill(select, box.value), 200);
  });
  select.addEventListener("focus", () => fill(select, box.value), { once: true });
}

async function fill(select, text) {
  const address = select.dataset.lookup + "&q=" + encodeURIComponent(text);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const chosen = select.value;
  const kept = [...select.options].filter((option) => option.value === "" || option.selected);
  const found = (await answer.json())
    .filter((row) => row.id !== chosen)
    .map((row) => new Option(row.text, row.id));
  select.replaceChildren(...new Set([...kept, ...found]));
}

// Progress of an operation: counts are refreshed, and the page is loaded again when it has ended.
async function watch(node) {
  const answer = await fetch(node.dataset.progress, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const state = await answer.json();
  for (const [status, count] of Object.entries(state.counts)) {
    const cell = node.querySelector('[data-count-of="' + status + '"]');
    if (cell) cell.textContent = count;
  }
  document.querySelector("[data-status]").textContent = state.label;
  if (state.live) setTimeout(() => watch(node), 1000);
  else window.location.reload();
}

document.querySelectorAll("select[data-lookup]").forEach(makePicker);
document.querySelectorAll("[data-progress]").forEach((node) => setTimeout(() => watch(node), 500));
document.querySelectorAll("[data-tick-all]").forEach((box) => {
  box.addEventListener("change", () => {
    box.form.querySelectorAll('input[name="rowid"]').forEach((row) => { row.checked = box.checked; });
  });
});
