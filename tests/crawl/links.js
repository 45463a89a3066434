// Where a page leads to: its links, and the actions that its buttons post to, with what their form would send.
() => {
  const acts = [...document.querySelectorAll('button[formaction*="/act/"]')].map((one) => {
    const row = one.form.querySelector("[name=rowid]");
    if (!row) return "";
    const single = one.form.querySelector("[name=one]") ? "&one=1" : "";
    return `${one.formAction}?rowid=${encodeURIComponent(row.value)}${single}`;
  });
  return [...document.querySelectorAll("a[href]")].map((one) => one.href).concat(acts.filter(Boolean));
}
