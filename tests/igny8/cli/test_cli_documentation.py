"""What docs/cli.md says is so: every command, every exit code, every example."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from typer.core import TyperCommand, TyperGroup

from igny8.cli.app import app
from igny8.cli.exits import MEANINGS
from igny8_local.paths import REPOSITORY

TEXT = (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8")
ROOT = typer.main.get_command(app)

RULE = """\
id: weekly
name: Weekly
account: demo
site: shop
trigger: manual
conditions: [{field: keywords.new, operator: greater_than, value: 20}]
actions: [{type: cluster_keywords, params: {keyword_ids: [1]}}]
tests: [{name: enough, facts: {keywords.new: 21}, expect: match}]
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def commands(group: TyperGroup, names: tuple[str, ...] = ("igny8",)) -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*names, name))
        elif isinstance(command, TyperCommand):
            yield " ".join((*names, name)), command


def all_commands() -> dict[str, TyperCommand]:
    assert isinstance(ROOT, TyperGroup)
    return dict(commands(ROOT))


def test_the_table_of_commands_is_complete() -> None:
    listed = re.findall(r"^\| `(igny8 [^`]*)` \|", TEXT, re.MULTILINE)
    assert sorted(listed) == sorted(all_commands())


def test_every_command_prints_json_and_says_what_it_does() -> None:
    for name, command in all_commands().items():
        options = [option for param in command.params for option in param.opts]
        assert "--json" in options, name
        assert command.help, name


def test_the_table_of_exit_codes_is_that_of_the_command() -> None:
    shown = re.findall(r"^\| (\d+) \| (.*) \|$", TEXT, re.MULTILINE)
    assert shown == [(str(code.value), meaning) for code, meaning in MEANINGS.items()]


@pytest.mark.parametrize("line", [line for block in blocks("sh") for line in block.splitlines()])
def test_an_example_is_understood(line: str) -> None:
    words = shlex.split(line.partition(" <")[0])
    name = next(name for name in all_commands() if words[: len(name.split())] == name.split())
    command = all_commands()[name]
    command.make_context(name, words[len(name.split()) :])


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment in which ``igny8`` is this one, and git knows who commits."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "igny8"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m igny8.cli "$@"\n')
    program.chmod(0o755)
    identity = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **os.environ,
        **identity,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(REPOSITORY / name) for name in ("plugins", "include")),
    }


def test_the_git_hook_looks_at_what_is_committed(tmp_path: Path, shell: dict[str, str]) -> None:
    repository = tmp_path / "repository"
    rule = repository / "rules" / "weekly.yaml"
    rule.parent.mkdir(parents=True)

    def git(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *arguments], cwd=repository, env=shell, capture_output=True, text=True, timeout=60, check=False
        )

    git("init", "--quiet")
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    (text,) = blocks("bash")
    hook.write_text(text)
    hook.chmod(0o755)

    rule.write_text(RULE.replace("cluster_keywords", "cluster_keyword"))
    git("add", "rules")
    rule.write_text(RULE)  # mended, but not what is committed
    refused = git("commit", "-m", "broken")
    assert refused.returncode != 0
    assert (
        "rules/weekly.yaml:7:18: actions[0].type: 'cluster_keyword' is not an action."
        in refused.stdout + refused.stderr
    )
    git("add", "rules")
    rule.write_text("broken: again, and not what is committed")
    accepted = git("commit", "-m", "mended")
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert git("log", "--format=%s").stdout == "mended\n"


@pytest.mark.parametrize(("old", "code"), [("", 0), ("cluster_keywords", 1)])
def test_the_ci_job_runs(tmp_path: Path, shell: dict[str, str], old: str, code: int) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "weekly.yaml").write_text(RULE.replace(old, "no_such_action") if old else RULE)
    (block,) = blocks("yaml")
    steps = [step["run"] for step in yaml.safe_load(block)["jobs"]["rules"]["steps"] if "run" in step]
    assert steps[0].split()[1] == ".venv/.runtime-installed"
    assert f"{steps[0].split()[1]}" in (REPOSITORY / "Makefile").read_text()
    assert len(steps) == 3
    for step in steps[1:]:
        done = subprocess.run(
            ["sh", "-c", step], cwd=tmp_path, env=shell, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
