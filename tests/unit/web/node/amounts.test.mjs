// Amounts as formats.py tells them. `AMOUNTS` is where the module is.
import assert from "node:assert/strict";
import { test } from "node:test";

const { count, duration, money, plain } = await import(process.env.AMOUNTS);

test("dollars have four digits, and are unknown where no price is", () => {
  const told = [[null, "unknown"], [0, "$0"], [0.00012345678, "$0.0001235"], [0.0000006, "$0.0000006"], [0.5, "$0.5"], [0.995, "$1.00"], [1234.5, "$1,234.50"]];
  for (const [dollars, text] of told) assert.equal(money(dollars), text);
});

test("an exact amount has no exponent", () => {
  for (const [number, text] of [[6e-7, "0.0000006"], [0.000000000001, "0.000000000001"], [2, "2"], [10, "10"], [0, "0"]]) assert.equal(plain(number), text);
});

test("durations have their units", () => {
  for (const [milliseconds, text] of [[null, "–"], [12.4, "12 ms"], [1234, "1.23 s"], [123_000, "2 min 3 s"]]) assert.equal(duration(milliseconds), text);
  assert.equal(count(1234567), "1,234,567");
});
