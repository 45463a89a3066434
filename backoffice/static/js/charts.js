// Charts: drawn from what the page carries, in the colours of the theme. The same figures are in a table behind each.
export function charts(root) {
  for (const canvas of root.querySelectorAll("canvas[data-chart]")) draw(canvas);
}

const COLOURS = ["--tone-info", "--tone-warning", "--tone-success", "--tone-danger"];

function draw(canvas) {
  // A part that comes while the page wakes is met twice.
  if (window.Chart.getChart(canvas)) return;
  const { labels, series } = JSON.parse(canvas.dataset.chart);
  const chart = new window.Chart(canvas, {
    type: "line",
    data: { labels, datasets: series.map((one) => ({ label: one.label, data: one.values, borderWidth: 2, tension: 0.3, pointRadius: 2 })) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: { x: { grid: { display: false } }, y: { beginAtZero: true, ticks: { precision: 0 } } },
    },
  });
  paint(chart);
  const watcher = new MutationObserver(() => paint(chart));
  watcher.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

function paint(chart) {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--tblr-secondary-color").trim();
  // Resolved by the browser, because a canvas does not understand a mix of colours.
  const line = getComputedStyle(chart.canvas.closest(".card")).borderTopColor;
  chart.data.datasets.forEach((one, at) => {
    one.borderColor = one.backgroundColor = style.getPropertyValue(COLOURS[at % COLOURS.length]).trim();
  });
  for (const axis of Object.values(chart.options.scales)) {
    axis.ticks = { ...axis.ticks, color: ink };
    axis.grid = { ...axis.grid, color: line };
  }
  chart.options.plugins.legend.labels.color = ink;
  chart.update();
}
