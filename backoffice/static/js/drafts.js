// Drafts: what was typed into a form and not saved is kept in this browser, for the same person and record, and offered
// when the form is opened again. Personal data and passwords are never kept; a save or signing out forgets.
import { ago } from "./ago.js";
import { texts } from "./unsaved.js";

const PREFIX = "draft ";
const DAYS = 7 * 24 * 3600 * 1000;

export function drafts(root) {
  forgetSaved();
  for (const form of root.querySelectorAll("form[data-draft]")) keep(form);
  for (const form of document.querySelectorAll('form[action$="/sign-out"]')) form.addEventListener("submit", () => forget(() => true));
}

// The server says with a cookie what it has saved, since a form that was sent may yet have been refused.
function forgetSaved() {
  const found = document.cookie.match(/(?:^|; )saved=([^;]+)/);
  if (!found) return;
  document.cookie = "saved=; Max-Age=0; Path=/; SameSite=Lax";
  forget((key) => key === PREFIX + decodeURIComponent(found[1]));
}

function forget(which) {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX) && which(key)) localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return draft && Date.now() - draft.at < DAYS ? draft : null;
  } catch {
    return null;
  }
}

const version = (form) => form.elements.row_version?.value || "";

// Answers to a question are about texts that only this page has.
function mayKeep(form, name) {
  const control = form.elements[name];
  return Boolean(control?.dataset) && control.type !== "password" && !("private" in control.dataset) && !name.startsWith("choice-");
}

function keep(form) {
  const key = PREFIX + form.dataset.draft;
  const first = texts(form);
  const back = "changed" in form.dataset;
  let draft = read(key);
  let waiting = 0;

  // A draft that nobody has decided about yet is added to, and stays one of the version it was begun over.
  function write() {
    const values = { ...draft?.values };
    for (const [name, value] of texts(form)) {
      if (!mayKeep(form, name) || (first.get(name) === value && !(back && name in values))) continue;
      values[name] = { value, label: form.elements[name].tomselect?.getItem(value)?.textContent || "" };
    }
    try {
      if (!Object.keys(values).length) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ at: Date.now(), version: draft ? draft.version : version(form), values }));
    } catch {
      // Full, or not allowed: then there is no draft.
    }
  }

  for (const kind of ["input", "change", "rows:written"]) {
    form.addEventListener(kind, () => {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(write, 300);
    });
  }
  form.addEventListener("submit", write);
  // A form that came back has what was typed already.
  if (draft && !back) {
    offer(form, draft, () => {
      draft = null;
      write();
    });
  }
}

function offer(form, draft, discard) {
  const banner = form.querySelector("[data-draft-offer]");
  const newer = draft.version !== version(form);
  banner.querySelector("[data-draft-text]").textContent = `You have an unsaved draft from ${ago(draft.at)}.`
    + (newer ? " The record was changed since; saving the draft shows both." : "");
  banner.hidden = false;
  banner.querySelector("[data-draft-discard]").addEventListener("click", () => {
    discard();
    banner.hidden = true;
  });
  banner.querySelector("[data-draft-restore]").addEventListener("click", () => {
    restore(form, draft);
    if (newer) over(form, draft.version);
    banner.hidden = true;
  });
}

// What was typed over an older version is saved as such, so that the server asks about what both changed.
function over(form, older) {
  form.elements.row_version.value = older;
  form.elements.row_opened.value = "";
}

function restore(form, draft) {
  for (const [name, kept] of Object.entries(draft.values)) {
    const control = form.elements[name];
    if (!mayKeep(form, name)) continue;
    if (control.tomselect) {
      control.tomselect.addOption({ id: kept.value, value: kept.value, text: kept.label || kept.value });
      control.tomselect.setValue(kept.value);
    } else control.value = kept.value;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
