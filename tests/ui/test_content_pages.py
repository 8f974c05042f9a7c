"""What people do with content in the pages: importing keywords, reading articles, approving them, looking at sites."""

from __future__ import annotations

import asyncio
import time

from automation_client import Automation
from making_articles import make_article, write_articles
from playwright.async_api import Page, expect
from visiting import Visit, Visitor, run_path

from igny8_local.stack import Stack

ROWS = "keyword,volume\nmatcha whisk,80\nmatcha whisk,80\n,5\n"


async def look(visitor: Visitor, name: str) -> list[str]:
    """What is seriously wrong with the page for some, in both modes."""
    found: list[str] = []
    for mode in ("light", "dark"):
        await visitor.mode(mode)
        await visitor.picture(f"content-{name}-{mode}")
        found += [f"{name} {mode}: {each}" for each in await visitor.accessibility(colours_only=mode == "dark")]
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


async def asked(automation: Automation, rule: str, number: int = 1) -> list[str]:
    """Wait until runs of the rule ask people, for which each takes Airflow a worker; their ids."""
    deadline = time.monotonic() + 120
    while len(found := automation.ok("GET", "/approvals/", params={"rule": rule})) < number:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.3)
    return [str(each["run_id"]) for each in found]


async def end(page: Page) -> None:
    """End the run that is shown, while it waits; the safe answer has the focus."""
    await page.get_by_role("button", name="Cancel", exact=True).click()
    sure = page.get_by_role("alertdialog")
    await expect(sure.get_by_role("button", name="Let it go on")).to_be_focused()
    await sure.get_by_role("button", name="Cancel", exact=True).click()
    await expect(page.get_by_text("The run was cancelled.").first).to_be_visible()
    await expect(page.get_by_text("It was not answered before the run was over.")).to_be_visible()
    await expect(page.get_by_role("button", name="Run again")).to_be_visible()


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
    for view, shown in (
        ("Clusters", "caffeine"),
        ("Ideas", "caffeine"),
        ("Articles", "published"),
        ("Posts", "/preview/"),
        ("Images", "Open the article"),
    ):
        await views.get_by_role("button", name=view).click()
        await expect(items.filter(has_text=shown).first).to_be_visible()
        await visitor.pictures(f"content-{view.lower()}")
    wrong += await look(visitor, "images")
    picture = page.locator("figure img")
    await picture.scroll_into_view_if_needed()
    await page.wait_for_function("() => document.querySelector('figure img')?.naturalWidth > 0")

    await page.set_viewport_size({"width": 1024, "height": 768})
    await views.get_by_role("button", name="Articles").click()
    await expect(items).to_contain_text("published")
    title = await items.get_by_role("link").first.inner_text()
    # It is read in a frame in which nothing can run, also while its image can't be had.
    refusal = {"success": False, "error": "The image's file is gone.", "errors": []}
    gone = page.get_by_text("The image's file is gone.")
    await page.route("**/content/images/*/file/**", lambda route: route.fulfill(status=404, json=refusal))
    await items.get_by_role("link").first.click()
    inside = page.frame_locator('iframe[sandbox=""]')
    await expect(inside.get_by_role("heading", name=title, level=1)).to_be_visible()
    await expect(gone).to_be_visible()
    await page.unroute_all()
    await page.get_by_role("button", name="Try again").click()
    await expect(inside.locator("img").first).to_have_js_property("complete", value=True)
    await expect(gone).to_have_count(0)
    wrong += await look(visitor, "article")
    assert wrong == []


async def test_what_waits_is_answered_in_the_pages(visit: Visit, stack: Stack, automation: Automation) -> None:
    first, second = write_articles(stack, "tea-asked", 2)
    optimize = {"type": "optimize_content", "params": {"content_ids": [first]}}
    dear = automation.make(site="tea-asked", actions=[optimize], limits={"approve_above": 0})
    ask = {"type": "request_approval", "params": {"content_ids": [first, second]}}
    asking = automation.make(site="tea-asked", actions=[ask])
    for rule in (dear, asking, asking):
        automation.ok("POST", f"/rules/{rule['id']}/execute/", status=202)
    await asked(automation, dear["id"])
    visitor = await visit("otto")
    page = visitor.page
    waits = page.locator("[data-concern=approval]")
    await visitor.go("/plugin/automation/dashboard?account=demo")
    await waits.filter(has_text=dear["id"]).get_by_role("link", name="Answer it").click()
    await expect(page.get_by_role("heading", name="may this run cost up to 10 credits?")).to_be_visible()
    await expect(page.locator("section").filter(has_text="may this run cost").locator("b").last).to_have_text(
        "optimize_content"
    )
    await page.get_by_role("button", name="Reject …").click()
    reject = page.get_by_role("button", name="Reject", exact=True)
    await expect(reject).to_be_disabled()
    await page.get_by_label("Why it is rejected").fill("not this week")
    await reject.click()
    await expect(page.locator("[data-answered=rejected]")).to_contain_text("otto rejected it: not this week")
    articles, going = await asked(automation, asking["id"], 2)
    await visitor.go(run_path(articles, asking["id"]))
    await expect(page.locator("[data-article]")).to_have_count(2)
    onlooker = await visit("vera")
    await onlooker.go(run_path(articles, asking["id"]))
    await expect(onlooker.page.get_by_text("It waits for somebody who may answer")).to_be_visible()
    await expect(onlooker.page.get_by_role("button", name="Approve")).to_have_count(0)
    await expect(onlooker.page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)
    viewer = Automation.login(stack, "vera")
    viewer.refused("POST", f"/executions/{articles}/cancel/?rule={asking['id']}", status=403)
    viewer.http.close()
    text = onlooker.page.locator(f"[data-article='{first}']").get_by_role("link", name="Read it")
    assert f"/articles/{first}/" in str(await text.get_attribute("href"))
    await page.get_by_role("checkbox").last.press("Space")
    approve = page.get_by_role("button", name="Approve 1 of 2")
    await expect(approve).to_be_enabled()
    wrong = await look(visitor, "approve-articles")
    # Somebody else answers, and this page has not heard of it yet.
    before = await page.request.get(
        f"{stack.ports.airflow_url}/api/v1/automation/executions/{articles}/approvals/?rule={asking['id']}"
    )
    stale = await before.body()
    await page.route("**/approvals/?rule=*", lambda route: route.fulfill(body=stale, content_type="application/json"))
    place = f"/executions/{articles}/approvals/request_approval"
    automation.ok("POST", f"{place}/approve/", {"articles": [second]}, params={"rule": asking["id"]})
    await approve.click()
    await expect(
        page.get_by_text("Your answer came too late. This is no longer asked: it was answered")
    ).to_be_visible()
    await page.unroute_all()
    await expect(page.locator("[data-answered=approved]")).to_contain_text("admin approved 1 of 2")
    await visitor.go(run_path(going, asking["id"]))
    await end(page)
    assert wrong == []
