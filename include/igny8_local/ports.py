"""The ports that the system listens on, looked at before anything is started."""

from __future__ import annotations

import errno
import os
import random
import socket
from dataclasses import dataclass
from typing import Final

import psutil

from igny8_local.errors import BadSettingError, PortTakenError

HOST: Final = "127.0.0.1"
"""The system is for the person at this machine, so nothing listens on other addresses."""

AIRFLOW_PORT: Final = 8080
ENGINE_PORT: Final = 8800
WORDPRESS_PORT: Final = 8890
_HIGHEST: Final = 65535
_CHOSEN_FROM: Final = range(20_000, 32_768)
"""Below those that the kernel gives to outgoing connections (``ip_local_port_range``), above the well-known ones."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where Airflow's API server and the content engine listen, and the WordPress of this machine if there is one."""

    airflow: int
    engine: int
    wordpress: int = WORDPRESS_PORT

    @classmethod
    def from_environment(cls) -> Ports:
        """What ``AIRFLOW_PORT``, ``ENGINE_PORT`` and ``WORDPRESS_PORT`` say, else 8080, 8800 and 8890.

        Raises:
            BadSettingError: when one is no port number, or two are the same.
        """
        ports = cls(
            _port("AIRFLOW_PORT", AIRFLOW_PORT),
            _port("ENGINE_PORT", ENGINE_PORT),
            _port("WORDPRESS_PORT", WORDPRESS_PORT),
        )
        if ports.airflow == ports.engine:
            raise BadSettingError("ENGINE_PORT", str(ports.engine), "Airflow and the engine need a port each.")
        if ports.wordpress in {ports.airflow, ports.engine}:
            raise BadSettingError("WORDPRESS_PORT", str(ports.wordpress), "WordPress needs a port of its own.")
        return ports

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody uses, and that nobody is given by chance: they can be used a while later, too."""
        unused = (port for port in random.sample(_CHOSEN_FROM, 100) if _refusal(port) is None)
        return cls(next(unused), next(unused), next(unused))

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
        _check(self.airflow, "Airflow's API server", "AIRFLOW_PORT")
        _check(self.engine, "the content engine", "ENGINE_PORT")

    def check_wordpress(self) -> None:
        """Make sure that WordPress' can be used.

        Raises:
            PortTakenError: it is in use.
        """
        _check(self.wordpress, "WordPress", "WORDPRESS_PORT")


def _check(port: int, purpose: str, variable: str) -> None:
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
