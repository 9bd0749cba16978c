"""The page of requests: filters, live tail, and a request whole in the drawer."""

import json
import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import NARROW, Watch, accessibility_faults, desk, overflow, sign_in
from tests.e2e.running import Gateway

CHAIN = "gpt-4o-mini/openai,claude-sonnet-4/anthropic"


def ask(gateway: Gateway, **headers: str) -> str:
    """One request whose first provider fails; its id."""
    with gateway.client() as client:
        answer = client.chat.completions.with_raw_response.create(
            model=CHAIN,
            messages=[{"role": "user", "content": "Hello"}],
            extra_headers={"Simulator-Behavior": "openai=503", **headers},
        )
        return str(answer.headers["helicone-id"])


def test_filters_narrow_the_list_and_stand_in_the_address(page: Page) -> None:
    page.goto("/requests")
    page.get_by_label("Model", exact=True).fill("claude-sonnet-4")
    page.get_by_label("Status").select_option("2xx")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("link", name="Model: claude-sonnet-4")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"model": ["claude-sonnet-4"], "status": ["2xx"]}
    rows = page.locator("#rows tr[id]")
    assert rows.count() > 0
    assert set(rows.locator("td:nth-child(3)").all_inner_texts()) == {"claude-sonnet-4"}
    page.get_by_role("link", name="Model: claude-sonnet-4").click()
    expect(page).to_have_url(re.compile(r"/requests\?status=2xx$"))


def test_a_view_is_kept_under_its_name(page: Page) -> None:
    page.goto("/requests?outcome=error")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Name").fill("Broken")
    page.get_by_role("button", name="Save").click()
    page.goto("/requests")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="Broken", exact=True).click()
    expect(page.get_by_role("link", name="Outcome: error")).to_be_visible()


def test_older_requests_follow(page: Page) -> None:
    page.goto("/requests")
    rows = page.locator("#rows tr[id]")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Older requests").click()
    expect(rows).to_have_count(100)


def test_a_request_shows_within_two_seconds_of_its_end(page: Page, busy: Gateway) -> None:
    page.goto("/requests")
    page.get_by_role("button", name="Live").click()
    new = ask(busy)
    expect(page.locator(f"[id='r-{new}']")).to_be_visible(timeout=2000)
    expect(page).to_have_url(f"{busy.url}/requests?live=true")


def test_going_back_the_form_says_what_the_address_does(page: Page) -> None:
    page.goto("/requests")
    page.get_by_label("Status").select_option("2xx")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page).to_have_url(re.compile("status=2xx"))
    page.go_back()
    expect(page).to_have_url(re.compile("/requests$"))
    expect(page.get_by_label("Status")).to_have_value("")
    page.go_forward()
    expect(page.get_by_label("Status")).to_have_value("2xx")


def test_a_period_that_is_chosen_stands_instead_of_the_range_of_a_link(page: Page) -> None:
    page.goto("/users")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("link", name="Since: ")).to_be_visible()
    page.get_by_label("Ended in").select_option("1h")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("link", name="Last: 1h")).to_be_visible()
    expect(page.get_by_role("link", name="Since: ")).to_have_count(0)


def test_a_live_list_leaves_who_scrolled_down_where_they_are(page: Page, busy: Gateway) -> None:
    page.goto("/requests?live=true")
    row = page.locator("#rows tr[id]").nth(20)
    held = page.locator(f"[id='{row.get_attribute('id')}']")
    held.evaluate("row => window.scrollTo(0, row.offsetTop)")
    top = held.evaluate("row => row.getBoundingClientRect().top")
    new = ask(busy)
    expect(page.locator(f"[id='r-{new}']")).to_be_attached()
    assert abs(held.evaluate("row => row.getBoundingClientRect().top") - top) < 2


def test_a_closed_drawer_gives_the_keyboard_back_to_its_row(page: Page, busy: Gateway) -> None:
    page.goto("/requests?live=true")
    row = page.locator(f"[id='{page.locator('#rows tr[id]').first.get_attribute('id')}']")
    row.get_by_role("link").click()
    expect(page.get_by_role("dialog", name="Details")).to_be_visible()
    new = ask(busy)
    expect(page.locator(f"[id='r-{new}']")).to_be_attached()
    page.keyboard.press("Escape")
    expect(row).to_be_focused()


def test_going_back_closes_the_drawer_whose_address_can_be_sent(page: Page) -> None:
    listed, drawer = "/requests?outcome=success", page.get_by_role("dialog", name="Details")
    page.goto(listed)
    link = page.locator("#rows tr[id]").nth(2).get_by_role("link")
    one = link.get_attribute("href") or ""
    for close in (page.go_back, lambda: page.keyboard.press("Escape")):
        link.click()
        expect(drawer).to_be_visible()
        expect(page).to_have_url(re.compile(f"{re.escape(one)}$"))
        close()
        expect(drawer).to_be_hidden()
        expect(page).to_have_url(re.compile(f"{re.escape(listed)}$"))
    link.click()
    expect(page).to_have_url(re.compile(f"{re.escape(one)}$"))
    page.reload()
    expect(page.get_by_role("link", name="All requests")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Outcome: success")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("link", name="All requests")).to_be_visible()


def test_a_live_list_without_a_gateway_says_so_once_and_goes_on_with_it(
    page: Page, busy: Gateway, watch: Watch
) -> None:
    watch.expected += ["ERR_FAILED", "htmx:"]
    page.goto("/requests?live=true")
    expect(page.locator("#rows tr[id]").first).to_be_visible()
    page.route("**/requests", lambda route: route.abort())
    for _ in range(3):
        page.wait_for_event("requestfailed")
    expect(page.get_by_text("The gateway is not within reach.")).to_have_count(1)
    page.unroute("**/requests")
    new = ask(busy)
    expect(page.locator(f"[id='r-{new}']")).to_be_visible()


def test_long_names_stay_within_the_page(browser: Browser, busy: Gateway) -> None:
    long = "W" * 600
    new = ask(
        busy,
        **{
            "Helicone-User-Id": long,
            "Helicone-Session-Id": long,
            "Helicone-Session-Name": long,
            "Helicone-Session-Path": f"/{long}/" + "/".join(["deep"] * 40),
            f"Helicone-Property-{'P' * 200}": long,
        },
    )
    with desk(browser, busy.url, size=NARROW) as (page, watch):
        sign_in(page, busy.key)
        page.goto("/requests?live=true")
        expect(page.locator(f"[id='r-{new}']")).to_be_visible()
        places = [f"/requests/{new}", *(f"/sessions/{long}?view={view}" for view in ("tree", "timeline", "chat"))]
        for place in (*places, "/sessions", "/users", "/properties"):
            page.goto(place)
            assert overflow(page) == 0, place[:40]
    assert watch.unexpected() == []


def test_the_drawer_tells_a_fallback_whole(page: Page, busy: Gateway) -> None:
    new = ask(busy, **{"Helicone-Property-Feature": "browser", "Helicone-User-Id": "zoe"})
    page.goto("/requests?user=zoe&live=true")
    page.locator(f"[id='r-{new}']").get_by_role("link").click()
    drawer = page.get_by_role("dialog", name="Details")
    expect(drawer.get_by_role("heading", name="claude-sonnet-4")).to_be_visible()
    failed, served = drawer.locator(".attempts > li").all()
    expect(failed).to_contain_text("503")
    expect(failed).to_contain_text("gpt-4o-mini/openai")
    expect(failed).to_contain_text("would have cost ~$")
    expect(served).to_contain_text("served")
    expect(drawer.locator(".turn[data-role=user]")).to_contain_text("Hello")
    expect(drawer.locator(".turn.answer")).to_contain_text("simulated answer")
    for term in ("input", "output", "zoe", "browser"):
        expect(drawer).to_contain_text(term)
    assert accessibility_faults(page) == ""
    drawer.get_by_role("button", name="Copy as curl").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl ")
    assert CHAIN in copied
    assert busy.key not in copied
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_rows_open_by_the_keyboard(page: Page) -> None:
    page.goto("/requests")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Details")).to_be_visible()


def test_a_rating_is_kept(page: Page, busy: Gateway) -> None:
    new = ask(busy)
    page.goto("/requests?live=true")
    page.locator(f"[id='r-{new}']").get_by_role("link").click()
    page.get_by_role("button", name="Good").click()
    expect(page.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")
    page.goto(f"/requests/{new}")
    expect(page.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")


def test_a_deleted_request_is_gone(page: Page, busy: Gateway, watch: Watch) -> None:
    new = ask(busy)
    page.goto("/requests?live=true")
    page.locator(f"[id='r-{new}']").get_by_role("link").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(f"[id='r-{new}']")).to_have_count(0)
    expect(page).to_have_url(f"{busy.url}/requests?live=true")
    watch.expected.append("404")
    page.goto(f"/requests/{new}")
    expect(page.get_by_text("no request")).to_be_visible()


def test_all_that_match_can_be_had_as_a_file(page: Page) -> None:
    page.goto("/requests?outcome=error")
    page.get_by_text("Export").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="JSON Lines", exact=True).click()
    lines = downloading.value.path().read_text().splitlines()
    assert lines
    assert {json.loads(line)["outcome"] for line in lines} == {"error"}
