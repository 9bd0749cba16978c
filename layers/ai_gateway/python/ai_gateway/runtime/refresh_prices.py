"""Compiles genai-prices into `core/catalog/compiled_prices.py`.

    uv run python -m ai_gateway.runtime.refresh_prices [--force]

Refuses when a priced model or a rate is gone or a rate moved more than tenfold, unless forced. Prices hold as of the
day of the refresh: those that start later come with the next one, and rates of an hour of the day are left out.
"""

import argparse
import pprint
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from ai_gateway.core.catalog import compiled_prices
from ai_gateway.core.catalog.prices import Row, Rule

TARGET = Path(compiled_prices.__file__)
RATES = (
    "input_mtok",
    "output_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "cache_write_1h_mtok",
    "input_audio_mtok",
    "output_audio_mtok",
    "input_image_mtok",
    "output_image_mtok",
    "cache_audio_read_mtok",
    "output_reasoning_mtok",
)
"""In the order of `core.pricing.Rates`' fields."""
SERVICE_TIERS = ("default", "flex", "priority", "fast", "batch")
MOST_CHANGE = 10
ROUNDING = Decimal("1e-4")
CLAUSES = {"equals": "=", "starts_with": "^", "ends_with": "$", "contains": "*", "regex": "~", "or_": "|", "and_": "&"}

ServiceTiers: TypeAlias = tuple[tuple[str, Row], ...]
Entry: TypeAlias = tuple[Rule, Row, ServiceTiers, tuple[tuple[str, Row, ServiceTiers], ...]]
"""What a model costs, then what it will cost from a day on (`2027-01-01`), for each change to come."""
Table: TypeAlias = Mapping[str, tuple[Entry, ...]]


class InexactPrice(ValueError):
    """A price that is no whole number of pico-dollars a token."""


def main(arguments: Sequence[str] | None = None, target: Path = TARGET, known: Table = compiled_prices.PRICES) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="write even when models vanish or prices leap")
    options = parser.parse_args(arguments)
    now = datetime.now(UTC)
    table, fallbacks = compiled(now)
    problems = list(suspicious(known, table))
    print("\n".join(problems) or "Nothing suspicious.")
    if problems and not options.force:
        sys.exit("Not written. Look at the above, then add --force.")
    target.write_text(source(table, fallbacks, version("genai-prices"), now.date().isoformat()))
    print(f"Wrote {sum(map(len, table.values())):,} models of {len(table)} providers.")


def compiled(now: datetime, providers: Sequence[Any] | None = None) -> tuple[Table, Mapping[str, tuple[str, ...]]]:
    """The table, and the providers whose models a provider offers too; of all that genai-prices knows, unless given.

    Raises InexactPrice.
    """
    if providers is None:
        from genai_prices import data

        providers = data.providers
    table = {provider.id: tuple(_entries(provider.models, now)) for provider in providers}
    fallbacks = {
        provider.id: tuple(provider.fallback_model_providers)
        for provider in providers
        if provider.fallback_model_providers
    }
    return {name: entries for name, entries in table.items() if entries}, fallbacks


def suspicious(old: Table, new: Table) -> Iterator[str]:
    """A line for each priced model and each rate that is gone, and each rate that moved more than tenfold."""
    for provider, entries in old.items():
        fresh = {entry[0]: dict(_amounts(entry)) for entry in new.get(provider, ())}
        for entry in entries:
            model = f"{provider}: {_named(entry[0])}"
            if entry[0] not in fresh:
                yield f"{model} is gone"
                continue
            for name, before in _amounts(entry):
                after = fresh[entry[0]].get(name)
                if not after:
                    yield f"{model} {name} is gone, it was {before:,} pico-dollars"
                elif not before / MOST_CHANGE <= after <= before * MOST_CHANGE:
                    yield f"{model} {name} moved from {before:,} to {after:,} pico-dollars"


def source(table: Table, fallbacks: Mapping[str, tuple[str, ...]], genai_version: str, day: str) -> str:
    """The text of the compiled module."""
    lines = [
        '"""Compiled from genai-prices by `uv run python -m ai_gateway.runtime.refresh_prices`. Do not edit."""',
        "",
        "# mypy: ignore-errors",
        "",
        f'VERSION = "{genai_version}"',
        f'DAY = "{day}"',
        f"FALLBACKS: dict = {pprint.pformat(dict(fallbacks), width=118)}",
        "PRICES: dict = {",
    ]
    for provider, entries in table.items():
        lines.append(f"  {provider!r}: (")
        lines += [f"    {entry!r}," for entry in entries]
        lines.append("  ),")
    return "\n".join([*lines, "}", ""])


def _amounts(entry: Entry) -> Iterator[tuple[str, int]]:
    """Every price of a model that is not zero, by name."""
    _, row, service_tiers, _ = entry
    for service, (rates, tiers, request, web_search) in (("", row), *service_tiers):
        prefix = f"{service} " if service else ""
        for suffix, values in (("", rates), *((f" above {start:,}", values) for start, values in tiers)):
            for name, value in zip(RATES, values, strict=True):
                if value:
                    yield f"{prefix}{name}{suffix}", value
        for name, value in (("request", request), ("web search", web_search)):
            if value:
                yield f"{prefix}{name}", value


def _entries(models: Iterable[Any], now: datetime) -> Iterator[Entry]:
    for model in models:
        row, service_tiers = _priced(model, now)
        if any(rate is not None for rate in row[0]) or row[2]:
            changes = tuple((start.isoformat(), *_priced(model, _begin(start))) for start in _starts(model, now))
            yield _rule(model.match), row, service_tiers, changes


def _priced(model: Any, when: datetime) -> tuple[Row, ServiceTiers]:
    prices = _active(model.prices, when)
    row = _row({}, prices)
    return row, tuple(_service_tiers(model, prices, row, when))


def _starts(model: Any, now: datetime) -> list[date]:
    """The days to come from which on something about the price is different."""
    prices = model.prices if isinstance(model.prices, list) else []
    constraints = [entry.constraint for entry in (*prices, *(model.price_variants or []))]
    starts = {start for one in constraints if (start := getattr(one, "start_date", None)) is not None}
    return sorted(start for start in starts if _begin(start) > now)


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _active(prices: Any, now: datetime) -> Any:
    """As genai-prices does: the last one whose condition holds, else the first."""
    if not isinstance(prices, list):
        return prices
    lasting = [entry for entry in prices if type(entry.constraint).__name__ != "TimeOfDateConstraint"] or prices
    holding = [entry for entry in lasting if entry.constraint is None or entry.constraint.active(now)]
    return (holding or lasting[:1])[-1].prices


def _service_tiers(model: Any, prices: Any, standard: Row, now: datetime) -> Iterator[tuple[str, Row]]:
    for name in SERVICE_TIERS:
        when = {"processing": "batch"} if name == "batch" else {"service_tier": name}
        row = standard
        for variant in reversed(model.price_variants or []):
            if variant.when == when and (variant.constraint is None or variant.constraint.active(now)):
                row = _row(vars(prices), variant.prices)
        if row != standard:
            yield name, row


def _row(base: Mapping[str, Any], prices: Any) -> Row:
    values = {**base, **{key: value for key, value in vars(prices).items() if value is not None}}
    starts = sorted({tier.start for key in RATES for tier in getattr(values.get(key), "tiers", ())})
    return (
        tuple(_at(values.get(key), 0) for key in RATES),
        tuple((start, tuple(_at(values.get(key), start + 1) for key in RATES)) for start in starts),
        _each(values.get("requests_kcount")),
        _each(values.get("web_searches_kcount")),
    )


def _at(price: Any, tokens: int) -> int | None:
    """Pico-dollars a token at a prompt of so many tokens."""
    if price is None:
        return None
    for tier in reversed(getattr(price, "tiers", ())):
        if tokens > tier.start:
            return _whole(tier.price * 10**6)
    return _whole(getattr(price, "base", price) * 10**6)


def _each(price: Any) -> int:
    return 0 if price is None else _whole(getattr(price, "base", price) * 10**9)


def _whole(amount: Decimal) -> int:
    """The whole number that binary floats and repeating decimals in the data stand for."""
    nearest = round(amount)
    if abs(amount - nearest) > amount * ROUNDING:
        raise InexactPrice(f"{amount} is no whole number of pico-dollars.")
    return nearest


def _rule(clause: Any) -> Rule:
    ((field, value),) = vars(clause).items()
    if isinstance(value, list):
        return CLAUSES[field], tuple(_rule(part) for part in value)
    return CLAUSES[field], value if field == "regex" else value.lower()


def _named(rule: Rule) -> str:
    kind, value = rule
    return _named(value[0]) if isinstance(value, tuple) else f"{kind}{value}"


if __name__ == "__main__":
    main()
