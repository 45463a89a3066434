// Keeps what the policy refuses, from the first moment of the page on.
window.__reports = [];
document.addEventListener("securitypolicyviolation", (one) => {
  window.__reports.push(`${one.violatedDirective} ${one.blockedURI} ${one.sourceFile}:${one.lineNumber}`);
});
