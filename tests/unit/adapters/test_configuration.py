"""The configuration follows the calendar: prices change on days that were announced."""

from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions, DynamoDBConfigurations
from ai_gateway.core.catalog import Catalog
from ai_gateway.core.catalog.additions import Additions
from ai_gateway.core.routing import Access
from ai_gateway.ports import Configuration

NEW_YEAR = 1_798_761_600.0
"""2027-01-01, 00:00 UTC."""


class NoAdditions(DynamoDBAdditions):
    def __init__(self) -> None: ...

    def read(self) -> Additions:
        return Additions()


async def test_the_first_request_of_a_day_meets_the_days_prices() -> None:
    now = [NEW_YEAR - 1]

    def compose(additions: Additions, day: str) -> Configuration:
        return Configuration(Catalog.standard(day), Access({}))

    configurations = DynamoDBConfigurations(NoAdditions(), compose, now=lambda: now[0])
    before = (await configurations.current()).catalog
    assert before.day == "2026-12-31"
    now[0] = NEW_YEAR
    after = (await configurations.current()).catalog
    assert after.day == "2027-01-01"
    assert after is (await configurations.current()).catalog
    old, new = (catalog.endpoint("gemini-3.8-flash", "google-ai-studio").prices for catalog in (before, after))
    assert old
    assert new
    assert old.rates != new.rates
