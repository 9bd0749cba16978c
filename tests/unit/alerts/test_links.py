"""Links of notices, read as the console's list of requests reads its address."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ai_gateway.core.alerts.filters import Condition
from ai_gateway.core.alerts.links import requests_link
from ai_gateway.core.filters import Filter
from ai_gateway.web.console.request_filters import RequestFilters
from tests.unit.alerts.making import DOLLAR, NOW, rule

PROVIDER = Condition("provider", "equals", "openai")
TEAM = Condition("property:team", "equals", "search")


def followed(group: str = "", **fields: Any) -> Filter:
    link = requests_link("https://gw.example/", rule(**fields), group, NOW)
    assert link is not None
    query = parse_qs(urlsplit(link).query)
    filters: dict[str, object] = {name: values if name == "property" else values[0] for name, values in query.items()}
    return RequestFilters.model_validate(filters).filter(int(NOW * 1000))


@pytest.mark.parametrize(
    ("group", "fields", "shown"),
    [
        ("", {"metric": "errors"}, {"outcome": "error"}),
        ("", {"metric": "rate_limited"}, {"status": "429"}),
        ("", {"metric": "unpriced"}, {"priced": False}),
        ("", {"metric": "fallback_rate"}, {"fallback": True}),
        ("ada", {"metric": "requests", "group_by": "user"}, {"user": "ada"}),
        ("azure", {"metric": "provider_errors", "group_by": "provider"}, {"called": "azure"}),
        ("", {"metric": "requests", "filter": (Condition("cached", "equals", True),)}, {"cached": True}),
        ("", {"metric": "requests", "filter": (Condition("prompt", "equals", "bot"),)}, {"prompt": "bot"}),
        ("a=b&c", {"metric": "requests", "group_by": "property:team"}, {"properties": {"team": "a=b&c"}}),
        ("x", {"metric": "requests", "group_by": "model", "filter": (PROVIDER,)}, {"model": "x", "provider": "openai"}),
        ("", {"metric": "requests", "filter": (Condition("status", "equals", 503),)}, {"status": "503"}),
        ("", {"metric": "requests", "filter": (Condition("cost", "gt", 0.5),)}, {"cost": DOLLAR // 2}),
        ("", {"metric": "requests", "filter": (TEAM, Condition("ttft", "gt", 9))}, {"properties": {"team": "search"}}),
    ],
)
def test_a_link_shows_the_requests_of_the_rule(group: str, fields: dict[str, Any], shown: dict[str, Any]) -> None:
    found = followed(group, **fields)
    assert found.since == int(NOW - rule().window - 60) * 1000
    assert found.until is not None
    assert Filter(found.since, found.until, **shown) == found


def test_a_link_of_a_budget_goes_back_to_where_its_period_began() -> None:
    found = followed(metric="budget_share", budget=DOLLAR, period="month")
    assert found.since is not None
    assert found.since < (NOW - 86_400) * 1000
