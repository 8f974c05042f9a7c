"""Runs of the demonstration's rule on other sites: each needs a rule of its own, kept in the home folder."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

RULE: Final = "keywords-to-articles"
"""The rule that the demonstration runs."""

_SLUG_LENGTH: Final = 60


class UsedSites:
    """The sites that earlier demonstrations ran on, so that the next one has new keywords to work with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._used: list[str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    def next(self, wanted: str) -> str:
        """The wanted site if it is unused, else the first unused of ``wanted-2``, ``wanted-3`` and so on."""
        number, site = 1, wanted
        while site in self._used:
            number += 1
            site = f"{wanted}-{number}"
        return site

    def add(self, site: str) -> None:
        """Remember that a demonstration ran on the site."""
        self._used.append(site)
        self._path.write_text(json.dumps(self._used), encoding="utf-8")


def copy_rules(source: Path, target: Path) -> None:
    """Make the target a folder with the source's rules; rules that :func:`write_rule` put there stay."""
    target.mkdir(parents=True, exist_ok=True)
    for rule in sorted(source.glob("*.yaml")):
        shutil.copyfile(rule, target / rule.name)


def write_rule(folder: Path, site: str, integration_id: int, status: str = "publish") -> str:
    """Write the demonstration's rule for another site or status, to be run by hand only. Returns its id."""
    yaml = YAML()
    rule = yaml.load(folder / f"{RULE}.yaml")
    rule_id = f"{RULE}-{site}"
    rule["id"], rule["site"], rule["trigger"] = rule_id, site, "manual"
    rule["name"] = f"{rule['name']} ({site})"
    for clock in ("schedule", "timezone"):
        rule.pop(clock, None)
    for action in rule["actions"]:
        if action["type"] == "publish_to_wordpress":
            action["params"]["integration_id"] = integration_id
            action["params"]["status"] = status
    draft = folder / f".{rule_id}.new"
    yaml.dump(rule, draft)
    draft.replace(folder / f"{rule_id}.yaml")
    return rule_id


def slug(filename: str) -> str:
    """The site for a keyword file of that name."""
    words = re.findall(r"[a-z0-9]+", Path(filename).stem.lower())
    return "-".join(words)[:_SLUG_LENGTH].strip("-") or "my-keywords"
