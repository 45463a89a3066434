// One box ticks all rows of its form.
export function ticking(root) {
  for (const box of root.querySelectorAll("[data-tick-all]")) {
    box.onchange = () => {
      for (const row of box.form.querySelectorAll('input[name="rowid"]')) row.checked = box.checked;
    };
  }
}
