"""One portal for all journeys, a browser, and people who sit in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, StorageState, expect, sync_playwright

from tests.browser.visitor import PATIENCE_SECONDS, Visitor
from tests.browser.world import Portal

PATIENCE_MS = PATIENCE_SECONDS * 1000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

USUAL: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "en-US"}

expect.set_options(timeout=PATIENCE_MS)


def chromium_path() -> str:
    """BROWSER_PATH, else the first Chromium on the PATH. Fails with what to install."""
    found = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail(
            "The browser tests need Chromium: `apt-get install chromium`, or set BROWSER_PATH"
            " to a Chrome or Chromium that is there.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def portal(tmp_path_factory) -> Iterator[Portal]:
    with Portal(tmp_path_factory.mktemp("portal")) as portal:
        portal.cloud.settings(create_seconds=1.0, stackset_seconds=0.5, assignment_seconds=0.5)
        yield portal


# For this folder only: while Playwright is there, Django refuses the database to other tests.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def session_of(portal, browser) -> Callable[[str], StorageState]:
    """The cookies of somebody who has signed in, for tests that are about something else."""

    @cache
    def sign_in(username: str) -> StorageState:
        context = browser.new_context(base_url=portal.address, **USUAL)
        Visitor(context, username).sign_in()
        state = context.storage_state()
        context.close()
        return state

    return sign_in


@pytest.fixture
def visit(portal, browser, request, tmp_path) -> Iterator[Callable[..., Visitor]]:
    """A new browser window: visit("haruka.sato") signs in by one click, visit() does not.

    Further arguments are Playwright's for a context, such as viewport or java_script_enabled.
    When the test ends, none of its windows may have had anything to complain about.
    """
    visitors: list[Visitor] = []

    def open_window(username: str = "", **options: Any) -> Visitor:
        context = browser.new_context(base_url=portal.address, **{**USUAL, **options})
        context.set_default_timeout(PATIENCE_MS)
        visitors.append(Visitor(context, username))
        if username:
            visitors[-1].sign_in()
        return visitors[-1]

    request.node.visitors, request.node.portal = visitors, portal
    yield open_window
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert complaints == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what was on the screens, and what the processes said last."""
    report = yield
    if report.when == "call" and report.failed and hasattr(item, "visitors"):
        for number, visitor in enumerate(item.visitors):
            picture = item.funcargs["tmp_path"] / f"window-{number}.png"
            report.sections.append((f"window {number}: {picture}", visitor.describe(picture)))
        report.sections.append(("logs of the portal", item.portal.last_lines()))
    return report
