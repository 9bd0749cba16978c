// Amounts as the pages tell them: see formats.py.
const NOTHING = "–";

export function money(dollars) {
  if (dollars === null) return "unknown";
  if (dollars === 0) return "$0";
  if (dollars >= 0.995) return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return `$${plain(Number(dollars.toPrecision(4)))}`;
}

// Without an exponent, whatever the size.
export function plain(number) {
  return number.toFixed(15).replace(/\.?0+$/, "");
}

export function duration(milliseconds) {
  if (milliseconds === null) return NOTHING;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 59.95 ? `${Number(seconds.toPrecision(3))} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export function count(number) {
  return number.toLocaleString("en-US");
}
