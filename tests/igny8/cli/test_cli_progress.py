"""How far a run is, on a terminal and elsewhere."""

import io

from rich.console import Console

from igny8.cli.progress import Bars, Lines, Progress, Step, display_on


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=120)


def output(of: Console) -> str:
    assert isinstance(of.file, io.StringIO)
    return of.file.getvalue()


def step(state: str | None, phase: str = "", done: int = 0, total: int = 0, failed: int = 0) -> Step:
    return Step("generate_content", state, Progress(phase=phase, done=done, total=total, failed=failed))


def test_without_a_terminal_each_change_is_a_line() -> None:
    where = console(terminal=False)
    with display_on(where) as display:
        assert isinstance(display, Lines)
        display.show([step(None)])
        display.show([step("deferred", "writing articles", 2, 8)])
        display.show([step("deferred", "writing articles", 2, 8)])
        display.show([step("success", "ended", 7, 8, failed=1)])
    assert [line.split(maxsplit=2)[2] for line in output(where).splitlines()] == [
        "2/8 writing articles",
        "8/8 done, 1 failed",
    ]


def test_words_with_brackets_are_shown_as_they_are() -> None:
    where = console(terminal=False)
    with Lines(where) as display:
        display.show([step("running", "[red]writing[/red]", 0, 8)])
    assert "[red]writing[/red]" in output(where)


def test_on_a_terminal_each_step_has_a_bar() -> None:
    where = console(terminal=True)
    with display_on(where) as display:
        assert isinstance(display, Bars)
        display.show([Step("gate", "success", Progress()), step("deferred", "writing articles", 3, 8)])
        display.show([Step("gate", "success", Progress()), step("failed", "", 3, 8)])
    shown = output(where)
    assert "Conditions" in shown
    assert "Generate content" in shown
    assert "3/8" in shown
    assert "failed" in shown
