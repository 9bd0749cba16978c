"""The pages of sums: what they show is what the records add up to."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from ai_gateway.core.pricing import dollars
from tests.browser.looking import accessibility_faults
from tests.e2e.running import Gateway


def exact(place: Locator) -> Decimal:
    """Dollars to the last digit, as the page tells who points at an amount."""
    told = place.locator("[title^='$']").first.get_attribute("title")
    assert told
    return Decimal(told.removeprefix("$"))


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_overview_is_the_sum_of_the_records(page: Page, busy: Gateway) -> None:
    page.goto("/")
    requests, cost = (page.locator(".tile", has_text=name).locator("dd").first for name in ("Requests", "Cost"))
    records = busy.records().values()
    assert number(requests.inner_text()) == len(records)
    assert exact(cost) == sum(Decimal(dollars(record["cost"] or 0)) for record in records)
    unpriced = sum(bool(record["tokens"]) and record["cost"] is None for record in records)
    expect(page.get_by_text(f"{unpriced} requests used models whose price is not known")).to_be_visible()


@pytest.mark.parametrize(("path", "field"), [("/users", "user"), ("/providers", "called")])
def test_a_row_leads_to_its_requests(page: Page, path: str, field: str) -> None:
    page.goto(path)
    page.locator("table").first.locator("tbody a").first.click()
    expect(page).to_have_url(re.compile(rf"/requests\?.*{field}="))
    expect(page.locator("#rows tr[id]").first).to_be_visible()


def test_users_cost_what_their_requests_cost(page: Page, busy: Gateway) -> None:
    page.goto("/users")
    row = page.locator("tbody tr").first
    user = row.get_by_role("link").first.inner_text()
    expected = sum(
        Decimal(dollars(record["cost"] or 0)) for record in busy.records().values() if record["user"] == user
    )
    assert exact(row) == expected


def test_a_property_is_split_by_its_values(page: Page) -> None:
    page.goto("/properties")
    page.get_by_role("link", name="environment").click()
    expect(page.get_by_role("link", name="staging")).to_be_visible()
    page.get_by_role("link", name="staging").click()
    expect(page.get_by_role("link", name="environment: staging")).to_be_visible()


def test_a_period_is_chosen(page: Page) -> None:
    page.goto("/")
    for name in ("7 days", "30 days", "12 months"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "true")
        expect(page.locator("canvas").first).to_be_visible()


def test_models_are_found_and_told_with_prices(page: Page) -> None:
    page.goto("/catalog")
    page.get_by_label("Model, author or alias").fill("claude-sonnet-4")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="claude-sonnet-4", exact=True).click()
    drawer = page.get_by_role("dialog", name="Details")
    expect(drawer).to_contain_text("claude-sonnet-4/anthropic")
    expect(drawer).to_contain_text("$15.00")
    assert accessibility_faults(page) == ""


def test_a_session_is_a_tree_a_timeline_and_a_chat(page: Page) -> None:
    page.goto("/sessions")
    page.get_by_role("link", name="Trip planner").first.click()
    expect(page.locator("tr.branch strong").first).to_have_text("plan")
    for view, there in (("Timeline", ".lane svg"), ("Chat", ".turn")):
        page.get_by_role("link", name=view).click()
        expect(page.locator(there).first).to_be_visible()
        assert accessibility_faults(page) == ""


def test_providers_tell_who_fails_and_why(page: Page) -> None:
    page.goto("/providers")
    row = page.locator("tbody tr", has_text="Mistral AI")
    expect(row).to_contain_text("failing")
    expect(row).to_contain_text("server_error")
