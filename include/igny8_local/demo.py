"""The demonstration: keywords become published articles, by one rule, through Airflow."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from rich.console import Console

from igny8.cli.progress import display_on
from igny8_local.airflow_api import AirflowApi
from igny8_local.engine_api import ImportReport, Integration
from igny8_local.errors import KeywordsFileError, NoRuleError, SiteRefusedError
from igny8_local.own_rules import RULE, UsedSites, copy_rules, slug, write_rule
from igny8_local.paths import SAMPLE_KEYWORDS, Home, rules_path
from igny8_local.places import Place
from igny8_local.ports import Ports
from igny8_local.rule_run import ENDED, RuleRun
from igny8_local.seed import SITE, preview_url, seed_site
from igny8_local.stack import ACCOUNT, Stack
from igny8_local.summary import Summary

_POLL: Final = 0.3
_DAG_PATIENCE: Final = 90.0
_SHOWN_REJECTIONS: Final = 5


class Demo:
    """One demonstration on one home folder.

    The sample goes to the site that the repository's rule is for. When an earlier demonstration has used that site's
    keywords up, or the keywords are the user's own, it runs on a site of its own with a copy of the rule.
    """

    def __init__(
        self, home: Home, ports: Ports, console: Console, keywords: Path | None, status: Literal["publish", "draft"]
    ) -> None:
        self._status = status
        self._home = home
        self._ports = ports
        self._console = console
        self._file = keywords or SAMPLE_KEYWORDS
        self._data = _read(self._file)
        self._used = UsedSites(home.path / "demo-sites.json")
        self.site = self._used.next(slug(keywords.name) if keywords else SITE)
        as_the_rule_says = self.site == SITE and status == "publish"
        self._own_rules = None if as_the_rule_says else home.path / "rules"

    def stack(self, say: Callable[[str], None]) -> Stack:
        """The system to run it on."""
        if self._own_rules is None:
            return Stack(self._home, self._ports, say=say)
        copy_rules(Path(rules_path()), self._own_rules)
        return Stack(self._home, self._ports, environment={"IGNY8_RULES_PATH": str(self._own_rules)}, say=say)

    def prepare(self, stack: Stack, place: Place | None) -> str:
        """Set up the site, import the keywords, and return the id of the rule to run. The engine has to be up."""
        integration = seed_site(stack, self.site, place)
        self._tell_place(integration, place)
        with stack.engine() as engine:
            self._tell(engine.import_keywords(self.site, self._data, self._file.name))
        if self._own_rules is None:
            return RULE
        return write_rule(self._own_rules, self.site, integration.id, self._status)

    def _tell_place(self, integration: Integration, place: Place | None) -> None:
        """Say which place the articles go to.

        Raises:
            SiteRefusedError: nothing can be published there.
        """
        if place is None:
            self._console.print("Articles go to the engine's preview site, a stand-in for WordPress.")
            return
        where = "a real WordPress on this machine" if place.name == "wordpress" else "your WordPress, as drafts"
        self._console.print(f"Articles go to {where}: {integration.url}", markup=False)
        failed = [
            f"{found.message} {found.hint or ''}".strip() for found in integration.findings if found.level == "failed"
        ]
        if failed:
            raise SiteRefusedError(integration.url, " ".join(failed))

    def _tell(self, report: ImportReport) -> None:
        text = f"{report.added} keywords of {self._file.name} imported into the site {self.site}"
        merged = f", {report.merged} merged with others" if report.merged else ""
        self._console.print(f"{text}{merged}.", markup=False)
        for row in report.rejected[:_SHOWN_REJECTIONS]:
            self._console.print(f"  Line {row.line} was left out: {row.reason}", markup=False)
        more = len(report.rejected) - _SHOWN_REJECTIONS
        if more > 0:
            self._console.print(f"  {more} more lines were left out.")

    def run(self, stack: Stack, rule_id: str) -> Summary:
        """Run the rule, show how far it is, and sum it up."""
        dag_id = f"rule__{ACCOUNT}__{rule_id}"
        with stack.airflow() as airflow, stack.engine() as engine:
            self._wait_for(stack, airflow, dag_id)
            start = time.monotonic()
            run = RuleRun.start(airflow, dag_id)
            self._used.add(self.site)
            with display_on(self._console) as display:
                while True:
                    state = run.state()
                    display.show(run.steps())
                    if state in ENDED:
                        break
                    stack.check()
                    time.sleep(_POLL)
            return Summary.of(run, state, time.monotonic() - start, engine, self.site)

    def _wait_for(self, stack: Stack, airflow: AirflowApi, dag_id: str) -> None:
        deadline = time.monotonic() + _DAG_PATIENCE
        while not airflow.has_dag(dag_id):
            stack.check()
            if time.monotonic() > deadline:
                raise NoRuleError(dag_id, _DAG_PATIENCE, airflow.import_errors())
            time.sleep(_POLL)

    def say_where(self, stack: Stack, place: Place | None) -> None:
        """Say where the result can be looked at."""
        access = stack.access
        self._console.print()
        self._console.print(f"Airflow            {access.airflow_url}")
        self._console.print(f"                   user {access.username}, password {access.password}", markup=False)
        for line in published_lines(stack, place):
            self._console.print(line, markup=False)
        self._console.print(f"Rules              {self._own_rules or rules_path()}", markup=False)
        self._console.print(f"For scripts        {self._home.access}", markup=False)


def published_lines(stack: Stack, place: Place | None) -> list[str]:
    """Where the articles can be read, and with which login their drafts."""
    if place is None:
        return [f"Published articles {preview_url(stack)}/"]
    lines = [f"Published articles {place.url.rstrip('/')}/"]
    if place.login is not None:
        lines.append(f"                   user {place.username}, password {place.login}, at {place.url}/wp-login.php")
    return lines


def _read(file: Path) -> bytes:
    try:
        return file.expanduser().read_bytes()
    except OSError as error:
        raise KeywordsFileError(file, os.strerror(error.errno or 0)) from error
