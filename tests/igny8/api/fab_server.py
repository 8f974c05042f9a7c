"""Airflow's API server with the FAB auth manager, on the database of the running system.

Run as ``python fab_server.py``; the environment says everything else. ``IGNY8_TEST_FAB`` holds as JSON the users with
their passwords and what each of them may do.
"""

from __future__ import annotations

import json
import os
from typing import Any

import uvicorn
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.providers.fab.auth_manager.models.db import FABDBManager
from airflow.utils.session import create_session


def add_users(users: dict[str, Any]) -> None:
    with get_application_builder() as appbuilder:
        security = appbuilder.sm
        for name, user in users.items():
            role = security.add_role(name)
            for action, resource in user["may"]:
                security.add_permission_to_role(role, security.create_permission(action, resource))
            if security.find_user(name) is None:
                assert security.add_user(name, name, name, f"{name}@example.org", role, user["password"])


if __name__ == "__main__":
    with create_session() as session:
        manager = FABDBManager(session)
        if not manager._has_existing_manager_tables():
            manager.create_db_from_orm()
    add_users(json.loads(os.environ["IGNY8_TEST_FAB"]))

    from airflow.api_fastapi.app import create_app

    uvicorn.run(create_app(), host="127.0.0.1", port=int(os.environ["AIRFLOW__API__PORT"]), log_level="warning")
