"""The options that many commands share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]

_SYSTEM = "Where the system is (unless given, the one that is up on this machine)"

AirflowUrl: TypeAlias = Annotated[
    str | None,
    typer.Option("--url", envvar="IGNY8_URL", help="Airflow's address.", rich_help_panel=_SYSTEM),
]
Token: TypeAlias = Annotated[
    str | None,
    typer.Option(
        envvar="IGNY8_TOKEN",
        help="A token for Airflow. Or set IGNY8_USERNAME and IGNY8_PASSWORD.",
        show_envvar=True,
        rich_help_panel=_SYSTEM,
    ),
]
EngineUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(envvar="IGNY8_ENGINE_URL", help="The content engine's address.", rich_help_panel=_SYSTEM),
]
EngineKey: TypeAlias = Annotated[
    str | None,
    typer.Option(envvar="IGNY8_ENGINE_KEY", help="The account's API key.", rich_help_panel=_SYSTEM),
]
