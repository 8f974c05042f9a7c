"""The two ports that the system listens on, looked at before anything is started."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import dataclass
from typing import Final

import psutil

from igny8_local.errors import BadSettingError, PortTakenError

HOST: Final = "127.0.0.1"
"""The system is for the person at this machine, so nothing listens on other addresses."""

AIRFLOW_PORT: Final = 8080
ENGINE_PORT: Final = 8800
_HIGHEST: Final = 65535


@dataclass(frozen=True, slots=True)
class Ports:
    """Where Airflow's API server and the content engine listen."""

    airflow: int
    engine: int

    @classmethod
    def from_environment(cls) -> Ports:
        """What ``AIRFLOW_PORT`` and ``ENGINE_PORT`` say, else 8080 and 8800.

        Raises:
            BadSettingError: when one is no port number, or both are the same.
        """
        ports = cls(_port("AIRFLOW_PORT", AIRFLOW_PORT), _port("ENGINE_PORT", ENGINE_PORT))
        if ports.airflow == ports.engine:
            raise BadSettingError("ENGINE_PORT", str(ports.engine), "Airflow and the engine need a port each.")
        return ports

    @classmethod
    def free(cls) -> Ports:
        """Two ports that nobody uses at this moment."""
        with socket.socket() as first, socket.socket() as second:
            first.bind((HOST, 0))
            second.bind((HOST, 0))
            return cls(first.getsockname()[1], second.getsockname()[1])

    @property
    def airflow_url(self) -> str:
        """Where Airflow's UI and REST API are."""
        return f"http://{HOST}:{self.airflow}"

    @property
    def engine_url(self) -> str:
        """Where the content engine is."""
        return f"http://{HOST}:{self.engine}"

    def check(self) -> None:
        """Make sure that both can be used.

        Raises:
            PortTakenError: for the first that is in use; it names the holder where the machine tells.
        """
        for port, purpose, variable in (
            (self.airflow, "Airflow's API server", "AIRFLOW_PORT"),
            (self.engine, "the content engine", "ENGINE_PORT"),
        ):
            reason = _refusal(port)
            if reason == errno.EACCES:
                raise BadSettingError(variable, str(port), "this user may not listen on it; take one above 1023.")
            if reason is not None:
                raise PortTakenError(port, purpose, variable, _holder(port))


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _port(variable: str, otherwise: int) -> int:
    text = os.environ.get(variable, "").strip() or str(otherwise)
    if not text.isdecimal() or not 0 < int(text) <= _HIGHEST:
        raise BadSettingError(variable, text, f"a port is a number from 1 to {_HIGHEST}.")
    return int(text)


def _refusal(port: int) -> int | None:
    """Why nobody can listen on the port: the error's number, or None when one can."""
    for address in (HOST, "0.0.0.0"):  # noqa: S104 - somebody who listens on all addresses has this one too
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
            try:
                probe.bind((address, port))
            except OSError as error:
                return error.errno
    return None


def _holder(port: int) -> str | None:
    """The program that listens on the port, if this user may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                if connection.pid is None:
                    return None
                return f"{psutil.Process(connection.pid).name()}, process {connection.pid}"
    except psutil.Error:
        return None
    return None
