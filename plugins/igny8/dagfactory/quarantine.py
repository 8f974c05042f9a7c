"""Broken rules and actions, each in a Dag file of its own that raises what is wrong with it.

A Dag file that raises loses all its Dags, and one that swallows errors shows none: so the rules that can be built and
those that cannot are kept in different files.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from igny8.actions import BrokenAction
from igny8.dagfactory.writing import write_changed
from igny8.rules import BrokenRule

log = logging.getLogger(__name__)

BROKEN: Final = "broken_rules"
"""The name of the folder that they are in, beside the other Dag files."""

_FILE = '''"""Made by the Dag factory: what is named below is broken. Mend it, and this file goes away."""

# airflow dag

from igny8.dagfactory.errors import BrokenRuleError

PROBLEMS = {message!r}

raise BrokenRuleError(PROBLEMS)
'''


def quarantine(broken: Sequence[BrokenRule], folder: Path, actions: Sequence[BrokenAction] = ()) -> None:
    """Make the folder hold exactly one file for each broken rule and action; files that are right are not touched."""
    messages = {_file_name(rule.name, str(rule.path)): _message(rule) for rule in broken}
    messages |= {_file_name(f"action.{action.name}", action.value): str(action) for action in actions}
    wanted = {name: _FILE.format(message=message) for name, message in messages.items()}
    try:
        for path in folder.glob("*.py"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        if wanted:
            folder.mkdir(exist_ok=True)
        for name, text in wanted.items():
            write_changed(folder / name, text)
    except OSError as error:
        # A Dags folder that is mounted read-only: the rules that are right must live on.
        log.warning("Broken rules cannot be shown among the import errors, because %s", error)
        for message in messages.values():
            log.warning("%s", message)


def _file_name(name: str, place: str) -> str:
    # The name for people, and a digest so that no two files can share one.
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:80]
    return f"{readable}.{sha256(place.encode()).hexdigest()[:6]}.py"


def _message(rule: BrokenRule) -> str:
    lines = "\n".join(f"  {problem}" for problem in rule.problems)
    return f"The rule in {rule.name} is broken, and has no Dag until it is mended:\n{lines}"
