// The sheet beside a page: an action's form with its dry run, then what came of it. When an operation was begun in it,
// what is below is fetched anew once the sheet is closed. Without this file each step is a page of its own.
import { texts } from "./unsaved.js";

const LOST = "Close without doing it? What you typed is lost.";
const sheet = () => document.getElementById("sheet");
const body = () => document.getElementById("sheet-body");
const asked = () => document.querySelector("dialog.sheet[open] form");
let first = new Map();

export function sheets(root) {
  for (const button of root.querySelectorAll("[data-asks] button[formaction]")) asks(button);
  if (root.matches("[data-sheet]")) shown(root);
  // What had the focus went with what was below.
  if (root.id === "main" && document.activeElement === document.body) root.focus({ preventScroll: true });
  const dialog = root.querySelector("dialog.sheet");
  dialog?.addEventListener("close", left);
  dialog?.addEventListener("cancel", (event) => { if (changed() && !window.confirm(LOST)) event.preventDefault(); });
}

// What leads to the action's page leads into the sheet.
function asks(button) {
  const into = { "hx-post": button.getAttribute("formaction"), "hx-target": "#sheet-body", "hx-swap": "innerHTML", "aria-haspopup": "dialog" };
  for (const [name, value] of Object.entries(into)) button.setAttribute(name, value);
  window.htmx.process(button);
}

function shown(part) {
  const dialog = sheet();
  if (!dialog.open) {
    // Whoever closed it while an operation ran does not want it back.
    if ("operation" in part.dataset) return part.remove();
    // What lies outside of an open dialog is not shown in front of it.
    dialog.append(document.getElementById("toasts"));
    dialog.showModal();
    dialog.scrollTop = 0;
  }
  const form = asked();
  if (form && !part.querySelector("[aria-invalid]")) first = texts(form);
  const field = part.querySelector("[aria-invalid]")
    || form?.querySelector("input:not([type=hidden]), select:not(.tomselected), textarea");
  // The button that does it is not the first to take the focus: Enter twice would have done it unread.
  if (field) field.focus();
  else if (!dialog.contains(document.activeElement) || form) part.querySelector("#sheet-title").focus();
}

function changed() {
  return Boolean(asked()) && [...texts(asked())].some(([name, value]) => first.get(name) !== value);
}

function left() {
  document.body.append(document.getElementById("toasts"));
  const begun = body().querySelector("[data-operation]");
  body().replaceChildren();
  if (begun) renew();
}

function renew() {
  const here = window.location.pathname + window.location.search;
  const list = document.getElementById("list");
  if (list) window.htmx.ajax("GET", here, { target: "#list", swap: "outerHTML" });
  else window.htmx.ajax("GET", here, { target: "#main", select: "#main", swap: "outerHTML" });
}
