"""The pages with much to show: a thousand rules, and a rule of fifty actions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from automation_client import Automation
from playwright.async_api import Locator, expect
from visiting import SEEN, Visit

MANY, LONG = 1000, 50
LAST = "last-of-many"
"""The site of the last rule, which nothing else is about."""
RULE = """\
id: one-of-many-{number:04d}
name: One of many, number {number:04d}
account: demo
site: {site}
trigger: manual
status: inactive  # so that Airflow need not read a thousand Dags
actions:
  - {{type: cluster_keywords, params: {{keyword_ids: []}}}}
"""


READABLE = 35
"""How high a part of a chart must be for its letters to be read, in pixels."""


@pytest.fixture
def many_rules(rules_folder: Path) -> Iterator[None]:
    folder = rules_folder / "one-of-many"
    folder.mkdir()
    for number in range(MANY):
        site = LAST if number == MANY - 1 else "home-espresso"
        (folder / f"{number}.yaml").write_text(RULE.format(number=number, site=site))
    yield
    shutil.rmtree(folder)


@pytest.mark.usefixtures("many_rules")
async def test_a_thousand_rules_are_turned_over_sorted_and_found(visit: Visit, automation: Automation) -> None:
    visitor = await visit("admin")
    page = visitor.page
    await visitor.go("/plugin/automation?search=One of many")
    pages, rows = page.get_by_role("navigation", name="Pages"), page.locator("[data-rule]")
    shown = await rows.count()
    await expect(pages).to_contain_text(f"{shown} of 1,000")
    await expect(rows.first).to_contain_text("number 0000")
    await pages.get_by_role("button", name="Next page").press("Enter")
    await expect(pages).to_contain_text(f"{2 * shown} of 1,000")
    await expect(rows.first).to_contain_text(f"number {shown:04d}")
    await page.get_by_role("button", name="Name").first.click()
    await expect(rows.first).to_contain_text("number 0999")
    for column, ordering in (("Success", "success_rate"), ("Credits this month", "credits_this_month")):
        for sign, sorted_as in (("", "ascending"), ("-", "descending")):
            await page.get_by_role("button", name=column).click()
            await expect(page.get_by_role("columnheader", name=column)).to_have_attribute("aria-sort", sorted_as)
            assert f"ordering={sign}{ordering}" in page.url
        await expect(rows).to_have_count(shown)
    await page.get_by_label("Search by name").fill("number 0777")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("One of many, number 0777")
    # The filters know all of them.
    await page.get_by_label("Search by name").fill("")
    await page.get_by_label("Site", exact=True).select_option(LAST)
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("One of many, number 0999")
    # Several are saved as files, and copied, at once.
    await page.get_by_label("Site", exact=True).select_option("")
    await page.get_by_label("Search by name").fill("number 099")
    await expect(rows).to_have_count(10)
    chosen = ("0990", "0991")
    automation.made += [f"one-of-many-{number}-copy" for number in chosen]

    async def choose() -> Locator:
        for number in chosen:
            await page.get_by_label(f"Select One of many, number {number}").press("Space")
        return page.get_by_role("toolbar")

    async with (
        page.expect_download(lambda file: "0990" in file.suggested_filename, timeout=SEEN),
        page.expect_download(lambda file: "0991" in file.suggested_filename, timeout=SEEN),
    ):
        await (await choose()).get_by_role("button", name="Export as YAML").click()
    await (await choose()).get_by_role("button", name="Duplicate").click()
    await expect(rows).to_have_count(12)
    assert [automation.ok("GET", f"/rules/{copy}/")["status"] for copy in automation.made] == ["paused", "paused"]
    await page.get_by_role("link", name="Executions", exact=True).click()
    rule = page.get_by_label("Rule", exact=True)
    await rule.fill("many, number 0999")
    await expect(page.locator("datalist option").first).to_have_attribute("value", "one-of-many-0999")
    await rule.fill("one-of-many-0999")
    await page.wait_for_function("location.search.includes('rule=one-of-many-0999')", timeout=SEEN)
    await expect(page.get_by_text("No execution fits these filters.")).to_be_visible()


async def test_fifty_actions_are_shown_and_moved(visit: Visit, automation: Automation) -> None:
    rule = automation.make(
        status="inactive",
        actions=[
            {"id": f"step_{number}", "type": "cluster_keywords", "params": {"keyword_ids": []}}
            for number in range(LONG)
        ],
    )
    visitor = await visit("admin")
    page = visitor.page
    await visitor.go(f"/plugin/automation/rules/{rule['id']}/edit?view=canvas")
    chart = page.get_by_label("The rule as a flow chart")
    nodes = chart.locator(".react-flow__node")
    await expect(nodes).to_have_count(LONG + 1)  # and what starts it
    # It begins at its top, large enough to be read.
    last = nodes.filter(has_text=f"step_{LONG - 1}").get_by_role("button", name="Cluster keywords")
    await expect(nodes.first).to_be_in_viewport()
    await expect(last).not_to_be_in_viewport()
    assert (await nodes.first.bounding_box() or {"height": 0})["height"] > READABLE
    await last.press("Enter")
    await page.get_by_role("button", name="Earlier", exact=True).press("Enter")
    wanted = ",".join(f"step_{number}" for number in (*range(LONG - 2), LONG - 1, LONG - 2))
    await page.wait_for_function(
        """([key, wanted]) => {
            const text = JSON.parse(localStorage.getItem(key) ?? '{"text": ""}').text;
            return [...text.matchAll(/id: (step_\\d+)/g)].map((each) => each[1]).join() === wanted;
        }""",
        arg=[f"igny8.draft.{rule['id']}", wanted],
        timeout=SEEN,
    )
    await page.get_by_role("button", name="Show as a list").click()
    whole = page.get_by_role("list").filter(has_text="By hand")
    await expect(whole.get_by_role("listitem")).to_have_count(LONG + 1)
