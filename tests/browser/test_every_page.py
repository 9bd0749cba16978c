"""What holds of every page: it says something, nothing breaks, everybody can use it, and it fits its window."""

import pytest
from playwright.sync_api import Browser, expect

from ai_gateway.web.console.rendering import SECTIONS
from tests.browser.looking import NARROW, WIDE, Theme, accessibility_faults, desk, overflow, sign_in
from tests.e2e.running import Gateway

PATHS = [section.path for section in SECTIONS]


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["busy", "idle"])
def test_a_page_is_whole(
    request: pytest.FixtureRequest, browser: Browser, kind: str, path: str, size: tuple[int, int], theme: Theme
) -> None:
    gateway: Gateway = request.getfixturevalue(kind)
    with desk(browser, gateway.url, size=size, theme=theme) as (page, watch):
        sign_in(page, gateway.key)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert accessibility_faults(page) == ""
        assert overflow(page) <= 0
        assert watch.unexpected() == []
