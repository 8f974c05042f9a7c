"""Rules as files: ``rules validate``, ``rules test`` and ``rules new``. They need no system."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from igny8.cli.exits import ExitCode
from igny8.cli.options import AsJson

if TYPE_CHECKING:
    from igny8.cli.rule_files import FileTrial
    from igny8.rules.files import RuleFile

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Files and folders with rules; - is stdin. Unless given, the folder of the rules.",
        show_default=False,
    ),
]


def validate(paths: Paths = None, *, json: AsJson = False) -> None:
    """Check rule files: everything that is wrong, as path:line:column. Needs neither Airflow nor the engine."""
    from igny8.cli.output import print_json
    from igny8.cli.rule_files import problem_json

    files = _read(paths)
    problems = [problem_json(file, problem) for file in files for problem in file.problems]
    broken = sum(1 for file in files if file.problems)
    if json:
        print_json({"files": len(files), "valid": len(files) - broken, "broken": broken, "problems": problems})
    else:
        _show_problems(files)
        _summary(files, paths)
    if broken:
        raise typer.Exit(ExitCode.PROBLEMS)


def try_out(paths: Paths = None, *, json: AsJson = False) -> None:
    """Run the tests that rules carry: what their conditions make of given facts. Needs nothing that runs."""
    from igny8.cli.output import count, note, print_json, say
    from igny8.cli.rule_files import problem_json, try_files

    files = _read(paths)
    problems = [problem_json(file, problem) for file in files for problem in file.problems]
    trials = try_files(files)
    failed = [trial for trial in trials if not trial.trial.passed]
    if json:
        print_json(
            {
                "tests": len(trials),
                "passed": len(trials) - len(failed),
                "failed": len(failed),
                "results": [trial.as_json() for trial in trials],
                "problems": problems,
            }
        )
    else:
        _show_problems(files)
        for trial in failed:
            _show_failure(trial)
        if trials:
            style = "red" if failed else "green"
            rules = len({trial.file.relative for trial in trials})
            say(f"{count(len(trials), 'test')} of {count(rules, 'rule')}: {len(failed)} failed.", style)
        elif not problems:
            note("No rule has tests. Give one some under tests: (name, facts, event, expect), see docs/rules.md.")
    if failed or problems:
        raise typer.Exit(ExitCode.PROBLEMS)


def new(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="The rule's id: small letters, digits and hyphens.")],
    *,
    name: Annotated[str | None, typer.Option(help="What people call it.", show_default="made of the id")] = None,
    account: Annotated[str | None, typer.Option(help="The account that it works for.")] = None,
    site: Annotated[str | None, typer.Option(help="The site of that account that it works on.")] = None,
    trigger: Annotated[
        Literal["schedule", "event", "manual"] | None, typer.Option(help="What starts it.", show_default="manual")
    ] = None,
    schedule: Annotated[str | None, typer.Option(help="A cron of five fields, for the trigger schedule.")] = None,
    timezone: Annotated[str, typer.Option(help="The schedule's time zone.")] = "UTC",
    event: Annotated[str | None, typer.Option(help="The type of event, for the trigger event.")] = None,
    action: Annotated[
        list[str] | None,
        typer.Option(help="An action; give it several times.", show_default="clusters, ideas, articles"),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where to write <ID>.yaml.", show_default="the folder of the rules")
    ] = None,
    json: AsJson = False,
) -> None:
    """Write a commented rule to start from. Asks for what is not given; never overwrites a file."""
    from igny8.cli.errors import RefusedError, RulesInvalidError
    from igny8.cli.output import print_json, say
    from igny8.cli.places import rules_folder
    from igny8.cli.rule_files import read_paths
    from igny8.cli.starter import DEFAULT_ACTIONS, DEFAULT_EVENT, DEFAULT_SCHEDULE, Starter
    from igny8.rules import RuleInvalidError, read_rule

    chosen = trigger or ("schedule" if schedule else "event" if event else None)
    if chosen is None:
        chosen = _ask_trigger()
    starter = Starter(
        id=rule_id,
        name=name or rule_id.replace("-", " ").capitalize(),
        account=account or _ask("Account", "demo", "--account"),
        site=site or _ask("Site", "home-espresso", "--site"),
        trigger=chosen,
        schedule=schedule or (_ask("Schedule", DEFAULT_SCHEDULE, "") if chosen == "schedule" else ""),
        timezone=timezone,
        event=event or (_ask("Event", DEFAULT_EVENT, "") if chosen == "event" else ""),
        actions=action or DEFAULT_ACTIONS,
    )
    text = starter.text()
    target = (folder or Path(rules_folder())) / f"{rule_id}.yaml"
    try:
        read_rule(text)
    except RuleInvalidError as error:
        problems = [f"{problem.path}: {problem.message}" for problem in error.problems]
        raise RulesInvalidError("No rule can be made of that; nothing was written.", problems) from None
    if target.parent.is_dir():
        taken = next((file for file in read_paths([str(target.parent)]) if file.rule_id == rule_id), None)
        if taken is not None:
            raise RefusedError(f"{taken.relative} has the id '{rule_id}' already; nothing was written.")
    _write_new(target, text)
    if json:
        print_json({"id": rule_id, "path": str(target)})
    else:
        say(f"{target} is written. Change it as you like, then: igny8 rules validate {target}")


def _write_new(target: Path, text: str) -> None:
    from igny8.cli.errors import RefusedError

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RefusedError(f"{target} is there already and is not overwritten.") from None
    except OSError as error:
        raise RefusedError(f"{target} can't be written: {error.strerror or error}.") from error


def _ask(what: str, default: str, option: str) -> str:
    """Ask the person at the terminal; without one, take the default or say which option is missing."""
    from igny8.cli.errors import UsageError

    if sys.stdin.isatty():
        return str(typer.prompt(what, default=default))
    if option:
        raise UsageError(f"There is nobody to ask: give the {what.lower()} with {option}.")
    return default


def _ask_trigger() -> Literal["schedule", "event", "manual"]:
    answer = _ask("Trigger (schedule, event or manual)", "manual", "")
    while True:
        match answer:
            case "schedule" | "event" | "manual":
                return answer
        answer = _ask("schedule, event or manual", "manual", "")


def _read(paths: list[str] | None) -> list[RuleFile]:
    from igny8.cli.places import rules_folder
    from igny8.cli.rule_files import read_paths

    return read_paths(paths or [rules_folder()])


def _show_problems(files: list[RuleFile]) -> None:
    from igny8.cli.output import say
    from igny8.cli.rule_files import problem_line

    for file in files:
        for problem in file.problems:
            say(problem_line(file, problem))


def _summary(files: list[RuleFile], paths: list[str] | None) -> None:
    from igny8.cli.output import count, note, say

    broken = [file for file in files if file.problems]
    if not files:
        where = " and ".join(paths) if paths else "the folder of the rules"
        note(f"There are no rules in {where}. Write one: igny8 rules new my-rule")
    elif broken:
        problems = sum(len(file.problems) for file in broken)
        have = "has" if len(broken) == 1 else "have"
        say(f"{len(broken)} of {count(len(files), 'rule')} {have} {count(problems, 'problem')}.", "red")
    else:
        say(f"{count(len(files), 'rule')}, no problems.", "green")


def _show_failure(trial: FileTrial) -> None:
    from igny8.cli.output import out, say
    from igny8.cli.rule_files import finding_line

    say(f"{trial.file.relative}:{trial.line}:{trial.column}: test '{trial.trial.test.name}' failed: {trial.expected}")
    for finding in trial.trial.findings:
        mark, style = ("✓", "green") if finding.holds else ("✗", "red")
        out().print(f"    [{style}]{mark}[/] ", end="")
        say(finding_line(finding))
