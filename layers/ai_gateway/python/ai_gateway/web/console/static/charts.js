// Charts from the data that stands beside them: {labels: [ISO times or names], series: [{name, values, unit}], stacked}.
import { UNITS, timesOf } from "./axes.js";

const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6", "--series-7", "--series-8"];
const FEW = 40;
const drawn = new Map();

export function drawCharts(root, again = false) {
  const canvases = root.querySelectorAll("canvas[data-chart]:not([data-drawn])");
  const known = again ? [...drawn.keys()].filter((canvas) => canvas.isConnected) : [];
  for (const [canvas, chart] of drawn) {
    if (again || !canvas.isConnected) { chart.destroy(); drawn.delete(canvas); }
  }
  if (window.Chart) [...canvases, ...known].forEach(draw);
}

function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Places of one day have one label, at the first of them.
function sayOnce(axis) {
  let last = "";
  for (const tick of axis.ticks) {
    if (tick.label === last) tick.label = "";
    else last = tick.label;
  }
}

function draw(canvas) {
  canvas.dataset.drawn = "";
  const { labels, series, stacked = false } = JSON.parse(canvas.dataset.series);
  const times = timesOf(labels);
  const kind = canvas.dataset.chart;
  const ink = style("--ink-2"), line = style("--line");
  const format = UNITS[series[0]?.unit ?? ""];
  // Nothing is counted by halves.
  const counts = series.every(({ unit, values }) => !unit && values.every((value) => value === null || Number.isInteger(value)));
  drawn.set(canvas, new window.Chart(canvas, {
    type: kind === "bar" ? "bar" : "line",
    data: {
      labels: labels.map(times.short),
      datasets: series.map(({ name, values, colour }, index) => ({
        label: name,
        data: values,
        borderColor: style(colour ?? COLOURS[index % COLOURS.length]),
        backgroundColor: style(colour ?? COLOURS[index % COLOURS.length]),
        borderWidth: kind === "bar" ? 0 : 1.75,
        borderRadius: kind === "bar" ? 2 : 0,
        pointRadius: kind === "line" || values.filter((value) => value !== null).length < FEW ? 2 : 0,
        pointHitRadius: 12,
        tension: 0.25,
        maxBarThickness: 28,
        spanGaps: true,
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: series.length > 1, position: "bottom", align: "start", labels: { color: ink, boxWidth: 8, boxHeight: 8, usePointStyle: true, font: { size: 11 } } },
        tooltip: { callbacks: {
          title: (items) => times.long(labels[items[0].dataIndex]),
          label: (item) => `${item.dataset.label}: ${(UNITS[series[item.datasetIndex].unit ?? ""])(item.raw)}`,
        } },
      },
      scales: {
        x: { stacked, afterUpdate: sayOnce, grid: { display: false }, border: { color: line }, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 16, font: { size: 11 } } },
        y: { stacked, beginAtZero: true, grid: { color: line }, border: { display: false }, ticks: { color: ink, maxTicksLimit: 5, precision: counts ? 0 : undefined, callback: format, font: { size: 11 } } },
      },
    },
  }));
}
