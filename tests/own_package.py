"""An installed package that brings actions of its own: the one of the guide for developers, and broken ones."""

from __future__ import annotations

import re
from pathlib import Path

from igny8_local.paths import REPOSITORY

GUIDE = REPOSITORY / "docs" / "own-actions.md"
BROKEN = "broken_action"


def guide_block(language: str, beginning: str = "") -> str:
    """The first block of that language in the guide that begins so."""
    blocks = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return str(next(block for block in blocks if block.startswith(beginning)))


def install(folder: Path) -> Path:
    """Put the guide's module into a folder as a package manager would, with a module beside it that is broken."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "newsletter_actions.py").write_text(guide_block("python"), encoding="utf-8")
    (folder / "broken_actions.py").write_text("raise RuntimeError('no licence for this machine')\n", encoding="utf-8")
    entries = guide_block("toml").replace('project.entry-points."igny8.actions"', "igny8.actions").replace('"', "")
    about = folder / "newsletter-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: newsletter\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(f"{entries}{BROKEN} = broken_actions:NONE\n", encoding="utf-8")
    return folder
