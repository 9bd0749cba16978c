"""Compiling prices: exact or refused, nothing suspicious written unasked, and read back as they were."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import types

from ai_gateway.core.catalog import compiled_prices
from ai_gateway.core.catalog.prices import Row
from ai_gateway.runtime.refresh_prices import RATES, Entry, InexactPrice, Table, compiled, main, source, suspicious

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MODEL = ("=", "some-model")


def row(request: int = 0, web_search: int = 0, above: int | None = None, **rates: int) -> Row:
    values = tuple(rates.get(name) for name in RATES)
    return values, () if above is None else ((above, values),), request, web_search


def table(standard: Row, *service_tiers: tuple[str, Row]) -> Table:
    entry: Entry = (MODEL, standard, service_tiers, ())
    return {"acme": (entry,)}


def provider(price: types.ModelPrice, *, offers: list[str] | None = None) -> types.Provider:
    model = types.ModelInfo("some-model", types.ClauseEquals(equals="Some-Model"), prices=price)
    return types.Provider("acme", "Acme", "", models=[model], fallback_model_providers=offers)


def lines(old: Table, new: Table) -> list[str]:
    return list(suspicious(old, new))


def test_prices_that_stay_or_move_a_little_are_not_suspicious() -> None:
    old = table(row(input_mtok=1_000, output_mtok=5_000))
    assert lines(old, old) == []
    assert lines(old, table(row(input_mtok=10_000, output_mtok=500))) == []
    assert lines(old, table(row(input_mtok=1_000, output_mtok=5_000, cache_read_mtok=7))) == []


@pytest.mark.parametrize(("after", "moved"), [(10_001, "10,001"), (99, "99")])
def test_a_rate_that_moved_more_than_tenfold_is_suspicious(after: int, moved: str) -> None:
    old = table(row(input_mtok=1_000, output_mtok=5_000))
    new = table(row(input_mtok=after, output_mtok=5_000))
    assert lines(old, new) == [f"acme: =some-model input_mtok moved from 1,000 to {moved} pico-dollars"]


@pytest.mark.parametrize("new", [{}, {"acme": ()}])
def test_a_model_or_a_provider_that_is_gone_is_suspicious(new: Table) -> None:
    assert lines(table(row(input_mtok=1_000)), new) == ["acme: =some-model is gone"]


def test_a_model_is_named_by_the_first_of_its_rules() -> None:
    rule = ("|", (("^", "first-"), ("=", "second")))
    assert lines({"acme": ((rule, row(input_mtok=1), (), ()),)}, {}) == ["acme: ^first- is gone"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (row(output_mtok=5), row(input_mtok=5), "output_mtok is gone, it was 5"),
        (row(output_mtok=5), row(output_mtok=0), "output_mtok is gone, it was 5"),
        (row(request=9), row(), "request is gone, it was 9"),
        (row(web_search=9), row(web_search=900), "web search moved from 9 to 900"),
        (row(above=128_000, input_mtok=5), row(input_mtok=5), "input_mtok above 128,000 is gone, it was 5"),
    ],
)
def test_every_kind_of_price_is_watched(old: Row, new: Row, line: str) -> None:
    assert lines(table(old), table(new)) == [f"acme: =some-model {line} pico-dollars"]


def test_the_prices_of_service_tiers_are_watched() -> None:
    standard = row(input_mtok=100)
    old, new = table(standard, ("flex", row(input_mtok=50))), table(standard, ("flex", row(input_mtok=5_000)))
    assert lines(old, new) == ["acme: =some-model flex input_mtok moved from 50 to 5,000 pico-dollars"]
    assert lines(old, table(standard)) == ["acme: =some-model flex input_mtok is gone, it was 50 pico-dollars"]


def test_a_price_becomes_whole_pico_dollars() -> None:
    tiers = types.TieredPrices(Decimal("1.25"), [types.Tier(200_000, Decimal("2.5"))])
    price = types.ModelPrice(input_mtok=tiers, output_mtok=Decimal(10), requests_kcount=Decimal(5))
    prices, fallbacks = compiled(NOW, [provider(price, offers=["openai"])])
    (entry,) = prices["acme"]
    assert entry == (
        ("=", "some-model"),
        (
            (1_250_000, 10_000_000, *[None] * 9),
            ((200_000, (2_500_000, 10_000_000, *[None] * 9)),),
            5_000_000_000,
            0,
        ),
        (),
        (),
    )
    assert fallbacks == {"acme": ("openai",)}


@pytest.mark.parametrize(
    ("dollars", "pico"),
    [(Decimal("0.29999999999999998"), 300_000), (Decimal(1) / 24, 41_667), (Decimal(0), 0)],
)
def test_binary_floats_and_repeating_decimals_become_the_number_they_stand_for(dollars: Decimal, pico: int) -> None:
    prices, _ = compiled(NOW, [provider(types.ModelPrice(input_mtok=dollars, output_mtok=Decimal(1)))])
    assert prices["acme"][0][1][0][0] == pico


@pytest.mark.parametrize("dollars", ["0.0000005", "0.0000001", "0.0000125", "0.0015004"])
def test_a_price_that_is_no_whole_number_is_refused(dollars: str) -> None:
    with pytest.raises(InexactPrice, match="no whole number"):
        compiled(NOW, [provider(types.ModelPrice(input_mtok=Decimal(dollars)))])


def test_a_provider_without_priced_models_is_left_out() -> None:
    assert compiled(NOW, [provider(types.ModelPrice())]) == ({}, {})


def test_a_price_that_has_not_started_yet_is_kept_for_its_day() -> None:
    starts = types.StartDateConstraint(start_date=datetime(2027, 1, 1, tzinfo=UTC).date())
    model = types.ModelInfo(
        "some-model",
        types.ClauseEquals(equals="some-model"),
        prices=[
            types.ConditionalPrice(prices=types.ModelPrice(input_mtok=Decimal(1))),
            types.ConditionalPrice(constraint=starts, prices=types.ModelPrice(input_mtok=Decimal(2))),
        ],
    )
    acme = types.Provider("acme", "Acme", "", models=[model])
    (entry,) = compiled(NOW, [acme])[0]["acme"]
    assert entry[1][0][0] == 1_000_000
    assert [(day, later[0][0]) for day, later, _ in entry[3]] == [("2027-01-01", 2_000_000)]
    (entry,) = compiled(datetime(2027, 1, 2, tzinfo=UTC), [acme])[0]["acme"]
    assert (entry[1][0][0], entry[3]) == (2_000_000, ())


def test_the_module_that_is_written_holds_the_same_table() -> None:
    prices, fallbacks = compiled(NOW)
    names: dict[str, object] = {}
    exec(source(prices, fallbacks, "1.2.3", "2026-12-01"), names)
    assert names["PRICES"] == prices
    assert names["FALLBACKS"] == fallbacks
    assert names["VERSION"] == "1.2.3"
    assert names["DAY"] == "2026-12-01"


def test_the_table_in_the_package_is_what_the_command_wrote() -> None:
    written = source(compiled_prices.PRICES, compiled_prices.FALLBACKS, compiled_prices.VERSION, compiled_prices.DAY)
    assert Path(compiled_prices.__file__).read_text() == written


def test_a_refresh_without_surprises_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prices, _ = compiled(datetime.now(UTC))
    main([], tmp_path / "prices.py", prices)
    names: dict[str, object] = {}
    exec((tmp_path / "prices.py").read_text(), names)
    assert names["PRICES"] == prices
    assert "Nothing suspicious." in capsys.readouterr().out


def test_a_suspicious_refresh_is_not_written_until_forced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "prices.py"
    target.write_text("as it was")
    known = table(row(input_mtok=1))
    with pytest.raises(SystemExit, match="--force"):
        main([], target, known)
    assert target.read_text() == "as it was"
    assert "acme: =some-model is gone" in capsys.readouterr().out
    main(["--force"], target, known)
    assert "PRICES" in target.read_text()
    assert "acme: =some-model is gone" in capsys.readouterr().out
