"""Airflow is imported by some of these tests; it must not write into the home of whoever runs them."""

from __future__ import annotations

import os
import tempfile

import pytest

from igny8_local.ports import Ports

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="igny8-airflow-"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"


@pytest.fixture
def unused_port() -> int:
    """A port on which nothing listens."""
    return Ports.free().engine
