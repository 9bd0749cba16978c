// How charts tell times and amounts. `AXES` is where the module is.
import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "America/New_York";
const { UNITS, timesOf } = await import(process.env.AXES);

test("days are told as those of UTC, west of it too", () => {
  const days = ["2026-11-30T00:00:00+00:00", "2026-12-01T00:00:00+00:00"];
  assert.deepEqual(days.map(timesOf(days).short), ["Nov 30", "Dec 1"]);
  assert.equal(timesOf(days).long(days[1]), "Dec 1, 2026, UTC");
});

test("months are told with their years", () => {
  const months = ["2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"];
  assert.deepEqual(months.map(timesOf(months).short), ["Nov 2026", "Dec 2026", "Jan 2027"]);
});

test("hours are the viewer's", () => {
  const hours = ["2026-12-01T00:00:00+00:00", "2026-12-01T01:00:00+00:00"];
  assert.match(timesOf(hours).short(hours[0]), /^07:00\sPM$/);
  assert.match(timesOf(hours).long(hours[0]), /^Nov 30, 2026, 7:00\sPM$/);
});

test("names stay what they are", () => {
  assert.equal(timesOf(["openai", "2026"]).short("2026"), "2026");
  assert.equal(timesOf([]).long("x"), "x");
});

test("small amounts have no exponent", () => {
  for (const [dollars, text] of [[0, "$0"], [0.00000015, "$0.00000015"], [-0.001, "-$0.001"], [12.5, "$12.5"]]) assert.equal(UNITS.usd(dollars), text);
});
