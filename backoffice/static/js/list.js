// Lists: ticking rows, keys, the quick look, and changing a cell where it stands. Without this file a list still works:
// rows are opened by their link, ticked one by one, and changed in their form.

import { register } from "./keys.js";

const shown = () => Boolean(document.querySelector("form[data-list]"));
register(
  { shown: ["j"], does: "Next row", when: shown },
  { shown: ["k"], does: "Row before", when: shown },
  { shown: ["x"], does: "Tick the row", when: shown },
  { shown: ["Space"], does: "Look at the row", when: shown },
  { shown: ["Enter"], does: "Open the row", when: shown },
  { shown: ["e"], does: "Change the row", when: shown },
);

/** Make every list below `root` work; a list that works already is left alone, so it may be called after each swap. */
export function lists(root = document) {
  // What was asked for above the list takes the focus, unless it had it before it was changed.
  if (root.parentElement?.id === "list-panel" && !root.contains(document.activeElement)) {
    root.querySelector("input:not([type=hidden]), select, button")?.focus();
  }
  // A link that is gone with the list it led to leaves the focus at the beginning of the next one.
  if (root.id === "list" && document.activeElement === document.body) root.focus({ preventScroll: true });
  root.querySelectorAll("form[data-list]").forEach((form) => {
    if (form.dataset.ready) return;
    form.dataset.ready = "yes";
    labels(form);
    selection(form);
    keys(form);
    cells(form);
  });
}

const rowsOf = (form) => [...form.querySelectorAll("tbody tr")];
const tickOf = (row) => row.querySelector('input[name="rowid"]');
// The name of the row, or the word "Open" where it has none: the only link that is told from the list.
const linkOf = (row) => row.querySelector('a[href^="details/"]');
const idOf = (row) => new URL(linkOf(row).href).searchParams.get("id");

/** On a telephone a row is a card, in which each cell but the first says its column's name. */
function labels(form) {
  const heads = [...form.querySelectorAll("thead th")];
  const first = heads.findIndex((head) => !head.querySelector("input"));
  for (const row of rowsOf(form)) {
    for (const cell of row.cells) {
      const name = heads[cell.cellIndex].textContent.trim();
      if (cell.cellIndex > first && cell.textContent && !cell.matches(".open")) cell.dataset.label = name;
    }
  }
}

/** What is ticked, in words; and "all rows that match", once the whole page is ticked. */
function selection(form) {
  const bar = form.querySelector("[data-selection]");
  if (!bar) return;
  const all = form.querySelector("[data-tick-all]");
  const matching = bar.querySelector('input[name="matching"]');
  const total = bar.dataset.total;
  bar.querySelector("[data-matching]").hidden = true;

  function show() {
    const boxes = rowsOf(form).map(tickOf);
    const ticked = boxes.filter((box) => box.checked).length;
    const whole = ticked > 0 && ticked === boxes.length;
    if (!whole) matching.checked = false;
    all.checked = whole;
    all.indeterminate = ticked > 0 && !whole;
    const told = matching.checked
      ? `All ${total} that match are selected`.replace("  ", " ")
      : ticked === 1 ? "1 row selected" : ticked ? `${ticked} rows selected` : "";
    bar.querySelector("[data-selected]").textContent = told;
    // The bar is away while nothing is ticked; who hears the page is told all the same.
    form.querySelector("[data-selection-told]").textContent = told;
    bar.querySelectorAll("button[formaction]").forEach((button) => { button.disabled = !ticked; });
    const more = bar.querySelector("[data-all]");
    more.hidden = !whole || total === String(boxes.length);
    bar.querySelector("[data-all-text]").textContent = matching.checked ? "" : `All ${boxes.length} on this page are selected.`;
    bar.querySelector("[data-all-toggle]").textContent = matching.checked
      ? "Clear the selection"
      : total ? `Select all ${total} that match` : "Select all that match";
  }

  all.addEventListener("change", () => {
    rowsOf(form).forEach((row) => { tickOf(row).checked = all.checked; });
    show();
  });
  bar.querySelector("[data-all-toggle]").addEventListener("click", () => {
    matching.checked = !matching.checked;
    if (!matching.checked) {
      rowsOf(form).forEach((row) => { tickOf(row).checked = false; });
      // The button leaves with the bar.
      all.focus();
    }
    show();
  });
  form.addEventListener("change", (event) => { if (event.target.name === "rowid") show(); });
  // Going back in the browser may bring ticks along.
  if (document.readyState !== "complete") window.addEventListener("pageshow", show, { once: true });
  show();
}

/** j and k move, x ticks, space or p looks, Enter opens, e changes: keys of a row that has the focus, and of no other place. */
function keys(form) {
  const rows = rowsOf(form);
  rows.forEach((row, index) => { row.tabIndex = index ? -1 : 0; });

  function focus(row) {
    if (!row) return;
    rows.forEach((other) => { other.tabIndex = other === row ? 0 : -1; });
    row.focus();
    row.scrollIntoView({ block: "nearest" });
    if (document.querySelector("#peek.show")) look(form, row);
  }

  const does = {
    j: (row) => focus(rows[rows.indexOf(row) + 1]),
    k: (row) => focus(rows[rows.indexOf(row) - 1]),
    x: (row) => tickOf(row)?.click(),
    p: (row) => look(form, row),
    " ": (row) => look(form, row),
    Escape: () => peek().hide(),
    Enter: (row) => window.location.assign(linkOf(row).href),
    e: (row) => change(form, row, editable(form, row)[0]),
    ArrowRight: (row) => step(form, row, 1),
    ArrowLeft: (row) => step(form, row, -1),
  };

  document.getElementById("peek").addEventListener("hidden.bs.offcanvas", (event) => {
    if (event.target.contains(document.activeElement) || document.activeElement === document.body) {
      rows.find((row) => row.tabIndex === 0)?.focus();
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = document.activeElement;
    const row = at && at.closest("tr");
    const cell = at && at.matches("td[tabindex]") ? at : null;
    const act = does[event.key];
    if (!act || !rows.includes(row) || (at !== row && !cell)) return;
    event.preventDefault();
    if (cell && (event.key === "e" || event.key === "Enter")) change(form, row, cell);
    else act(row);
  });
}

/** The cells of a row that can be changed, as the head says. */
function editable(form, row) {
  if (!form.dataset.cell) return [];
  const heads = [...form.querySelectorAll("thead th")];
  return [...row.cells].filter((cell) => heads[cell.cellIndex].dataset.edit && !cell.querySelector("[data-cell-form]"));
}

/** Move along the cells that can be changed. */
function step(form, row, by) {
  const found = editable(form, row);
  if (!found.length) return;
  const now = found.indexOf(document.activeElement);
  const next = found[now < 0 ? (by > 0 ? 0 : found.length - 1) : now + by];
  if (!next) return row.focus();
  next.tabIndex = -1;
  next.focus();
}

/** Show the row beside the list. */
function look(form, row) {
  const back = encodeURIComponent(window.location.pathname + window.location.search);
  const panel = document.getElementById("peek");
  // Asked twice for the same row, it takes the focus; Escape gives it back.
  if (panel.classList.contains("show") && panel.dataset.row === idOf(row)) return panel.focus();
  panel.dataset.row = idOf(row);
  window.htmx.ajax("GET", `${form.dataset.peek}?id=${idOf(row)}&back=${back}`, { target: "#peek-body" });
  peek().show();
}

const peek = () => window.tabler.Offcanvas.getOrCreateInstance("#peek", { backdrop: false, scroll: true });

/** Turn a cell into its field. */
function change(form, row, cell) {
  if (!cell) return;
  const head = form.querySelectorAll("thead th")[cell.cellIndex];
  const address = `${form.dataset.cell}?id=${idOf(row)}&name=${head.dataset.edit}`;
  window.htmx.ajax("GET", address, { target: cell, swap: "outerHTML" });
}

function cells(form) {
  form.addEventListener("htmx:afterSwap", () => labels(form));
  form.addEventListener("dblclick", (event) => {
    const cell = event.target.closest("td");
    const row = cell && cell.closest("tr");
    if (row && editable(form, row).includes(cell)) change(form, row, cell);
  });
  form.addEventListener("click", (event) => {
    if (event.target.matches("[data-cell-save]")) save(event.target.closest("[data-cell-form]"));
  });
  form.addEventListener("keydown", (event) => {
    const field = event.target.closest("[data-cell-form]");
    if (!field) return;
    if (event.key === "Enter" && event.target.matches("[data-cell-input]")) {
      event.preventDefault();
      save(field);
    } else if (event.key === "Escape") {
      event.preventDefault();
      field.querySelector("[data-cell-cancel]").click();
    }
  });
  form.addEventListener("htmx:load", (event) => {
    const cell = event.target;
    const input = cell.querySelector("[data-cell-input]");
    if (input) input.focus();
    if (!cell.dataset.pin) return;
    const row = cell.closest("tr");
    const box = tickOf(row);
    if (box) box.value = cell.dataset.pin;
    row.focus();
  });
}

const save = (field) => window.htmx.trigger(field, "save");
