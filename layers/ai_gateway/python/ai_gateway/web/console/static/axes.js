// How the axes of charts tell times and amounts.
import { plain } from "./amounts.js";

const DAY = 86_400_000;
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, notation: "compact" });
const precise = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });

export const UNITS = {
  usd: (value) => (Math.abs(value) >= 0.01 || value === 0 ? `$${number.format(value)}` : `${value < 0 ? "-" : ""}$${plain(Number(Math.abs(value).toPrecision(2)))}`),
  ms: (value) => (value >= 1000 ? `${precise.format(value / 1000)} s` : `${precise.format(value)} ms`),
  percent: (value) => `${precise.format(value)} %`,
  "": (value) => number.format(value),
};

// Of labels that are all ISO times, how each is told on the axis and, at length, where it is pointed at; other labels are
// names. Days and months are those of UTC, which the sums are of, and so are their names; other times are the viewer's.
export function timesOf(labels) {
  if (!labels.length || !labels.every((text) => /^\d{4}-\d\d-\d\dT/.test(text))) return { short: (text) => text, long: (text) => text };
  const times = labels.map((text) => Date.parse(text));
  if (times.length > 1 && times.every((time) => time % DAY === 0)) {
    const months = times[1] - times[0] >= 28 * DAY;
    return {
      short: formatted({ month: "short", [months ? "year" : "day"]: "numeric", timeZone: "UTC" }),
      long: formatted(months ? { month: "long", year: "numeric", timeZone: "UTC", timeZoneName: "short" } : { year: "numeric", month: "short", day: "numeric", timeZone: "UTC", timeZoneName: "short" }),
    };
  }
  const long = formatted({ dateStyle: "medium", timeStyle: "short" });
  return { short: formatted(times.at(-1) - times[0] > 2 * DAY ? { month: "short", day: "numeric" } : { hour: "2-digit", minute: "2-digit" }), long };
}

function formatted(options) {
  const format = new Intl.DateTimeFormat(undefined, options);
  return (text) => format.format(new Date(text));
}
