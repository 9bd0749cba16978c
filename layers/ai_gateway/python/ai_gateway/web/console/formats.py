"""How pages tell amounts: short enough for a table, and exact where it is pointed at."""

from datetime import UTC, datetime

from markupsafe import Markup

from ai_gateway.core.measures import TOKENS, Measures
from ai_gateway.core.pricing import PICO, dollars

UNKNOWN = "unknown"
NOTHING = "\N{EN DASH}"


def money(pico: int | None) -> str:
    """Dollars with four significant digits: `$12.34`, `$0.0001235`."""
    if pico is None:
        return UNKNOWN
    if pico == 0:
        return "$0"
    amount = abs(pico) / PICO
    if amount >= 0.995:
        text = f"{amount:,.2f}"
    else:
        text = f"{amount:.12f}"
        digits = next(place for place, digit in enumerate(text) if digit not in "0.")
        text = f"{amount:.{digits + 1}f}".rstrip("0")
    return f"{'-' if pico < 0 else ''}${text}"


def exact_money(pico: int | None) -> Markup:
    """The same, with all digits for who points at it."""
    if pico is None:
        return Markup('<span class="unknown" title="No price is known for this model">{}</span>').format(UNKNOWN)
    return Markup('<span title="${}">{}</span>').format(dollars(pico), money(pico))


def count(number: int | None) -> str:
    """`1,234,567`."""
    return NOTHING if number is None else f"{number:,}"


def short_count(number: float | None) -> str:
    """`1.23M`."""
    if number is None:
        return NOTHING
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= limit:
            return f"{number / (limit if unit != 'k' else 1e3):.3g}{unit}"
    return f"{number:,.0f}"


def duration(milliseconds: float | None) -> str:
    """`840 ms`, `1.24 s`, `2 min 3 s`."""
    if milliseconds is None:
        return NOTHING
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def percent(share: float | None) -> str:
    """Of a share between 0 and 1: `0.42 %`."""
    if share is None:
        return NOTHING
    return f"{share * 100:.0f} %" if share in (0, 1) else f"{share * 100:.3g} %"


def change(now: float | None, before: float | None) -> str:
    """From one period to the next: `+12 %`; nothing to compare with is told as such."""
    if not before or now is None:
        return "new" if now else NOTHING
    return f"{(now - before) / before * 100:+.0f} %"


def rate(part: int, whole: int) -> float | None:
    """A share of 1; None of nothing."""
    return part / whole if whole else None


def tokens(measures: Measures) -> int:
    return sum(measures.family(TOKENS).values())


def moment(milliseconds: float | None) -> str:
    """Of Unix milliseconds: UTC, which the browser puts into its own zone."""
    if milliseconds is None:
        return NOTHING
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        when.isoformat(timespec="milliseconds").replace("+00:00", "Z"), when.strftime("%Y-%m-%d %H:%M:%S UTC")
    )
