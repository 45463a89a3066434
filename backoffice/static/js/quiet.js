// Parts that ask by themselves, such as the bell. They do not while nobody looks, nor once the person is signed out, and
// when they fail they say nothing: the next time may be better.
let signedOut = false;

const quiet = (event) => event.target.matches?.("[data-quiet]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (quiet(event) && (document.hidden || signedOut)) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) signedOut = false;
});

// Whether a failure of this request is worth a word; that one is signed out is, once.
export function worthTelling(event) {
  if (event.detail.xhr?.status === 401) {
    const told = signedOut && quiet(event);
    signedOut = true;
    return !told;
  }
  return !quiet(event);
}
