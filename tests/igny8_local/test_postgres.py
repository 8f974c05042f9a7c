"""PostgreSQL out of the wheel."""

from collections.abc import Callable

import psycopg


def test_makes_databases_that_can_be_used(new_database: Callable[[], str]) -> None:
    with psycopg.connect(new_database()) as connection:
        row = connection.execute("select current_setting('max_connections')").fetchone()
    assert row == ("300",)
