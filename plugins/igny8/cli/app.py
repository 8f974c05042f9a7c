"""The command ``igny8`` put together, and how it ends when something goes wrong."""

from __future__ import annotations

import typer
from typer.core import TyperGroup

from igny8.cli.commands import approvals, connections, content, local, rule_files, rules, runs, sites
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


app = typer.Typer(
    cls=_Commands,
    help="Rules, runs and content of IGNY8 Automation.",
    epilog=exit_codes_text(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _group(name: str, help: str) -> typer.Typer:
    group = typer.Typer(help=help, no_args_is_help=True)
    app.add_typer(group, name=name)
    return group


_rules = _group("rules", "Rules: what they say, and running them.")
_rules.command("list")(rules.list_rules)
_rules.command("show")(rules.show)
_rules.command("validate")(rule_files.validate)
_rules.command("new")(rule_files.new)
_rules.command("test")(rule_files.try_out)
_rules.command("run")(rules.run)
_rules.command("export")(rules.export)
_rules.command("import")(rules.import_rules)

_runs = _group("runs", "Runs of rules: what became of them.")
_runs.command("list")(runs.list_runs)
_runs.command("show")(runs.show)
_runs.command("cancel")(runs.cancel)
_runs.command("rerun")(runs.rerun)

_approvals = _group("approvals", "Approvals: what waits for a person.")
_approvals.command("list")(approvals.list_approvals)
_approvals.command("show")(approvals.show)
_approvals.command("approve")(approvals.approve)
_approvals.command("reject")(approvals.reject)

_group("keywords", "Keywords: what rules begin with.").command("import")(content.import_keywords)
_group("events", "Events: what starts rules.").command("send")(content.send_event)

_accounts = _group("accounts", "Accounts of the content engine.")
_accounts.command("create")(local.create_account)
_accounts.command("credits")(content.show_credits)

_sites = _group("sites", "Sites: what rules publish to.")
_sites.command("connect")(connections.connect)
_sites.command("list")(connections.list_connections)
_sites.command("probe")(connections.probe)
_sites.command("rotate")(connections.rotate)
_sites.command("disconnect")(connections.disconnect)
_sites.command("import")(sites.import_posts)
_sites.command("unpublish")(sites.unpublish)
_sites.command("trash")(sites.trash)

app.command("up")(local.up)
app.command("demo")(local.demo)
app.command("doctor")(local.doctor)


def main() -> None:
    """The entry of the command ``igny8``."""
    app(prog_name="igny8")
