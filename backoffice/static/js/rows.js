// JSON row by row: a list of texts, or values by name. The textarea stays what is sent; without this file, or for JSON
// of another shape, it is typed into directly.
export function rows(root) {
  root.querySelectorAll("[data-rows]").forEach((place) => {
    if (!place.dataset.ready) editor(place);
  });
}

const kinds = {
  list: {
    read: (value) => (Array.isArray(value) && value.every((one) => typeof one === "string") ? value.map((one) => ["", one]) : null),
    write: (pairs) => pairs.map(([, value]) => value),
    none: [],
  },
  facts: {
    read: (value) => (plain(value) ? Object.entries(value) : null),
    write: (pairs) => Object.fromEntries(pairs),
    none: {},
  },
};

const plain = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && Object.values(value).every(exact);
// A number that a script cannot hold exactly stays in the textarea.
const exact = (one) => ["string", "boolean"].includes(typeof one) || (typeof one === "number" && Math.abs(one) <= Number.MAX_SAFE_INTEGER);

function editor(place) {
  place.dataset.ready = "yes";
  const kind = kinds[place.dataset.rows];
  const source = place.nextElementSibling;
  const area = source.querySelector("textarea");
  const label = place.dataset.rowsOf;
  const nothing = area.value.trim() && area.value.trim() !== "null" ? JSON.stringify(kind.none) : "";

  function load() {
    let found = null;
    try {
      found = kind.read(area.value.trim() ? JSON.parse(area.value) : kind.none);
    } catch {
      // What is no JSON is put right as JSON.
    }
    place.replaceChildren();
    source.open = found === null;
    if (found === null) return;
    const add = button("Add a row", "btn btn-sm btn-outline-secondary", () => line("", "").querySelector("input").focus());
    place.append(add);
    for (const [name, value] of found) line(name, value);

    function line(name, value) {
      const row = document.createElement("div");
      row.className = "row-line";
      const number = place.querySelectorAll(".row-line").length + 1;
      if (place.dataset.rows === "facts") row.append(input(`${label}, name ${number}`, name, "name"));
      const box = input(`${label}, value ${number}`, String(value), "value");
      box.kept = value;
      row.append(box, button("Remove", "btn btn-sm btn-outline-secondary", () => {
        row.remove();
        write();
        add.focus();
      }, `Remove ${label.toLowerCase()} ${number}`));
      add.before(row);
      return row;
    }
  }

  function write() {
    const seen = new Set();
    const pairs = [];
    for (const row of place.querySelectorAll(".row-line")) {
      const [value, name] = ["value", "name"].map((one) => row.querySelector(`[data-${one}]`));
      const key = name ? name.value : "";
      if (!key && !value.value) continue;
      if (name) {
        name.setCustomValidity(!key ? "Write a name." : seen.has(key) ? "This name is there already." : "");
        seen.add(key);
      }
      pairs.push([key, name ? typed(value) : value.value]);
    }
    area.value = pairs.length ? JSON.stringify(kind.write(pairs), null, 2) : nothing;
    area.dispatchEvent(new CustomEvent("rows:written", { bubbles: true }));
  }

  // Typing in a box must not reach the form under the name of a field, since a box has none.
  place.addEventListener("input", write);
  area.addEventListener("change", load);
  load();
}

// A text stays a text; a new value is a number or yes and no where it reads like one.
function typed(box) {
  const text = box.value;
  if (text === String(box.kept)) return box.kept;
  if (typeof box.kept === "string" && box.kept !== "") return text;
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && String(Number(text)) === text && exact(Number(text)) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function input(label, value, part) {
  const box = document.createElement("input");
  box.className = "form-control form-control-sm";
  box.setAttribute("aria-label", label);
  box.setAttribute(`data-${part}`, "");
  box.value = value;
  return box;
}

function button(text, look, act, label = text) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look;
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}
