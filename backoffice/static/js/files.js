// Files that would be refused for their size or number are told before they are sent, so that nothing typed is lost.
export function files(root) {
  for (const input of root.querySelectorAll('input[type="file"][data-most]')) {
    input.addEventListener("change", () => {
      input.setCustomValidity(problem(input));
      input.reportValidity();
    });
  }
}

function problem({ files, dataset }) {
  const most = Number(dataset.most);
  const large = [...files].find((one) => one.size > most);
  if (large) return `${large.name} has ${megabytes(large.size)}; at most ${megabytes(most)} are taken.`;
  return files.length > Number(dataset.mostFiles || 1) ? `At most ${dataset.mostFiles} files are taken.` : "";
}

const megabytes = (bytes) => `${Number((bytes / 1e6).toFixed(1))} MB`;
