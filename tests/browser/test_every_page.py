"""What holds of every page: it says something, nothing breaks, everybody can use it, and it fits its window."""

import pytest
from playwright.sync_api import Browser

from ai_gateway.web.console.rendering import SECTIONS
from tests.browser.looking import Theme, check_page, in_both_sizes

PATHS = [section.path for section in SECTIONS]


@in_both_sizes
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["busy", "idle"])
def test_a_page_is_whole(
    request: pytest.FixtureRequest, browser: Browser, kind: str, path: str, size: tuple[int, int], theme: Theme
) -> None:
    check_page(browser, request.getfixturevalue(kind), path, size=size, theme=theme)
