"""The web pages as people meet them: in a real Chromium, on the running system, with a login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from automation_client import Automation, password_of, token
from chromium import Chromium, NoChromiumError
from playwright.async_api import Browser, BrowserContext, async_playwright
from visiting import Visit, Visitor

from igny8_local.stack import Stack


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    try:
        chromium = Chromium.found()
    except NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)
    async with async_playwright() as playwright:
        running = await chromium.launch(playwright)
        yield running
        await running.close()


@pytest.fixture
async def visit(browser: Browser, stack: Stack) -> AsyncIterator[Visit]:
    """Opens a window for a user of the stack; a mistake in a script of the page fails the test."""
    opened: list[BrowserContext] = []
    mistakes: list[str] = []

    async def open_for(username: str) -> Visitor:
        url = stack.ports.airflow_url
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="UTC")
        opened.append(context)
        key = token(url, username, password_of(stack, username))
        await context.add_cookies([{"name": "_token", "value": key, "url": url}])
        await context.add_init_script("if (window === top) localStorage.theme ??= 'light'")
        page = await context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        return Visitor(page, url)

    yield open_for
    for context in opened:
        await context.close()
    assert not mistakes


@pytest.fixture
def automation(stack: Stack) -> Iterator[Automation]:
    """The calls of an admin; the rules that a test makes are deleted after it."""
    user = Automation.login(stack, "admin")
    yield user
    for rule_id in user.made:
        user.http.delete(f"/rules/{rule_id}/")
    user.http.close()
