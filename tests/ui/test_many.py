"""The pages with much to show: a thousand rules, and a rule of fifty actions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from automation_client import Automation
from playwright.async_api import expect
from visiting import SEEN, Visit

MANY, LONG = 1000, 50
RULE = """\
id: one-of-many-{number:04d}
name: One of many, number {number:04d}
account: demo
site: home-espresso
trigger: manual
status: inactive  # so that Airflow need not read a thousand Dags
actions:
  - {{type: cluster_keywords, params: {{keyword_ids: []}}}}
"""


@pytest.fixture
def many_rules(rules_folder: Path) -> Iterator[None]:
    folder = rules_folder / "one-of-many"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number}.yaml").write_text(RULE.format(number=number))
    yield
    shutil.rmtree(folder)


@pytest.mark.usefixtures("many_rules")
async def test_a_thousand_rules_are_turned_over_sorted_and_found(visit: Visit) -> None:
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
    await page.get_by_label("Search by name").fill("number 0777")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("One of many, number 0777")


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
    await nodes.filter(has_text=f"step_{LONG - 1}").get_by_role("button", name="Cluster keywords").press("Enter")
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
