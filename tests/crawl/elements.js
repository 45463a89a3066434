// What a page is made of, without its words: its headings and parts, and elements as accessibility sees them, each kind
// once. The first element of each kind is kept, so that axe can be asked about it.
() => {
  const looks = (one) => [one.tagName, one.className.baseVal ?? one.className].join(".");
  const kind = (one) => {
    const names = one.getAttributeNames().filter((name) => !/^(id|href|value|data-|hx-|title|content)/.test(name)).sort();
    const told = ["role", "type", "scope", "aria-current", "aria-expanded", "tabindex"].map((name) => one.getAttribute(name));
    const labelled = one.labels ? Number(one.labels.length > 0) : "";
    const words = [...one.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
    return [one.parentElement && looks(one.parentElement), looks(one), names, told, labelled, Number(words)].join("|");
  };
  const parts = [...document.querySelectorAll("h1, h2, h3, h4, [role=region], nav, section")].map((one) => one.tagName);
  window.__kinds = new Map();
  for (const one of document.querySelectorAll("body *:not(aside *, .topbar-tools *)")) {
    const name = kind(one);
    if (!window.__kinds.has(name)) window.__kinds.set(name, one);
  }
  return [parts.filter((name, at) => name !== parts[at - 1]).join(" "), [...window.__kinds.keys()]];
}
