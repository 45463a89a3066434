// What a page is made of, without its words: elements as accessibility sees them, each kind once, and the headings.
() => {
  const kind = (one) => {
    const names = one.getAttributeNames().filter((name) => !/^(id|href|value|data-|hx-|title|content)/.test(name)).sort();
    const told = ["role", "type", "scope", "aria-current", "aria-expanded", "tabindex"].map((name) => one.getAttribute(name));
    const labelled = one.labels ? Number(one.labels.length > 0) : "";
    const words = Number(one.textContent.trim() !== "");
    return [one.parentElement?.tagName, one.tagName, one.className.baseVal ?? one.className, names, told, labelled, words].join("|");
  };
  const all = [...document.querySelectorAll("body *:not(aside *, .topbar-tools *)")];
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, [role=region], nav, section")].map((one) => one.tagName).join(" ");
  return [...new Set([...all.map(kind), headings])];
}
