// Each feature wakes what is in a part of the page: first the whole, later whatever htmx has put in.
import { appearing } from "./appearance.js";
import { charts } from "./charts.js";
import { copying } from "./copy.js";
import { creating } from "./creating.js";
import { drafts } from "./drafts.js";
import { files } from "./files.js";
import { forms } from "./forms.js";
import { lists } from "./list.js";
import { palette } from "./palette.js";
import { pickers } from "./pickers.js";
import { worthTelling } from "./quiet.js";
import { remembering } from "./remember.js";
import { review } from "./review.js";
import { rows } from "./rows.js";
import { sheets } from "./sheet.js";
import { saying, say } from "./toasts.js";
import { ticking } from "./ticks.js";
import { unsaved } from "./unsaved.js";

const features = [
  appearing, charts, copying, drafts, files, forms, lists, palette, pickers, remembering, review, rows, saying,
  ticking, unsaved,
  // Pickers are there before one of them takes the focus.
  creating, sheets,
];

document.addEventListener("htmx:load", (event) => {
  for (const wake of features) wake(event.detail.elt);
});

// What a part of the page could not do is told, whatever it was.
document.addEventListener("htmx:responseError", (event) => {
  if (!worthTelling(event)) return;
  const answer = event.detail.xhr;
  const token = answer.getResponseHeader("X-Form-Token");
  if (token) return signedInAnew(token);
  // What a link or a search met is seen where it would have led: the sign-in, or the page that says why.
  if (event.detail.boosted) window.location.assign(event.detail.pathInfo.finalRequestPath);
  else if (answer.status === 401) say("danger", "You are signed out. Sign in again in another tab, then try once more.");
  else say("danger", sentence(answer) || "This did not work. Try again.");
});
document.addEventListener("htmx:sendError", (event) => {
  if (worthTelling(event)) say("danger", "The back-office cannot be reached. Try again.");
});

// The forms of this page are of a session that ended; what was typed into them can be sent in the new one.
function signedInAnew(token) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
  say("warning", "You have signed in again since this page was opened. Send it once more.");
}

function sentence(answer) {
  try {
    return JSON.parse(answer.responseText).error.message;
  } catch {
    return "";
  }
}
