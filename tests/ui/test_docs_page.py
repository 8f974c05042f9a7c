"""The documentation of the REST API as a page."""

from __future__ import annotations

from playwright.async_api import expect
from visiting import Visit


async def test_it_is_light_or_dark_as_airflow_is(visit: Visit) -> None:
    visitor = await visit("vera")
    page = visitor.page
    await page.goto(f"{visitor.url}/api/v1/automation/docs")
    await expect(page.locator(".opblock").first).to_be_visible()
    background = "getComputedStyle(document.querySelector('#swagger-ui > *')).backgroundColor"
    light = await page.evaluate(background)
    await page.evaluate("localStorage.theme = 'dark'")
    await page.reload()
    await expect(page.locator(".opblock").first).to_be_visible()
    assert light == "rgba(0, 0, 0, 0)"
    assert await page.evaluate(background) == "rgb(28, 32, 34)"
