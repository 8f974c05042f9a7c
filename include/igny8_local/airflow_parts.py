"""All that Airflow's API server, scheduler, Dag processor and triggerer need, imported: they are forked from here.

It would take each of them up to ten seconds of a core otherwise, and memory of its own.
"""

from __future__ import annotations

import importlib

from airflow.models import import_all_models
from sqlalchemy.orm import configure_mappers

for name in (
    "airflow.api_fastapi.core_api.routes.public",
    "airflow.api_fastapi.core_api.routes.ui",
    "airflow.api_fastapi.execution_api.routes",
    "airflow.cli.cli_parser",
    "airflow.cli.commands.api_server_command",
    "airflow.cli.commands.scheduler_command",
    "airflow.dag_processing.manager",
    "airflow.jobs.scheduler_job_runner",
    "igny8.api.app",
    "igny8.execution.triggerer",
):
    importlib.import_module(name)
import_all_models()
configure_mappers()
