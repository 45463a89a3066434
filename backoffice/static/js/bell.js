// The bell asks by itself. It does not while nobody looks, and when it fails it says so once, not every half minute.
export function ringing(root) {
  for (const bell of root.querySelectorAll("[data-bell]")) listen(bell);
}

function listen(bell) {
  let signedOut = false;
  bell.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === bell && (document.hidden || signedOut)) event.preventDefault();
  });
  bell.addEventListener("htmx:responseError", (event) => {
    if (event.target !== bell) return;
    signedOut = event.detail.xhr.status === 401;
    if (!signedOut) event.stopPropagation();
  });
  bell.addEventListener("htmx:sendError", (event) => {
    if (event.target === bell) event.stopPropagation();
  });
}
