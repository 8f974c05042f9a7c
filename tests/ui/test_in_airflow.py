"""What people do in the pages: making, running, watching, mending and restoring rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from automation_client import Automation
from making_articles import import_keywords
from playwright.async_api import Locator, Page, expect
from visiting import SEEN, Visit, Visitor, drag, middle, run_path

from igny8_local.stack import Stack

SITE = "tea-by-hand"
BROKEN = """\
id: tried-broken
name: Tried and broken
account: demo
site: home-espresso
trigger: schedule
schedule: "61 * * * *"
actions:
  - type: cluster_keyword
"""
MARKUP = '<img src=x onerror="window.harmed = true">'


async def test_a_rule_is_written_and_run_to_its_end(visit: Visit, automation: Automation) -> None:
    visitor = await visit("admin")
    page = visitor.page
    await visitor.go("/plugin/automation/new?view=yaml")
    text = page.get_by_label("The rule as YAML")
    automation.made.append("tried-by-hand")
    yaml = (await text.input_value()).replace("my-rule", "tried-by-hand").replace("My rule", json.dumps(MARKUP))
    yaml = re.sub(r"(?m)^account: .*$", "account: demo", re.sub(r"(?m)^site: .*$", "site: home-espresso", yaml))
    await text.fill(yaml.replace("cluster_keywords", "cluster_keyword"))
    # What is wrong is said while it is written, with its line.
    await expect(page.get_by_text("'cluster_keyword' is not an action.").first).to_be_visible()
    line = yaml[: yaml.index("- type")].count("\n") + 1
    await page.get_by_role("button", name=re.compile(rf"^Line {line}:")).click()
    await expect(text).to_be_focused()
    # The draft outlives the page.
    await visitor.go("/plugin/automation/new?view=yaml")
    await expect(page.get_by_text("There is a draft of yours")).to_be_visible()
    await text.fill(re.sub(r"keyword_ids: .*", "keyword_ids: []", yaml))
    await expect(page.get_by_text("It can be saved.")).to_be_visible()
    await page.get_by_role("button", name="Make the rule").click()
    # Its name is a text and nothing else.
    await expect(page.get_by_role("heading", name=MARKUP)).to_be_visible()
    await page.get_by_role("button", name="Run", exact=True).click()
    await page.get_by_role("link", name="Watch it").click(timeout=60_000)
    await expect(page.locator("[data-igny8]").get_by_text("completed").first).to_be_visible(timeout=90_000)
    told = page.locator('[data-action="cluster_keywords"]')
    await expect(told).to_contain_text("completed")
    # The flow chart says the same, and leads there by keyboard.
    chart = page.get_by_label("The rule as a flow chart")
    await expect(chart).to_contain_text("completed")
    await chart.get_by_role("button", name="Cluster keywords").press("Enter")
    await expect(told).to_be_focused()
    await page.get_by_role("button", name="Show as a list").click()
    listed = page.locator("li:not([data-action])").filter(has_text="Cluster keywords")
    await expect(listed).to_contain_text("completed")
    # Once the rule has changed, one is asked by which revision it is run again.
    automation.ok("PATCH", "/rules/tried-by-hand/", {"description": "Changed since."})
    await page.reload(wait_until="commit")
    await page.get_by_role("button", name="Run again").click()
    await page.get_by_role("menuitem", name="Whole, as a new run").click()
    asked = page.get_by_role("alertdialog")
    await expect(asked.get_by_role("button", name="Revision 2, as it is now")).to_be_visible()
    before = page.url
    await asked.get_by_role("button", name="Revision 1, as it ran").click()
    await page.wait_for_function("before => location.href !== before", arg=before, timeout=60_000)
    run = automation.ok("GET", "/rules/tried-by-hand/progress/")["run_id"]
    assert run in unquote(page.url)
    assert automation.ok("GET", f"/executions/{quote(run)}/")["revision"] == 1
    await page.get_by_role("link", name="Executions", exact=True).click()
    await expect(page.get_by_role("link", name="tried-by-hand").first).to_be_visible()
    assert not await page.evaluate("'harmed' in window")


async def test_a_rule_is_made_in_the_form_from_nothing(visit: Visit, stack: Stack, automation: Automation) -> None:
    import_keywords(stack, SITE)
    visitor = await visit("admin")
    page = visitor.page
    await visitor.go("/plugin/automation/new")
    await page.locator('[data-path="name"]').get_by_role("textbox").fill("Tried in the form")
    await expect(page.locator('[data-path="id"]').get_by_role("textbox")).to_have_value("tried-in-the-form")
    await page.locator('[data-path="site"]').get_by_role("combobox").fill(SITE)
    await choose_a_value_that_there_is(visitor)
    await add_actions_in_the_form(page)
    await say_when_in_the_form(page)
    await say_more_in_the_form(visitor)
    await visitor.pictures("new-rule")
    await page.get_by_role("button", name="Dry run").click()
    await expect(page.get_by_text("It would run now.")).to_be_visible()
    # Leaving asks first, and the safe answer has the focus.
    await page.get_by_role("link", name="Rules", exact=True).click()
    leaving = page.get_by_role("alertdialog")
    await expect(leaving.get_by_role("button", name="Stay here")).to_be_focused()
    await leaving.get_by_role("button", name="Stay here").click()
    await expect(leaving).to_have_count(0)
    # Made, run and watched, until what it wrote can be read.
    automation.made.append("tried-in-the-form")
    await page.get_by_role("button", name="Make the rule").click()
    await expect(page.get_by_role("heading", name="Tried in the form")).to_be_visible()
    await page.get_by_role("button", name="Run", exact=True).click()
    await page.get_by_role("link", name="Watch it").click()
    await expect(page.locator('[data-action="generate_content"]')).to_be_visible()
    await visitor.pictures("execution-running")
    await expect(page.locator('[data-action="generate_content"]')).to_contain_text("completed", timeout=2 * SEEN)
    await page.get_by_role("link", name=re.compile(r"^No\. \d")).first.click()
    await expect(page.frame_locator('iframe[sandbox=""]').locator("h2").first).to_be_visible()


async def choose_a_value_that_there_is(visitor: Visitor) -> None:
    """A condition of a selector is about a value that the site has, chosen by keyboard; any other is typed."""
    page = visitor.page
    items = page.locator('[data-path="actions[0].params.keyword_ids"]')
    await items.get_by_role("button", name="Condition", exact=True).click()
    await items.get_by_label("Field", exact=True).last.fill("intent")
    value = items.get_by_role("combobox", name="Value").last
    await expect(value).to_have_attribute("aria-expanded", "false")
    await value.press("ArrowDown")
    offered = items.get_by_role("listbox", name="Intent: what there is").get_by_role("option")
    await expect(offered).to_have_count(2)
    await expect(offered.first).to_contain_text("informational")
    await expect(offered.first).to_contain_text("3 items")
    await value.press("ArrowDown")
    await expect(offered.first).to_have_attribute("aria-selected", "true")
    assert await in_both_modes(visitor, "editor-values") == {}
    await value.press("Enter")
    await expect(offered).to_have_count(0)
    await expect(value).to_have_value("informational")
    await expect(items.get_by_text("3 match now.")).to_be_visible()
    await value.fill("comm")
    await expect(offered).to_have_count(1)
    await value.press("Escape")
    await expect(offered).to_have_count(0)
    await value.fill("of no keyword")
    await expect(items.get_by_text("Nothing of this site has such a value.")).to_be_visible()
    await expect(items.get_by_text("0 match now.")).to_be_visible()
    await items.get_by_role("button", name="Remove the condition").last.click()


async def say_more_in_the_form(visitor: Visitor) -> None:
    """What has no form of its own has one that is made of the schema, in step with the YAML, with its errors."""
    page = visitor.page
    yaml = page.get_by_label("The rule as YAML")
    await page.get_by_role("button", name="Limits on what it spends").press("Enter")
    most = page.locator('[data-path="limits.credits_per_run"]')
    await most.get_by_role("spinbutton").fill("0")
    await expect(most).to_contain_text("is at least 1")
    await most.get_by_role("spinbutton").fill("5000")
    await expect(yaml).to_have_value(re.compile(r"limits:\n\s+credits_per_run: 5000\n"))
    await yaml.fill((await yaml.input_value()).replace("per_run: 5000", "per_run: 6000"))
    await expect(most.get_by_role("spinbutton")).to_have_value("6000")
    await page.get_by_role("button", name="Who is told").press("Enter")
    told = page.locator('[data-path="notify"]')
    await told.get_by_role("button", name="Add one").click()
    await expect(told.locator('[data-path="notify[0].url"]')).to_contain_text("needs the field 'url'")
    await told.get_by_role("button", name="success").press("Enter")
    await expect(yaml).to_have_value(re.compile(r"on: \[failure\]"))
    await page.get_by_role("button", name="When an action fails").press("Enter")
    assert await in_both_modes(visitor, "editor-further") == {}
    await told.get_by_role("button", name="Remove number 1").click()
    await expect(page.get_by_text("It can be saved.")).to_be_visible()
    assert "notify" not in await yaml.input_value()


async def add_actions_in_the_form(page: Page) -> None:
    """Three actions, of which the last is given what the one above it puts out; what is wrong meanwhile is told."""
    actions = page.locator("section").filter(has=page.get_by_role("heading", name="Do", exact=True))
    # How many items match is told whatever else is wrong.
    for name in ("Generate content", "Generate ideas"):
        await actions.get_by_role("button", name="Add an action").click()
        await page.get_by_role("menuitem", name=re.compile(f"^{name}")).click()
    tasks = actions.locator('[data-path="actions[1].params.task_ids"]')
    await expect(tasks).to_contain_text("Nothing supplies task_ids")
    await expect(page.get_by_text("Cannot be saved yet")).to_be_visible()
    await expect(actions.get_by_text("4 match now.")).to_be_visible()
    await actions.get_by_label("At most").fill("3")
    await expect(actions.get_by_text("4 match now, 3 of them are taken.")).to_be_visible()
    await actions.get_by_role("button", name="Move Generate ideas up").press("Enter")
    await expect(page.get_by_text("It can be saved.")).to_be_visible()
    await actions.get_by_label("Tasks: given as").select_option("reference")
    given = actions.get_by_label("References for tasks")
    await given.select_option("{{ actions.generate_ideas.task_ids }}")
    await expect(page.get_by_label("The rule as YAML")).to_have_value(re.compile("actions.generate_ideas.task_ids"))


async def say_when_in_the_form(page: Page) -> None:
    """A schedule, whose next runs are told, and a condition within a group within a group, which holds now."""
    await page.get_by_role("radio", name=re.compile("^Schedule")).check()
    await page.get_by_label("How often").select_option("day")
    await page.get_by_label("Time of the day").fill("06:30")
    runs = page.locator("[data-next-runs] li")
    await expect(runs).to_have_count(5)
    await expect(runs.first).to_contain_text("06:30")
    only_if = page.locator("section").filter(has=page.get_by_role("heading", name="Only if", exact=True))
    await only_if.get_by_role("button", name="Group", exact=True).click()
    await only_if.get_by_label("How the conditions belong together").select_option("all")
    await only_if.get_by_role("button", name="Group", exact=True).first.click()
    await expect(only_if.get_by_label("Field", exact=True)).to_have_count(2)
    for place in range(2):
        await only_if.get_by_label("Field", exact=True).nth(place).fill("keywords.new")
        await only_if.get_by_label("Value", exact=True).nth(place).fill("3")
    await expect(only_if.get_by_text("Holds now? Yes, because keywords.new is 4.")).to_have_count(2)
    yaml = re.compile(r"conditions:\n\s*- all:\n(.*\n)+\s*- any:\n")
    await expect(page.get_by_label("The rule as YAML")).to_have_value(yaml)


async def test_two_people_change_a_rule_at_once(visit: Visit, automation: Automation) -> None:
    rule = automation.make(description="as it was")
    visitor, other = await visit("admin"), await visit("ulla")
    page = visitor.page
    text = page.get_by_label("The rule as YAML")
    theirs = other.page.get_by_label("The rule as YAML")
    for each in (visitor, other):
        await each.go(f"/plugin/automation/rules/{rule['id']}/edit?view=yaml")
    await text.fill((await text.input_value()).replace("as it was", "as I say") + "# a word of mine\n")
    await theirs.fill((await theirs.input_value()).replace("as it was", "as they say"))
    await theirs.press("Control+s")
    await expect(other.page.get_by_text(f"{rule['name']} was saved.")).to_be_visible()
    await text.press("Control+s")
    conflict = page.locator("[data-conflict]")
    await expect(conflict.get_by_label("What is stored now")).to_contain_text("as they say")
    await expect(conflict.get_by_label("Yours")).to_contain_text("as I say")
    await conflict.get_by_role("button", name="Go on with mine").click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.wait_for_function("() => !location.pathname.endsWith('/edit')", timeout=SEEN)
    await expect(page.get_by_role("heading", name=rule["name"])).to_be_visible()
    stored = automation.http.get(f"/rules/{rule['id']}/export/").text
    assert "as I say" in stored
    assert "# a word of mine" in stored
    # And back, by the history.
    await page.get_by_role("button", name="Revisions").click()
    first = page.locator('[data-revision="1"]')
    await first.get_by_role("button", name="Compare").click()
    await expect(first.get_by_text("From revision 1 to revision 3")).to_be_visible()
    await first.get_by_role("button", name="Restore").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Restore").click()
    await expect(page.locator('[data-revision="4"]')).to_contain_text("current")
    assert automation.ok("GET", f"/rules/{rule['id']}/")["description"] == "as it was"


async def test_a_broken_rule_is_shown_and_mended(visit: Visit, automation: Automation, rules_folder: Path) -> None:
    (rules_folder / "tried-broken.yaml").write_text(BROKEN)
    automation.made.append("tried-broken")
    visitor = await visit("admin")
    page = visitor.page
    await visitor.go("/plugin/automation?search=tried-broken")
    row = page.locator('[data-rule="tried-broken"]')
    await expect(row).to_contain_text("'61' is no minute")
    await expect(row.get_by_role("button", name="Run")).to_be_disabled()
    await row.get_by_role("link", name="Mend it").click()
    text = page.get_by_label("The rule as YAML")
    await expect(page.get_by_text("2 errors")).to_be_visible()
    await visitor.picture("editor-errors-light")
    assert await visitor.accessibility() == []
    mended = BROKEN.replace("61 *", "30 6").replace(
        "cluster_keyword", "cluster_keywords\n    params: {keyword_ids: []}"
    )
    await text.fill(mended)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Every day at 06:30").or_(page.get_by_text("06:30")).first).to_be_visible()
    # From its menu it is paused and deleted; the safe answer has the focus.
    more = page.get_by_role("button", name="More for Tried and broken")
    await more.press("Enter")
    await page.get_by_role("menuitem", name="Pause").click()
    await expect(page.get_by_text("Tried and broken is paused.")).to_be_visible()
    await more.click()
    await page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    await dialog.get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("Tried and broken was deleted.")).to_be_visible()
    assert automation.send("GET", "/rules/tried-broken/").status_code == 404


async def test_who_may_not_is_told_so_and_a_server_that_is_gone_comes_back(
    visit: Visit, stack: Stack, automation: Automation
) -> None:
    rule = automation.make(status="paused")
    visitor = await visit("vera")
    page = visitor.page
    await visitor.go("/plugin/automation")
    await page.get_by_label("Search by name").fill(rule["id"])
    await expect(page.locator("[data-rule]")).to_have_count(1)
    assert f"search={rule['id']}" in page.url
    # What would be refused is not offered, and is refused all the same.
    more = page.get_by_role("button", name=f"More for {rule['name']}")
    reading = ["Export as YAML", "Export as preset"]
    await more.click()
    await expect(page.get_by_role("menuitem")).to_have_text(reading)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name=f"Run {rule['name']} now")).to_have_count(0)
    await page.get_by_label(f"Select {rule['name']}").press("Space")
    await expect(page.get_by_role("toolbar").get_by_role("button")).to_have_text(reading[:1])
    await visitor.go(f"/plugin/automation/rules/{rule['id']}")
    await more.click()
    await expect(page.get_by_role("menuitem")).to_have_text(reading)
    await expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    await expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    viewer = Automation.login(stack, "vera")
    path = f"/rules/{rule['id']}/"
    viewer.refused("POST", f"{path}execute/", {}, 403)
    viewer.refused("PATCH", path, {"status": "active"}, 403)
    viewer.refused("DELETE", path, status=403)
    viewer.http.close()
    await visitor.go(f"/plugin/automation?search={rule['id']}")
    await page.route("**/api/v1/automation/rules/**", lambda route: route.abort())
    await page.get_by_label("Status", exact=True).select_option("paused")
    await expect(page.get_by_text("The server cannot be reached.")).to_be_visible(timeout=60_000)
    await page.unroute_all()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("[data-rule]")).to_have_count(1)
    await expect(page.get_by_text("The server cannot be reached.")).to_have_count(0)
    # Where there is nothing yet, one is led to what to begin with.
    nothing = {"success": True, "data": [], "meta": {"count": 0, "page": 1, "page_size": 50, "next": None}}
    await page.route("**/api/v1/automation/rules/?*", lambda route: route.fulfill(json=nothing))
    await visitor.go("/plugin/automation")
    await expect(page.get_by_text("There are no rules yet")).to_be_visible()
    await visitor.pictures("rules-empty")
    await page.unroute_all()
    await visitor.go(f"/plugin/automation/rules/{rule['id']}/edit?view=yaml")
    text = page.get_by_label("The rule as YAML")
    await text.fill((await text.input_value()).replace("paused", "active"))
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("You may not make or change the rule")).to_be_visible()
    assert automation.ok("GET", f"/rules/{rule['id']}/")["status"] == "paused"


async def test_a_rule_is_changed_in_its_flow_chart(visit: Visit, automation: Automation) -> None:
    first = {"type": "cluster_keywords", "params": {"keyword_ids": []}}
    others = [{"type": each} for each in ("generate_ideas", "generate_content", "generate_images")]
    rule = automation.make(actions=[first, *others])
    visitor = await visit("admin")
    page = visitor.page
    await page.set_viewport_size({"width": 1440, "height": 1200})
    await visitor.go(f"/plugin/automation/rules/{rule['id']}/edit?view=canvas")
    chart = page.get_by_label("The rule as a flow chart")
    await expect(chart.get_by_role("button", name="Generate images")).to_be_visible()

    async def runs(*actions: str) -> None:
        """Wait until the draft has these actions, and no word of what waits for what."""
        await page.wait_for_function(
            """([key, wanted]) => {
                const text = JSON.parse(localStorage.getItem(key) ?? '{"text": ""}').text;
                return [...text.matchAll(/type: (\\w+)/g)].map((each) => each[1]).join() === wanted
                    && !text.includes("needs");
            }""",
            arg=[f"igny8.draft.{rule['id']}", ",".join(actions)],
        )

    def between(earlier: str, later: str) -> Locator:
        return chart.get_by_role("button", name=f"Add an action between {earlier} and {later}")

    def node(name: str) -> Locator:
        return chart.locator(".react-flow__node").filter(has_text=name)

    across, down = await middle(node("Generate images"))
    # By the mouse: an action onto another line, and a new one onto a line.
    await drag(page, (across, down + 15), await middle(between("cluster_keywords", "generate_ideas")))
    await runs("cluster_keywords", "generate_images", "generate_ideas", "generate_content")
    catalogue = page.get_by_label("What can be done")
    await catalogue.get_by_role("button", name="Optimize content").drag_to(between("generate_images", "generate_ideas"))
    await runs("cluster_keywords", "generate_images", "optimize_content", "generate_ideas", "generate_content")
    # By keyboard: its form is shown, and it goes on along the lines; a new one comes onto a line.
    await page.get_by_role("button", name="Later", exact=True).press("Enter")
    await runs("cluster_keywords", "generate_images", "generate_ideas", "optimize_content", "generate_content")
    await page.get_by_role("button", name="Remove the action").press("Enter")
    await runs("cluster_keywords", "generate_images", "generate_ideas", "generate_content")
    await between("generate_images", "generate_ideas").press("Enter")
    await expect(page.get_by_role("menuitem", name="Request approval")).to_be_visible()
    await page.keyboard.type("req")
    await expect(page.locator("[role=menuitem][data-highlighted]")).to_contain_text("Request approval")
    await page.keyboard.press("Enter")
    await runs("cluster_keywords", "generate_images", "request_approval", "generate_ideas", "generate_content")
    # What would wait for itself is refused in words.
    await drag(
        page,
        await middle(node("Generate content").locator(".react-flow__handle-bottom")),
        await middle(node("Cluster keywords").locator(".react-flow__handle-top")),
    )
    await expect(page.get_by_text("cluster_keywords cannot wait for generate_content")).to_be_visible()
    assert await in_both_modes(visitor, "canvas") == {}


async def in_both_modes(visitor: Visitor, name: str) -> dict[str, list[str]]:
    """Keep a picture of a page, light and dark; what is seriously wrong with it for some, by mode."""
    found: dict[str, list[str]] = {}
    for mode in ("light", "dark"):
        await visitor.mode(mode)
        await visitor.picture(f"{name}-{mode}")
        if serious := await visitor.accessibility(colours_only=mode == "dark"):
            found[f"{name} {mode}"] = serious
    return found


async def test_two_runs_are_compared_and_the_dashboard_counts_them(
    visit: Visit, stack: Stack, automation: Automation
) -> None:
    rule = automation.make(description="as it was")
    path = f"/rules/{rule['id']}/"
    failing = [{"type": "generate_content", "params": {"task_ids": [999_999_999]}}]
    for changes in ({"description": "as it was"}, {"description": "as it is", "actions": failing}):
        automation.ok("PATCH", path, changes)
        run = automation.ok("POST", f"{path}execute/", status=202)["run_id"]
        seen = automation.finish(rule["id"], run)
    assert seen["status"] == "FAILURE"
    visitor = await visit("vera")
    page = visitor.page
    await visitor.go(f"/plugin/automation/executions?rule={rule['id']}")
    for box in await page.get_by_label("Choose the execution of").all():
        await box.press("Space")
    await page.get_by_role("link", name="Compare").click()
    await expect(page.get_by_text("From revision 1 to revision 2")).to_be_visible()
    await expect(page.locator("[data-differs]").filter(has_text="Revision")).to_contain_text("12")
    assert await in_both_modes(visitor, "compare") == {}
    await page.get_by_role("link", name="Dashboard").click()
    chart = page.get_by_role("slider", name="Executions by day")
    await expect(chart).to_be_visible()
    assert await in_both_modes(visitor, "dashboard") == {}
    assert await visitor.too_wide() == []
    await chart.press("Home")
    await expect(chart).to_have_attribute("aria-valuenow", "0")
    await chart.press("End")
    await expect(chart).to_have_attribute("aria-valuetext", re.compile(r"completed \d"))
    await page.get_by_role("button", name="Show as a table").first.click()
    table = page.get_by_role("table", name="Executions by day")
    await expect(table.get_by_role("row")).not_to_have_count(1)
    # Days begin where the clock is that is chosen in Airflow's page.
    async with page.expect_request(lambda sent: "timezone=Asia%2FTokyo" in sent.url, timeout=SEEN):
        await page.evaluate("localStorage.timezone = '\"Asia/Tokyo\"'; dispatchEvent(new Event('local-storage'))")
    await expect(table).to_contain_text("Day (Asia/Tokyo)")
    # What failed is run again, as often as one likes, by those who may; the others are not offered it.
    await visitor.go(run_path(run, rule["id"]))
    await expect(page.get_by_role("link", name="Run in Airflow")).to_be_visible()
    await expect(page.get_by_role("button", name="Run again")).to_have_count(0)
    viewer = Automation.login(stack, "vera")
    for body in ({"mode": "only_failed"}, {"mode": "whole"}):
        viewer.refused("POST", f"/executions/{quote(run)}/rerun/?rule={rule['id']}", body, 403)
    viewer.http.close()
    visitor = await visit("admin")
    for way in ("Only what failed", "What failed and everything after it"):
        await visitor.go(run_path(run, rule["id"]))
        await run_again(visitor.page, way)
        await expect(visitor.page.get_by_text("It runs again.")).to_be_visible()
        seen = automation.finish(rule["id"], run)
    assert seen["actions"][0]["tries"] == 3


async def run_again(page: Page, way: str) -> None:
    """Have the run that is shown run again, in one of the ways that are offered."""
    await page.get_by_role("button", name="Run again").click()
    await page.get_by_role("menuitem", name=way, exact=True).click()


@pytest.mark.timeout(600)
async def test_every_page_can_be_used_by_everybody(visit: Visit, automation: Automation) -> None:
    rule = automation.make(
        name="Newsletter keywords",
        description="Groups what the newsletter's readers search for.",
        trigger="schedule",
        schedule="30 7 * * MON-FRI",
        conditions=[{"field": "keywords.new", "operator": "greater_than", "value": 1_000_000}],
    )
    run = automation.ok("POST", f"/rules/{rule['id']}/execute/", status=202)
    automation.finish(rule["id"], run["run_id"])
    visitor = await visit("admin")
    pages = {
        "rules": "/plugin/automation",
        "rule": f"/plugin/automation/rules/{rule['id']}",
        "revisions": f"/plugin/automation/rules/{rule['id']}?view=revisions",
        "executions": f"/plugin/automation/executions?rule={rule['id']}",
        "execution": run_path(run["run_id"], rule["id"]),
        "presets": "/plugin/automation/presets",
        "preset": "/plugin/automation/presets/illustrate-what-lacks-images",
        "editor": f"/plugin/automation/rules/{rule['id']}/edit",
        "panel-dag": f"/dags/{rule['dag_id']}/plugin/automation-rule",
        "panel-run": f"/dags/{rule['dag_id']}/runs/{run['run_id']}/plugin/automation-run",
    }
    shown = {
        "rules": "Newsletter keywords",
        "rule": "Every weekday at 07:30",
        "revisions": "Revision 1",
        "executions": "keywords.new is",
        "execution": "keywords.new is",
        "presets": "Use it",
        "preset": "What it becomes",
        "editor": "Holds now? No, because keywords.new is",
        "panel-dag": "Every weekday at 07:30",
        "panel-run": "keywords.new is",
    }
    found: dict[str, list[str]] = {}
    await visitor.go("/plugin/automation/dashboard")
    for name, path in pages.items():
        await visitor.turn_to(path)
        await expect(visitor.page.locator("[data-igny8]").get_by_text(shown[name]).first).to_be_visible()
        found |= await in_both_modes(visitor, name)
        if name in {"rules", "editor", "execution"} and (wide := await visitor.too_wide()):
            found[f"{name}, 1,024 wide"] = wide
    assert found == {}
    # What holds is told of the draft, before it is saved.
    await visitor.go(pages["editor"])
    await visitor.page.get_by_label("Value", exact=True).fill("-1")
    await expect(visitor.page.get_by_text("Holds now? Yes, because keywords.new is")).to_be_visible()
    await expect(visitor.page.get_by_text("All in all they hold now.")).to_be_visible()
