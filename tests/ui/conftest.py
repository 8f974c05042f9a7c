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


@pytest.fixture(scope="session")
async def people(browser: Browser) -> AsyncIterator[dict[str, BrowserContext]]:
    """Each user's own browser, with what it has loaded: Airflow's scripts take seconds to be read at first."""
    known: dict[str, BrowserContext] = {}
    yield known
    for context in known.values():
        await context.close()


@pytest.fixture
async def visit(browser: Browser, people: dict[str, BrowserContext], stack: Stack) -> AsyncIterator[Visit]:
    """Opens a window for a user of the stack; a mistake in a script of the page fails the test."""
    mistakes: list[str] = []

    async def open_for(username: str) -> Visitor:
        url = stack.ports.airflow_url
        context = people.get(username)
        if context is None:
            size = {"width": 1440, "height": 900}
            context = people[username] = await browser.new_context(viewport=size, locale="en-GB", timezone_id="UTC")
            await context.add_init_script("if (window === top) localStorage.theme ??= 'light'")
        page = await context.new_page()
        # The scripts are kept from one test to the next, and nothing else.
        kept = await context.new_cdp_session(page)
        await kept.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage,indexeddb"})
        await kept.detach()
        await context.clear_cookies()
        key = token(url, username, password_of(stack, username))
        await context.add_cookies([{"name": "_token", "value": key, "url": url}])
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        return Visitor(page, url)

    yield open_for
    for page in [page for context in people.values() for page in context.pages]:
        await page.close()
    assert not mistakes


@pytest.fixture
def automation(stack: Stack) -> Iterator[Automation]:
    """The calls of an admin; the rules that a test makes are deleted after it."""
    user = Automation.login(stack, "admin")
    yield user
    for rule_id in user.made:
        user.http.delete(f"/rules/{rule_id}/")
    user.http.close()
