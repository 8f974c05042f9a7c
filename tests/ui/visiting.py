"""Somebody in front of Airflow's pages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import Locator, Page, expect

from igny8_local.paths import REPOSITORY

AXE = REPOSITORY / "include" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SEEN = 60_000
"""How long something may take to be seen on a busy machine, in milliseconds."""
expect.set_options(timeout=SEEN)


@dataclass
class Visitor:
    """Somebody who is logged in, with a window of the browser's."""

    page: Page
    url: str

    async def go(self, path: str) -> None:
        """Open a page of Airflow's and wait until it shows what it is about."""
        await self.page.goto(f"{self.url}{path}", wait_until="commit", timeout=SEEN)
        await self.settled()

    async def turn_to(self, path: str) -> None:
        """Go on to another page as a link does: Airflow is not loaded anew."""
        if self.page.url.partition("?")[0] == f"{self.url}{path}".partition("?")[0]:
            await self.go(path)  # the same page with other settings is no other page to wait for
            return
        await self.page.evaluate(
            """(path) => {
                for (const each of document.querySelectorAll("[data-igny8]")) each.dataset.left = "";
                history.pushState({}, "", path);
                dispatchEvent(new PopStateEvent("popstate", {state: {}}));
            }""",
            path,
        )
        await self.page.wait_for_selector("[data-igny8]:not([data-left])", timeout=SEEN)
        await self.settled()

    async def settled(self) -> None:
        page = self.page
        # Airflow's own spinner, and then ours.
        await page.wait_for_selector("h1, [data-rule], section h2, [data-panel]", timeout=SEEN)
        await expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)

    async def accessibility(self, *, colours_only: bool = False) -> list[str]:
        """What axe finds serious in our part of the page, in words.

        With ``colours_only`` it looks at nothing but contrast: all that another mode of the same page can get wrong.
        """
        assert AXE.exists(), f"{AXE.relative_to(REPOSITORY)} is not there; make lint installs it"
        if not await self.page.evaluate("'axe' in window"):
            await self.page.add_script_tag(path=AXE)
        # Only what is drawn by us: Airflow's own navigation is not ours to mend. Nothing fades meanwhile: what changes
        # under axe's eyes, such as a button whose answer has come, would be measured in a colour on its way.
        found: Any = await self.page.evaluate(
            """async (rules) => {
                const still = new CSSStyleSheet();
                still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important }");
                document.adoptedStyleSheets.push(still);
                try {
                    const root = document.querySelector("[data-igny8]");
                    const result = await axe.run(root, {resultTypes: ["violations"], ...rules});
                    return result.violations
                        .filter((each) => ["serious", "critical"].includes(each.impact))
                        .flatMap((each) => each.nodes.map((node) =>
                            `${each.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`));
                } finally {
                    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== still);
                }
            }""",
            {"runOnly": ["color-contrast"]} if colours_only else {},
        )
        return list(found)

    async def mode(self, mode: str) -> None:
        """Show the page light or dark, as Airflow's own switch does."""
        await self.page.evaluate(
            """(mode) => {
                document.documentElement.classList.remove("light", "dark");
                document.documentElement.classList.add(mode);
                document.documentElement.style.colorScheme = mode;
            }""",
            mode,
        )
        # Colours fade from one mode to the other.
        await self.page.wait_for_function("!document.getAnimations().some((each) => each instanceof CSSTransition)")

    async def picture(self, name: str) -> None:
        """Keep a picture where ``make screenshots`` wants one."""
        if folder := os.environ.get("SCREENSHOTS"):
            await self.page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9-]', '-', name)}.png")

    async def pictures(self, name: str) -> None:
        """Keep a picture in each mode, where they are wanted."""
        if "SCREENSHOTS" in os.environ:
            for mode in ("dark", "light"):
                await self.mode(mode)
                await self.picture(f"{name}-{mode}")

    async def too_wide(self) -> list[str]:
        """What has to be scrolled sideways to be seen in a window of 1,024 pixels; tables scroll within themselves."""
        before = self.page.viewport_size
        await self.page.set_viewport_size({"width": 1024, "height": 768})
        found: Any = await self.page.evaluate(
            """async () => {
                await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                const found = [];
                for (let each = document.querySelector("[data-igny8]"); each; each = each.parentElement) {
                    for (const part of [each, ...(each.matches("[data-igny8]") ? each.children : [])]) {
                        if (part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0) {
                            found.push(`${part.tagName}.${part.className}: ${part.scrollWidth} of ${part.clientWidth}`);
                        }
                    }
                }
                return found;
            }"""
        )
        if before is not None:
            await self.page.set_viewport_size(before)
        return list(found)


Visit = Callable[[str], Coroutine[Any, Any, Visitor]]


def run_path(run_id: str, rule_id: str) -> str:
    return f"/plugin/automation/executions/{quote(run_id, safe='')}?rule={rule_id}"


async def middle(of: Locator) -> tuple[float, float]:
    """Where the middle of something is in the window."""
    box = await of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one point of the window to another."""
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move(start[0], start[1] - 10, steps=3)
    await page.mouse.move(*end, steps=8)
    await page.mouse.up()
