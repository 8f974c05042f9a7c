"""Airflow is imported by some of these tests; it must not write into the home of whoever runs them."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

from igny8_local.ports import Ports

_home = tempfile.mkdtemp(prefix="igny8-airflow-")
os.environ.setdefault("AIRFLOW_HOME", _home)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"


def pytest_unconfigure() -> None:
    shutil.rmtree(_home, ignore_errors=True)


@pytest.fixture
def unused_port() -> int:
    """A port on which nothing listens."""
    return Ports.free().engine
