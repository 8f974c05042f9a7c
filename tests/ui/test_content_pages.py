"""What people do with content in the pages: importing keywords, reading articles, looking at connections."""

from __future__ import annotations

from making_articles import make_article
from playwright.async_api import Page, expect
from visiting import Visit, Visitor

from igny8_local.stack import Stack

ROWS = "keyword,volume\nmatcha whisk,80\nmatcha whisk,80\n,5\n"


async def look(visitor: Visitor, name: str) -> list[str]:
    """What is seriously wrong with the page for some, in both modes."""
    found: list[str] = []
    for mode in ("light", "dark"):
        await visitor.mode(mode)
        await visitor.picture(f"content-{name}-{mode}")
        found += [f"{name} {mode}: {each}" for each in await visitor.accessibility()]
    return found


async def drop(page: Page, text: str, name: str) -> None:
    files = await page.evaluate_handle(
        """([text, name]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name, {type: "text/csv"}));
            return data;
        }""",
        [text, name],
    )
    await page.dispatch_event("[data-drop]", "drop", {"dataTransfer": files})


async def test_keywords_are_dropped_and_an_article_is_read(visit: Visit, stack: Stack) -> None:
    made = make_article(stack, "tea-pages")
    visitor = await visit("admin")
    page = visitor.page
    await visitor.go("/plugin/automation/content")
    site = page.locator("section").filter(has_text="Tea pages")
    connection = site.locator("[data-integration]")
    await expect(connection).to_contain_text("works")
    before = await connection.locator("time").get_attribute("datetime")
    assert before is not None
    await connection.get_by_role("button", name="Probe again: preview").click()
    await expect(connection.locator("time")).not_to_have_attribute("datetime", before)
    wrong = await look(visitor, "sites")

    await site.get_by_role("button", name="Keywords: 4").press("Enter")
    items = page.locator("[data-item]")
    await expect(items).to_have_count(4)
    assert f"site={made.site}" in page.url
    await drop(page, ROWS, "matcha.csv")
    told = page.locator("[data-report]")
    await expect(told).to_have_text("1 keyword added, 1 already there, 1 row could not be used.")
    await expect(page.get_by_label("Rows that could not be used")).to_contain_text("4")
    await expect(items).to_have_count(5)
    wrong += await look(visitor, "keywords")
    await page.get_by_label("Search keywords").fill("matcha")
    await expect(items).to_have_count(1)
    views = page.get_by_role("navigation", name="What there is")
    for view, shown in (("Clusters", "caffeine"), ("Posts", "/preview/"), ("Images", "Open the article")):
        await views.get_by_role("button", name=view).click()
        await expect(items.filter(has_text=shown).first).to_be_visible()
    wrong += await look(visitor, "images")
    picture = page.locator("figure img")
    await picture.scroll_into_view_if_needed()
    await page.wait_for_function("() => document.querySelector('figure img')?.naturalWidth > 0")

    await page.set_viewport_size({"width": 1024, "height": 768})
    await views.get_by_role("button", name="Articles").click()
    await expect(items).to_contain_text("published")
    title = await items.get_by_role("link").first.inner_text()
    await items.get_by_role("link").first.click()
    # It is read in a frame in which nothing can run.
    inside = page.frame_locator('iframe[sandbox=""]')
    await expect(inside.get_by_role("heading", name=title, level=1)).to_be_visible()
    await expect(inside.locator("img").first).to_have_js_property("complete", value=True)
    wrong += await look(visitor, "article")
    assert wrong == []
