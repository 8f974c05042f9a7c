"""The demonstration on keywords of the user's own, on a system that is up."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
from driving import Rules
from rich.console import Console

from igny8_local.demo import Demo
from igny8_local.paths import Home
from igny8_local.stack import Stack


def test_own_keywords_become_articles_too(stack: Stack, rules: Rules, tmp_path: Path) -> None:
    about = ("benefits", "caffeine", "for sleep", "brewing time", "temperature", "types", "taste", "storage")
    phrases = [f"{tea} {each}" for tea in ("green tea", "oolong tea", "herbal infusion") for each in about]
    file = tmp_path / "Green Tea.csv"
    file.write_text("keyword,volume\n,5\n" + "".join(f"{each},{900 - n}\n" for n, each in enumerate(phrases)))
    shown = io.StringIO()
    # The home whose rules are those of the running system.
    demo = Demo(Home(rules.folder.parent), stack.ports, Console(file=shown, width=160), file, "publish")
    rule = demo.prepare(stack, None)
    rules.written.add(rule)
    summary = demo.run(stack, rule)
    assert "Articles go to the engine's preview site" in shown.getvalue()
    assert "24 keywords of Green Tea.csv imported into the site green-tea" in shown.getvalue()
    assert "Line 2 was left out" in shown.getvalue()
    assert summary.complete
    assert (summary.run_state, summary.keywords) == ("success", 24)
    assert 1 <= len(summary.articles) == len(summary.posts) <= 8
    assert {httpx.get(url).status_code for url in summary.posts.values()} == {200}
