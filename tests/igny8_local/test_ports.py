"""The two ports."""

import os
import socket
from collections.abc import Iterator

import pytest

from igny8_local.errors import BadSettingError, PortTakenError
from igny8_local.ports import HOST, Ports


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server


def test_unless_set_they_are_8080_and_8800(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_PORT", raising=False)
    monkeypatch.setenv("ENGINE_PORT", "")
    assert Ports.from_environment() == Ports(airflow=8080, engine=8800)


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PORT", "9090")
    monkeypatch.setenv("ENGINE_PORT", "9091")
    ports = Ports.from_environment()
    assert (ports.airflow_url, ports.engine_url) == ("http://127.0.0.1:9090", "http://127.0.0.1:9091")


@pytest.mark.parametrize("value", ["0", "65536", "-1", "eighty", "80.5"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AIRFLOW_PORT", value)
    with pytest.raises(BadSettingError, match=rf"AIRFLOW_PORT='{value}' can't be used: a port is a number"):
        Ports.from_environment()


def test_one_port_for_both_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PORT", "8800")
    monkeypatch.delenv("ENGINE_PORT", raising=False)
    with pytest.raises(BadSettingError, match="a port each"):
        Ports.from_environment()


def test_free_ports_pass_the_check() -> None:
    Ports.free().check()


def test_a_taken_port_is_named_with_its_holder_and_the_variable(listener: socket.socket) -> None:
    taken = listener.getsockname()[1]
    with pytest.raises(PortTakenError) as caught:
        Ports(airflow=Ports.free().airflow, engine=taken).check()
    text = str(caught.value)
    assert f"Port {taken}, which the content engine needs, is already in use" in text
    assert f"process {os.getpid()}" in text
    assert f"ENGINE_PORT={taken + 1}" in text


def test_a_port_taken_on_all_addresses_is_taken() -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        with pytest.raises(PortTakenError, match="AIRFLOW_PORT"):
            Ports(airflow=server.getsockname()[1], engine=Ports.free().engine).check()
