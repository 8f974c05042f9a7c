"""How quick the web pages are in a real Chromium, with 1,000 rules and with long ones: `python bench/pages.py`.

A real Airflow holds the rules. Prints a JSON line for each figure, then a table. Keys are timed from the key to the
next picture that shows it, as the browser itself tells; a machine that does nothing else is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Locator, Page, async_playwright

from igny8_local.paths import REPOSITORY
from rest import MANY, many_rules, system
from run import ended, slow_service, valued

sys.path.insert(0, str(REPOSITORY / "tests" / "ui"))
from chromium import Chromium

LONG, WIDE = 30, 50
TYPED = "quick as it is written"
PATIENCE = 60_000
"""How long a page may take to be there, in milliseconds."""
WATCH = """
window.slow = [];
new PerformanceObserver((list) => window.slow.push(...list.getEntries().map(({name, duration}) => [name, duration])))
    .observe({type: "event", durationThreshold: 16, buffered: true});
new MutationObserver(() => {
    window.host ??= document.querySelector("nav") ? performance.now() : undefined;
    window.listed ??= document.querySelectorAll("[data-rule]").length >= 50 ? performance.now() : undefined;
}).observe(document, {childList: true, subtree: true});
"""


@dataclass(frozen=True)
class Site:
    """Somebody in front of Airflow's pages."""

    page: Page
    url: str

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.url}/plugin/automation{path}", wait_until="commit", timeout=PATIENCE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement")
    rounds: int = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder,
        slow_service(seconds=0.1) as service,
        system(Path(folder), many_rules(Path(folder)), service) as (stack, api),
    ):
        figures = asyncio.run(measured(stack.ports.airflow_url, api, rounds))
    return ended(figures)


async def measured(url: str, api: httpx.Client, rounds: int) -> list[dict[str, object]]:
    """All figures; each is printed as soon as it is known."""
    key = api.headers["Authorization"].removeprefix("Bearer ")
    long = make(api, "a-long-one", [step(number) for number in range(LONG)])
    wide = make(api, "a-wide-one", [step(number, of=number // 2 if number else None) for number in range(WIDE)])
    figures: list[dict[str, object]] = []
    async with window(url, key) as site:
        for name, limit, one in (
            (f"{MANY} rules: the list, after Airflow's own page", 1000, lists),
            (f"{MANY} rules: another page of the list", None, turns),
            (f"{MANY} rules: found by a word", None, finds),
            (f"{LONG} actions: a key in the form, the slowest", 50, lambda site: types_in_form(site, long)),
            (f"{LONG} actions: a key in the YAML, the slowest", 50, lambda site: types_in_yaml(site, long)),
            (f"{WIDE} actions: a picture while one is dragged, the slowest", 50, lambda site: drags(site, wide)),
        ):
            seen = [await one(site) for _ in range(rounds)]
            shown: dict[str, object] = {"figure": name, "unit": "ms"} | ({"limit": limit} if limit else {})
            figures.append(shown | valued(statistics.median(seen), limit))
            print(json.dumps(figures[-1]), flush=True)
    return figures


@asynccontextmanager
async def window(url: str, key: str) -> AsyncIterator[Site]:
    chromium = Chromium.found()
    async with async_playwright() as playwright:
        browser = await chromium.launch(playwright)
        context = await browser.new_context(viewport={"width": 1440, "height": 1000})
        await context.add_cookies([{"name": "_token", "value": key, "url": url}])
        await context.add_init_script(WATCH)
        yield Site(await context.new_page(), url)
        await browser.close()


def step(number: int, of: int | None = None) -> dict[str, object]:
    """An action that works on nothing; given another one's number, it waits for that one."""
    chosen = {"where": [{"field": "volume", "operator": "greater_than", "value": number}], "limit": 10}
    waits = {} if of is None else {"needs": [f"step_{of}"]}
    return {"id": f"step_{number}", "type": "cluster_keywords", "params": {"keyword_ids": chosen}, **waits}


def make(api: httpx.Client, rule_id: str, actions: list[dict[str, object]]) -> str:
    """Make a rule; its id."""
    rule = {
        "id": rule_id,
        "name": rule_id,
        "account": "demo",
        "site": "bench",
        "trigger": "manual",
        "actions": actions,
    }
    answer = api.post("/rules/", json=rule)
    if not answer.is_success:
        raise RuntimeError(answer.text)
    return rule_id


async def lists(site: Site) -> float:
    await site.go("")
    await site.page.wait_for_function("window.listed !== undefined", timeout=PATIENCE)
    told: float = await site.page.evaluate("window.listed - window.host")
    return told


async def until_changed(site: Site, deed: Locator, act: str, *arguments: str) -> float:
    """From something that is done to the list until it shows other rules, in milliseconds."""
    first = "() => document.querySelector('[data-rule]')?.dataset.rule"
    before = await site.page.evaluate(first)
    await site.page.evaluate("window.began = undefined; window.ended = undefined")
    await site.page.evaluate(
        """(before) => {
            for (const name of ["click", "input"]) {
                addEventListener(name, () => { window.began ??= performance.now(); }, {capture: true, once: true});
            }
            const watch = new MutationObserver(() => {
                const now = document.querySelector("[data-rule]")?.dataset.rule;
                if (now === undefined || now === before) return;
                watch.disconnect();
                requestAnimationFrame(() => { window.ended = performance.now(); });
            });
            watch.observe(document.body, {childList: true, subtree: true, attributes: true});
        }""",
        before,
    )
    await getattr(deed, act)(*arguments)
    await site.page.wait_for_function("window.ended !== undefined", timeout=PATIENCE)
    told: float = await site.page.evaluate("window.ended - window.began")
    return told


async def turns(site: Site) -> float:
    await lists(site)
    return await until_changed(site, site.page.get_by_role("button", name="Next page"), "click")


async def finds(site: Site) -> float:
    await lists(site)
    return await until_changed(site, site.page.get_by_label("Search by name"), "fill", "number 777")


async def slowest_key(site: Site, field: Locator) -> float:
    """Type into a field, a key after the other; how long the slowest took to be seen, in milliseconds."""
    await field.focus()
    await site.page.keyboard.press("End")
    await site.page.evaluate("new Promise((done) => setTimeout(done, 2500))")  # what opening the page has begun is over
    await site.page.evaluate("window.slow = []")
    for each in TYPED:
        await site.page.keyboard.type(each)
        await site.page.evaluate("new Promise((done) => setTimeout(done, 90))")
    await site.page.evaluate("new Promise((done) => setTimeout(done, 500))")
    events: list[Any] = await site.page.evaluate("window.slow")
    return max((duration for name, duration in events if name.startswith(("key", "input", "beforeinput"))), default=16)


async def types_in_form(site: Site, rule: str) -> float:
    await site.go(f"/rules/{rule}/edit?view=both")
    field = site.page.get_by_label("Name").first
    await field.wait_for(timeout=PATIENCE)
    if await (opened := site.page.get_by_role("button", name="Open all")).count():
        await opened.click()
    return await slowest_key(site, field)


async def types_in_yaml(site: Site, rule: str) -> float:
    await site.go(f"/rules/{rule}/edit?view=both")
    field = site.page.get_by_label("The rule as YAML")
    await field.wait_for(timeout=PATIENCE)
    if await (opened := site.page.get_by_role("button", name="Open all")).count():
        await opened.click()
    await field.evaluate("(area) => area.setSelectionRange(0, 0)")
    return await slowest_key(site, field)


async def drags(site: Site, rule: str) -> float:
    """The longest time between two pictures while an action is dragged over the chart."""
    await site.go(f"/rules/{rule}/edit?view=canvas")
    nodes = site.page.locator(".react-flow__node")
    await nodes.nth(WIDE).wait_for(state="attached", timeout=PATIENCE)
    await site.page.evaluate("new Promise((done) => setTimeout(done, 2500))")
    box = await nodes.nth(3).bounding_box()
    if box is None:
        raise RuntimeError("The chart is not shown.")
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.7
    await site.page.mouse.move(left, top)
    await site.page.mouse.down()
    await site.page.mouse.move(left, top + 5, steps=2)
    await site.page.evaluate(
        """() => {
            let last = performance.now();
            const tick = (now) => { window.pictures.push(now - last); last = now; requestAnimationFrame(tick); };
            window.pictures = [];
            requestAnimationFrame((now) => { last = now; requestAnimationFrame(tick); });
        }"""
    )
    for number in range(60):
        await site.page.mouse.move(left + 2 * number, top + number)
    took: list[float] = await site.page.evaluate("window.pictures")
    await site.page.keyboard.press("Escape")
    await site.page.mouse.move(10, 10)
    await site.page.mouse.up()
    return max(took)


if __name__ == "__main__":
    sys.exit(main())
