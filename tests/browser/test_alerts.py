"""Alerts as an operator sets them up: a rule with its preview, who is told, what is muted, and what happened."""

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import NARROW, Watch, accessibility_faults, desk, overflow, sign_in
from tests.e2e.running import Gateway

PATIENCE = 180
"""Seconds, for rules that are evaluated each minute."""
SLOW = 60_000
"""Milliseconds, for previews: they read every hour of a week, of an emulator that others call, too."""


@pytest.fixture
def api(busy: Gateway) -> Iterator[httpx.Client]:
    """Whatever a test sets up is gone afterwards."""
    authorized = {"authorization": f"Bearer {busy.key}"}
    with httpx.Client(base_url=f"{busy.url}/api/v1/alerts/", headers=authorized, timeout=60) as client:
        yield client
        for kind in ("rule", "report", "destination"):
            for one in client.get(f"{kind}s").json():
                assert client.delete(f"{kind}s/{one[kind]['id']}").status_code == 204


def put(api: httpx.Client, path: str, **fields: object) -> None:
    answer = api.put(path, json=fields)
    assert answer.status_code == 200, answer.text


def settled(api: httpx.Client) -> None:
    """Returns when the demo is over for so long that windows hold it: they end ten seconds ago."""
    end, rule = time.monotonic() + PATIENCE, {"name": "Errors", "metric": "errors", "threshold": 1}
    while not api.post("preview?days=1", json=rule).json()["firings"]:
        assert time.monotonic() < end


def test_a_rule_is_written_with_a_preview_and_edited_without_losing_anything(page: Page, api: httpx.Client) -> None:
    settled(api)
    page.goto("/alerts")
    page.get_by_role("link", name="Too many errors").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("in the last 7 days", timeout=SLOW)
    page.get_by_label("Threshold, %").fill("0.1")
    page.get_by_label("Only from so many requests on").fill("1")
    expect(preview).to_contain_text("1 time in the last 7 days", timeout=SLOW)
    expect(preview.get_by_role("img").or_(preview.locator("canvas, svg")).first).to_be_visible()
    page.get_by_label("How far back").select_option("the last day")
    expect(preview).to_contain_text("1 time in the last day", timeout=SLOW)
    page.get_by_role("button", name="Condition").click()
    page.get_by_label("Field").fill("user")
    page.get_by_label("Value", exact=True).fill("nobody")
    expect(preview).to_contain_text("Never in the last day", timeout=SLOW)
    page.get_by_text("Quiet hours").click()
    page.get_by_label("From", exact=True).fill("22:00")
    page.get_by_label("To", exact=True).fill("06:30")
    page.get_by_label("Sat").check()
    page.get_by_role("button", name="Create the rule").click()

    page.get_by_role("link", name="Too many errors").click()
    expect(page.get_by_label("Sat")).to_be_checked()
    page.get_by_label("Severity").select_option("critical")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Rules")).to_contain_text("user = nobody")
    (saved,) = api.get("rules").json()
    assert saved["rule"]["severity"] == "critical"
    assert saved["rule"]["filter"] == [{"field": "user", "operator": "equals", "value": "nobody"}]
    assert saved["rule"]["quiet"] == {"start": "22:00", "end": "06:30", "zone": "UTC", "days": ["saturday"]}


def test_what_is_refused_is_told_beside_its_field(page: Page, watch: Watch, api: httpx.Client) -> None:
    watch.expected.append("status of 400")
    page.goto("/alerts/new")
    page.get_by_label("Name", exact=True).fill("Bad")
    page.get_by_label("Threshold, %").fill("much")
    page.get_by_role("button", name="Create the rule").click()
    expect(page.get_by_role("alert")).to_contain_text("'threshold' is 'much'")
    assert api.get("rules").json() == []


def test_a_destination_shows_its_secret_once_and_is_tried(page: Page, api: httpx.Client) -> None:
    page.goto("/alerts/new-destination")
    page.get_by_label("Name", exact=True).fill("Our desk")
    page.get_by_label("Kind").select_option("Webhook")
    page.get_by_label("URL", exact=True).fill("https://127.0.0.1:9/alerts")
    page.get_by_role("button", name="Save").click()
    secret = page.get_by_role("dialog", name="Signing secret")
    expect(secret).to_contain_text(re.compile("whsec_.{40}"))
    secret.get_by_role("button", name="I have it").click()
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("Not sent: 127.0.0.1 is at a private, local or metadata address")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nobody can be told yet")).to_be_visible()
    assert api.get("destinations").json() == []


def test_a_rule_is_muted_and_unmuted(page: Page, api: httpx.Client) -> None:
    put(api, "rules/busy", name="Busy", metric="requests", threshold=10**6)
    page.goto("/alerts/rules/busy")
    page.get_by_text("Mute", exact=True).click()
    page.get_by_role("button", name="for a day").click()
    expect(page.get_by_text("muted until")).to_be_visible()
    page.goto("/alerts")
    expect(page.get_by_text("muted", exact=True)).to_be_visible()
    page.get_by_role("button", name="Unmute").click()
    expect(page.get_by_role("button", name="Mute 1 h")).to_be_visible()


def test_what_fires_is_in_the_history_and_every_page_of_alerts_is_for_everybody(
    page: Page, api: httpx.Client, browser: Browser, busy: Gateway
) -> None:
    put(api, "destinations/pager", name="Pager", kind="pagerduty", secret="R0UT1NGK3Y0000")
    put(api, "destinations/mail", name="Mail", kind="email", to="ops@example.com")
    put(api, "reports/week", name="Week", every="week", destinations=["mail"])
    put(api, "rules/all", name="All of it", metric="requests", threshold=1, window=86_400, destinations=["mail"])
    page.goto("/alerts/history?subject=all")
    end = time.monotonic() + PATIENCE
    while not page.get_by_text("firing", exact=True).count():
        assert time.monotonic() < end
        page.reload()
    expect(page.get_by_role("region", name="History")).to_contain_text("All of it")
    with desk(browser, busy.url, size=NARROW, theme="dark") as (phone, watch):
        sign_in(phone, busy.key)
        for window in (page, phone):
            for path in (
                "",
                "/rules/all",
                "/history?subject=all",
                "/destinations",
                "/reports",
                "/reports/week",
                "/webhooks",
            ):
                window.goto(f"/alerts{path}")
                window.wait_for_load_state("networkidle")
                assert accessibility_faults(window) == "", path
                assert overflow(window) <= 0, path
        assert watch.unexpected() == []
