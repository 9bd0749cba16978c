"""The door of the dashboard."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import NARROW, accessibility_faults, desk, sign_in
from tests.e2e.running import Gateway


def test_an_address_leads_to_the_login_and_then_on(browser: Browser, busy: Gateway) -> None:
    with desk(browser, busy.url) as (page, watch):
        page.goto("/requests?status=5xx")
        expect(page).to_have_url(f"{busy.url}/login?next=/requests%3Fstatus%3D5xx")
        assert accessibility_faults(page) == ""
        page.get_by_label("Admin key").fill(busy.key)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{busy.url}/requests?status=5xx")
        assert not watch.faults


def test_a_wrong_key_is_told_and_nobody_is_let_in(browser: Browser, busy: Gateway) -> None:
    with desk(browser, busy.url) as (page, watch):
        page.goto("/login")
        page.get_by_label("Admin key").fill("sk-aig-wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("not known to this gateway")).to_be_visible()
        assert page.context.cookies() == []
        watch.expected.append("401")
        assert watch.unexpected() == []


def test_the_printed_address_signs_in_and_leaves_no_key_behind(browser: Browser, busy: Gateway) -> None:
    with desk(browser, busy.url) as (page, watch):
        sign_in(page, busy.key)
        expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        assert busy.key not in page.url
        assert busy.key not in page.content()
        (cookie,) = page.context.cookies()
        assert cookie["httpOnly"]
        assert not watch.faults


def test_signing_out_ends_the_sign_in(page: Page, busy: Gateway) -> None:
    cookies = page.context.cookies()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{busy.url}/login")
    page.context.add_cookies([{"name": cookies[0]["name"], "value": cookies[0]["value"], "url": busy.url}])
    page.goto("/requests")
    expect(page).to_have_url(f"{busy.url}/login?next=/requests")


def test_a_telephone_finds_its_way_by_the_menu(browser: Browser, busy: Gateway) -> None:
    with desk(browser, busy.url, size=NARROW) as (page, watch):
        sign_in(page, busy.key)
        page.get_by_role("button", name="Menu").click()
        page.get_by_role("link", name="Requests", exact=True).click()
        expect(page.get_by_role("heading", name="Requests", level=1)).to_be_visible()
        assert not watch.faults


def test_keys_lead_to_the_sections(page: Page) -> None:
    for key, name in (("r", "Requests"), ("s", "Sessions"), ("p", "Providers"), ("o", "Overview")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
