"""Alerts as an operator sets them up: a rule with its preview, who is told and whether that works, and what is muted."""

import hmac
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook

from tests.browser.alert_api import PATIENCE, alerts_of
from tests.browser.looking import Watch, desk, sign_in
from tests.browser.receiver import receiving
from tests.e2e.running import Gateway, free_port

SLOW = 60_000
"""Milliseconds, for previews: they read every hour of a week, of an emulator that others call, too."""


@pytest.fixture
def api(busy: Gateway) -> Iterator[httpx.Client]:
    with alerts_of(busy) as client:
        yield client


@pytest.fixture
def near(browser: Browser, idle: Gateway) -> Iterator[Page]:
    """Signed in to the gateway whose webhooks may go to this machine."""
    with alerts_of(idle), desk(browser, idle.url) as (page, watch):
        sign_in(page, idle.key)
        yield page
    assert watch.unexpected() == []


def settled(api: httpx.Client) -> None:
    """Returns when the demo is over for so long that windows hold it: they end ten seconds ago."""
    end, rule = time.monotonic() + PATIENCE, {"name": "Errors", "metric": "errors", "threshold": 1}
    while not api.post("preview?days=1", json=rule).json()["firings"]:
        assert time.monotonic() < end


def secret_of(page: Page) -> str:
    """The signing secret that is shown once, and then put away."""
    box = page.get_by_role("dialog", name="Signing secret")
    expect(box).to_contain_text(re.compile("whsec_.{40}"))
    secret = box.locator("[data-secret]").inner_text()
    box.get_by_role("button", name="I have it").click()
    return secret


def add_webhook(page: Page, url: str) -> str:
    """Its signing secret."""
    page.goto("/alerts/new-destination")
    page.get_by_label("Name", exact=True).fill("Our desk")
    page.get_by_label("Kind").select_option("Webhook")
    page.get_by_label("URL", exact=True).fill(url)
    page.get_by_role("button", name="Save").click()
    return secret_of(page)


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
    secret = add_webhook(page, "https://127.0.0.1:9/alerts")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("Not sent: 127.0.0.1 is at a private, local or metadata address")).to_be_visible()
    page.get_by_role("link", name="Our desk").click()
    expect(page.get_by_label("Id", exact=True)).to_have_value("our-desk")
    assert secret not in page.content()
    page.goto("/alerts/destinations")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nobody can be told yet")).to_be_visible()
    assert api.get("destinations").json() == []


def test_a_test_arrives_and_is_signed(near: Page) -> None:
    with receiving() as receiver:
        secret = add_webhook(near, f"{receiver.url}/alerts")
        near.get_by_role("button", name="Test").click()
        expect(near.get_by_text("Sent", exact=True)).to_be_visible()
        call = receiver.got()
    assert call.line == "POST /alerts HTTP/1.1"
    told = Webhook(secret).verify(call.body, call.headers)
    assert (told["type"], told["severity"], told["data"]) == ("test", "info", {"destination": "our-desk"})


def test_a_receiver_that_refuses_a_test_is_quoted_without_the_secret(near: Page) -> None:
    with receiving(500) as receiver:
        secret = add_webhook(near, receiver.url)
        receiver.text = f"It should be signed with {secret}"
        near.get_by_role("button", name="Test").click()
        expect(near.get_by_text("Not sent: It answered with 500: It should be signed with ***.")).to_be_visible()
    assert secret not in near.content()


def test_a_receiver_that_is_not_there_is_told(near: Page) -> None:
    add_webhook(near, f"http://127.0.0.1:{free_port()}")
    near.get_by_role("link", name="Our desk").click()
    near.get_by_role("button", name="Send a test").click()
    expect(near.get_by_text("Not sent: It could not be reached: Connection refused.")).to_be_visible()


def test_an_address_that_is_a_secret_is_not_shown_when_the_receiver_repeats_it(near: Page) -> None:
    with receiving(404, "Cannot POST /services/T0/B0/0123456789ab") as receiver:
        near.goto("/alerts/new-destination")
        near.get_by_label("Name", exact=True).fill("On call")
        near.get_by_label("URL of an incoming webhook").fill(f"{receiver.url}/services/T0/B0/0123456789ab")
        near.get_by_role("button", name="Save").click()
        near.get_by_role("button", name="Test").click()
        expect(near.get_by_text("Not sent: It answered with 404: Cannot POST ***.")).to_be_visible()
        assert receiver.got().line == "POST /services/T0/B0/0123456789ab HTTP/1.1"
    assert "0123456789ab" not in near.content()


def test_a_webhook_of_requests_is_set_up_tried_and_removed(near: Page) -> None:
    with receiving() as receiver:
        near.goto("/alerts/new-webhook")
        near.get_by_label("Id", exact=True).fill("evaluation")
        near.get_by_label("URL", exact=True).fill(receiver.url)
        near.get_by_role("button", name="Property", exact=True).click()
        near.get_by_label("Property", exact=True).fill("team")
        near.get_by_label("Value", exact=True).fill("search")
        near.get_by_role("button", name="Save").click()
        secret = secret_of(near)
        expect(near.get_by_role("row", name="evaluation")).to_contain_text("team = search")
        near.get_by_role("button", name="Test").click()
        expect(near.get_by_text("Sent", exact=True)).to_be_visible()
        call = receiver.got()
    assert call.headers["helicone-signature"] == hmac.digest(secret.encode(), call.body, "sha256").hex()
    assert Webhook(secret).verify(call.body, call.headers)["request_id"].startswith("test-")
    near.once("dialog", lambda dialog: dialog.accept())
    near.get_by_role("button", name="Remove").click()
    expect(near.get_by_text("No webhooks yet")).to_be_visible()


def test_a_rule_is_in_the_list_with_its_state_and_its_last_windows_and_is_muted(page: Page, api: httpx.Client) -> None:
    settled(api)
    page.goto("/alerts/new")
    page.get_by_label("Name", exact=True).fill("Busy")
    page.get_by_label("Metric").select_option("Requests")
    page.get_by_label("Threshold, requests").fill("1000000")
    page.get_by_label("Over", exact=True).select_option("1 day")
    page.get_by_role("button", name="Create the rule").click()

    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="Busy"))
    state = row.get_by_role("cell").first
    expect(state).to_have_text("ok")
    expect(row).to_contain_text("requests at or above 1,000,000 requests over 1 day")
    expect(row.get_by_role("img", name="Values of the last twelve windows")).to_be_visible()
    points = row.locator("polyline").get_attribute("points")
    assert points is not None
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert len(heights) == 12
    assert heights[-1] < min(heights[:-1]), "the line is highest where the demo was, downwards as SVG counts"

    row.get_by_role("button", name="Mute 1 h").click()
    expect(state).to_have_text("ok muted")
    row.get_by_role("link", name="Busy").click()
    expect(page.get_by_text("muted until")).to_be_visible()
    page.get_by_role("button", name="Unmute").click()
    page.get_by_text("Mute", exact=True).click()
    page.get_by_role("button", name="until further notice").click()
    expect(page.get_by_text("muted until further notice by This laptop")).to_be_visible()
    page.goto("/alerts")
    expect(state).to_have_text("ok muted")
    row.get_by_role("button", name="Unmute").click()
    expect(state).to_have_text("ok")
