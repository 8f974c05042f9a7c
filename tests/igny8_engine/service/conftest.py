"""Makes the fixtures of :mod:`conftest_engine` known to the tests in this folder."""

from conftest_engine import database_url, engine, migrated

__all__ = ["database_url", "engine", "migrated"]
