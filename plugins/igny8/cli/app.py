"""The command ``igny8`` put together, and how it ends when something goes wrong."""

from __future__ import annotations

import typer
from typer.core import TyperGroup

from igny8.cli.commands import rule_files
from igny8.cli.errors import CommandError
from igny8.cli.exits import ExitCode, exit_codes_text


class _Commands(TyperGroup):
    """Ends with a sentence and an exit code where Python would end with a traceback."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except CommandError as error:
            from igny8.cli.output import complain

            complain(error)
            raise typer.Exit(error.code) from None
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None


def _group(help: str) -> typer.Typer:
    return typer.Typer(help=help, no_args_is_help=True)


app = typer.Typer(
    cls=_Commands,
    help="Rules, runs and content of IGNY8 Automation.",
    epilog=exit_codes_text(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

rules = _group("Rules: what is written, and running it.")
rules.command("validate")(rule_files.validate)
rules.command("new")(rule_files.new)
rules.command("test")(rule_files.try_out)
app.add_typer(rules, name="rules")


def main() -> None:
    """The entry of the command ``igny8``."""
    app(prog_name="igny8")
