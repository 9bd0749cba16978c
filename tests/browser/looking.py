"""A browser that looks at the dashboard as a person does, and notices what a person would not."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.e2e.running import Gateway

Theme = Literal["light", "dark"]

WIDE, NARROW = (1440, 900), (390, 844)
"""Pixels of a desk and of a telephone."""

in_both_sizes = pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"])

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass  # Playwright keeps something of its own in it, so it has no slots.
class Watch:
    """What went wrong in a browser's pages while nobody looked. `expected` are parts of faults that a test provokes."""

    origin: str
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))
        context.on("request", self._asked)
        context.on("response", self._answered)

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(part in fault for part in self.expected)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text} at {message.location.get('url', '')}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https", "ws") and not request.url.startswith(f"{self.origin}/"):
            self.faults.append(f"left the origin: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status}: {response.url}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Playwright lives as long as this: other tests' event loops would meet its own."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def desk(
    browser: Browser, url: str, *, size: tuple[int, int] = WIDE, theme: Theme = "light"
) -> Iterator[tuple[Page, Watch]]:
    """A window of its own at the dashboard's address, and what is watched over it."""
    watch = Watch(url)
    context = browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        locale="en-GB",
        timezone_id="Europe/Helsinki",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(15_000)
    watch.over(context)
    yield context.new_page(), watch
    context.close()


def sign_in(page: Page, key: str, path: str = "/") -> None:
    """By the address that the gateway prints, and on to `path`."""
    page.goto(f"/login?next={quote(path, safe='')}#{quote(key)}")
    page.wait_for_url(lambda address: "/login" not in address)


def accessibility_faults(page: Page) -> str:
    """The rules of WCAG that axe finds broken, with the places; empty where there are none."""
    results = Axe().run(page)
    return "" if not results.violations_count else str(results.generate_report())


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def check_page(browser: Browser, gateway: Gateway, path: str, *, size: tuple[int, int], theme: Theme) -> None:
    """It says something, nothing breaks, everybody can use it, and it fits its window."""
    with desk(browser, gateway.url, size=size, theme=theme) as (page, watch):
        sign_in(page, gateway.key, path)
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert accessibility_faults(page) == ""
        assert overflow(page) <= 0
        assert watch.unexpected() == []
