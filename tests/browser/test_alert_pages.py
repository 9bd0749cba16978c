"""The pages of alerts with everything set up and something firing, and with nothing at all."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.alert_api import PATIENCE, alerts_of, put
from tests.browser.looking import NARROW, Theme, check_page, desk, in_both_sizes, overflow, sign_in
from tests.e2e.running import Gateway

LONG = "A rule whose name is longer than any column that it could stand in, and goes on after that"
RULE = {"name": "All of it", "metric": "requests", "threshold": 1, "window": 86_400}


@pytest.fixture(scope="module")
def watched(busy: Gateway) -> Iterator[Gateway]:
    """Busy, with a rule in every state, and every kind of what else is set up."""
    with alerts_of(busy) as api:
        put(api, "destinations/pager", name="Pager", kind="pagerduty", secret="R0UT1NGK3Y0000")
        put(api, "destinations/mail", name="Mail", kind="email", to="ops@example.com, somebody@example.com")
        put(api, "destinations/hook", name=LONG, kind="webhook", url=f"https://example.com/{'long/' * 40}")
        put(api, "reports/week", name="Week", every="week", destinations=["mail"])
        put(api, "webhooks/evaluation", url="https://example.com/in", properties={"team": "search"})
        put(api, "rules/all", **RULE, severity="critical", destinations=["mail", "pager"])
        put(api, "rules/users", **{**RULE, "name": LONG}, group_by="user", destinations=["mail"])
        put(api, "rules/off", **{**RULE, "name": "Off"}, enabled=False)
        put(api, "rules/budget", name="Budget", metric="forecast_share", threshold=100, budget=1000)
        put(api, "rules/budget/snooze", seconds=None)
        end = time.monotonic() + PATIENCE
        while not all(api.get("history", params={"subject": rule}).json() for rule in ("all", "users")):
            assert time.monotonic() < end
        yield busy


def test_what_fires_is_told_in_the_list_on_its_page_and_in_the_history(watched: Gateway, page: Page) -> None:
    page.goto("/alerts")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="All of it"))
    expect(row.get_by_role("cell").first).to_have_text("firing")
    expect(row.get_by_role("img", name="Values of the last twelve windows")).to_be_visible()
    expect(page.get_by_role("row", name="Off")).to_contain_text("off")
    expect(page.get_by_role("row", name="Budget")).to_contain_text("muted")
    expect(page.get_by_role("row", name=LONG)).to_contain_text("ann")
    row.get_by_role("link").click()
    expect(page.get_by_role("region", name="States")).to_contain_text("firing")
    page.get_by_role("link", name="All of it").last.click()
    history = page.get_by_role("region", name="History")
    expect(history.get_by_text("firing", exact=True)).to_be_visible()
    expect(history).to_contain_text("All of it")
    expect(history).not_to_contain_text(LONG)


@in_both_sizes
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/new",
        "/rules/all",
        "/rules/users",
        "/rules/budget",
        "/history",
        "/history?subject=all",
        "/destinations",
        "/destinations/hook",
        "/new-destination",
        "/reports",
        "/reports/week",
        "/new-report",
        "/webhooks",
        "/webhooks/evaluation",
        "/new-webhook",
    ],
)
def test_a_page_with_everything_is_whole(
    browser: Browser, watched: Gateway, path: str, size: tuple[int, int], theme: Theme
) -> None:
    check_page(browser, watched, f"/alerts{path}", size=size, theme=theme)


@in_both_sizes
@pytest.mark.parametrize("path", ["/new", "/history", "/destinations", "/reports", "/new-report", "/webhooks"])
def test_a_page_with_nothing_is_whole(
    browser: Browser, idle: Gateway, path: str, size: tuple[int, int], theme: Theme
) -> None:
    check_page(browser, idle, f"/alerts{path}", size=size, theme=theme)


def test_a_rule_can_be_muted_on_a_telephone(browser: Browser, watched: Gateway) -> None:
    with desk(browser, watched.url, size=NARROW, theme="dark") as (page, watch):
        sign_in(page, watched.key, "/alerts/rules/all")
        page.get_by_text("Mute", exact=True).click()
        expect(page.get_by_role("button", name="until further notice")).to_be_in_viewport(ratio=1)
        assert overflow(page) <= 0
        assert watch.unexpected() == []
