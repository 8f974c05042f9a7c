"""The engine in this process, and the client that rules reach it by."""

from __future__ import annotations

import pytest
from conftest_engine import Engine, database_url, engine, migrated

from igny8.engine import EngineClient

__all__ = ["client", "database_url", "engine", "migrated"]

KEYWORDS = """keyword,volume
espresso machine,1000
best espresso machine,900
espresso machine with grinder,500
how to clean an espresso machine,300
descale espresso machine,250
milk frother,200
best milk frother,150
electric milk frother,120
"""


@pytest.fixture
async def client(engine: Engine) -> EngineClient:
    """Of the account ``demo``, whose site ``home`` has eight new keywords."""
    answer = await engine.http.post("/v1/sites/home/keywords/import?filename=k.csv", content=KEYWORDS.encode())
    assert answer.json()["added"] == 8
    return EngineClient(engine.http, "http://engine", engine.key, "demo", "igny8_engine")
