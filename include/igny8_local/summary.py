"""What a run of the demonstration came to: a table for people, a JSON object for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table
from rich.text import Text

from igny8.cli.progress import GATE, Step
from igny8_local.engine_api import Article, EngineApi
from igny8_local.rule_run import RuleRun


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of one run."""

    run_state: str
    seconds: float
    keywords: int
    clusters: int
    ideas: int
    planned: int
    """How many articles the run set out to write."""
    articles: Sequence[Article]
    images: int
    posts: Mapping[int, str]
    """The address of each post, by the id of its article."""
    credits: int
    problems: Sequence[str]
    """Why it didn't do what it should, one sentence each."""

    @classmethod
    def of(cls, run: RuleRun, state: str, seconds: float, engine: EngineApi, site: str) -> Summary:
        """Gather it from what the run's steps put out and from the engine."""
        steps = run.steps()
        content = [int(str(item)) for item in run.outputs("content_ids", steps)]
        planned = len(run.outputs("task_ids", steps))
        return cls(
            run_state=state,
            seconds=round(seconds, 1),
            keywords=engine.fact(site, "keywords.total"),
            clusters=_done(steps, run, "cluster_keywords", "cluster_ids"),
            ideas=len(run.outputs("idea_ids", steps)),
            planned=planned or len(content),
            articles=engine.articles(site, content),
            images=len(run.outputs("image_ids", steps)),
            posts=_posts(run, steps),
            credits=round(sum(step.progress.credits for step in steps)),
            problems=_problems(run, steps, engine),
        )

    @property
    def complete(self) -> bool:
        """Whether the run succeeded and every planned article is published."""
        return self.run_state == "success" and 0 < self.planned <= len(self.posts)

    def as_json(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "run_state": self.run_state,
                "seconds": self.seconds,
                "keywords": self.keywords,
                "clusters": self.clusters,
                "ideas": self.ideas,
                "articles": len(self.articles),
                "images": self.images,
                "posts": len(self.posts),
                "post_urls": list(self.posts.values()),
                "credits": self.credits,
            },
            ensure_ascii=False,
        )

    def print(self, console: Console) -> None:
        """Write the tables."""
        counts = Table(box=None, pad_edge=False, show_header=False)
        counts.add_column(style="dim")
        counts.add_column(justify="right")
        for name, value in (
            ("Keywords", self.keywords),
            ("Clusters", self.clusters),
            ("Ideas", self.ideas),
            ("Articles", len(self.articles)),
            ("Images", self.images),
            ("Posts", len(self.posts)),
            ("Credits spent", self.credits),
            ("Seconds", self.seconds),
        ):
            counts.add_row(name, f"{value:,}")
        console.print()
        console.print(counts)
        if self.articles:
            console.print()
            console.print(self._articles())
        for problem in self.problems:
            console.print(f"\n{problem}", style="yellow", markup=False)

    def _articles(self) -> Table:
        table = Table(box=None, pad_edge=False)
        table.add_column("Article and post", no_wrap=True, overflow="ignore")
        table.add_column("Words", justify="right")
        for article in self.articles:
            table.add_row(Text(article.title), f"{article.word_count:,}")
            if article.id in self.posts:
                table.add_row(Text(f"  {self.posts[article.id]}", style="dim"))
        return table


def _done(steps: Sequence[Step], run: RuleRun, kind: str, output: str) -> int:
    """How many items the steps of one kind put out; others hand the same items on."""
    return len(run.outputs(output, [step for step in steps if step.id.startswith(kind)]))


def _problems(run: RuleRun, steps: Sequence[Step], engine: EngineApi) -> list[str]:
    problems: list[str] = []
    for step in steps:
        if step.id == GATE and step.state == "skipped":
            ledger = run.xcom(GATE, "ledger")
            problems.append(_text(ledger, "reason") or "The rule's conditions do not hold.")
        elif step.state == "failed":
            why = engine.job_error(step.progress.job) if step.progress.job else None
            problems.append(f"{step.title} failed: {why or 'its log in the Airflow UI says why'}")
        problems.extend(f"{step.title}: {text}" for text in (*_failed_items(run, step), *_warnings(run, step)))
    return problems


def _warnings(run: RuleRun, step: Step) -> list[str]:
    """What is otherwise on the site than it was sent, for each item."""
    if not step.progress.job:
        return []
    told = []
    for item in _items(run, step):
        result = item.get("result")
        warnings = result.get("warnings") if isinstance(result, dict) else None
        if isinstance(warnings, list):
            told += [f"{_text(item, 'label')}: {_text(warning, 'message')}" for warning in warnings]
    return told


def _failed_items(run: RuleRun, step: Step) -> list[str]:
    if not step.progress.failed:
        return []
    return [
        f"{_text(item, 'label')}: {_text(item, 'error')}" for item in _items(run, step) if item.get("state") == "failed"
    ]


def _posts(run: RuleRun, steps: Sequence[Step]) -> dict[int, str]:
    posts: dict[int, str] = {}
    for step in steps:
        for item in _items(run, step) if step.progress.job else []:
            url = _text(item.get("result"), "post_url")
            if url:
                posts[int(str(item["id"]))] = url
    return posts


def _items(run: RuleRun, step: Step) -> list[dict[str, JsonValue]]:
    """What became of each item of a step."""
    result = run.xcom(step.id, "return_value")
    items = result.get("items") if isinstance(result, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _text(value: JsonValue, key: str) -> str:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
