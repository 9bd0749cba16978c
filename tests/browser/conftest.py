"""Chromium, signed in to the dashboard of a gateway that served a demo, and to one that served nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looking import CHROMIUM, Watch, chromium, desk, sign_in
from tests.e2e.running import Gateway

DEMO = 120
"""Requests; every kind of scene is among them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        missing = pytest.mark.skip(reason="Chromium is not installed: the dashboard is not tried in a browser")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(missing)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that served the demo. It tries what just failed again, so that no test meets the failures of another."""
    with Gateway(tmp_path_factory.mktemp("busy"), {"AI_GATEWAY_COOLDOWN": "0"}) as gateway:
        sent = gateway.command("demo", "--url", gateway.url, "-n", str(DEMO))
        assert sent.returncode == 0, sent.stderr
        yield gateway


@pytest.fixture(scope="session")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that nobody called. Its webhooks may go to this machine."""
    with Gateway(tmp_path_factory.mktemp("idle"), {"AI_GATEWAY_ALLOW_PRIVATE_WEBHOOKS": "true"}) as gateway:
        yield gateway


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Watch:
    """What is watched over the test's page."""
    found: Watch = request.getfixturevalue("_window")[1]
    return found


@pytest.fixture
def page(_window: tuple[Page, Watch]) -> Page:
    """Signed in to the busy gateway, at 1440 pixels. Errors on the console, answers of 500 and calls of other origins
    fail the test.
    """
    return _window[0]


@pytest.fixture
def _window(browser: Browser, busy: Gateway) -> Iterator[tuple[Page, Watch]]:
    with desk(browser, busy.url) as (page, watch):
        sign_in(page, busy.key)
        yield page, watch
        if shots := os.environ.get("BROWSER_SHOTS"):
            page.screenshot(path=Path(shots) / f"{os.environ['PYTEST_CURRENT_TEST'].split('::')[-1].split(' ')[0]}.png")
    assert watch.unexpected() == []
