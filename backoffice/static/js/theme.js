"use strict";
// Runs before the page is drawn, so that nobody who wants it dark sees it flash white.
(() => {
  const page = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const wanted = page.dataset.theme;
    const shown = wanted === "dark" || (wanted === "system" && dark.matches) ? "dark" : "light";
    page.setAttribute("data-bs-theme", shown);
  };
  apply();
  dark.addEventListener("change", apply);
  new MutationObserver(apply).observe(page, { attributeFilter: ["data-theme"] });
})();
