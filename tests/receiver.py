"""A receiver of webhooks that misbehaves as told: slow, busy, broken, gone in the middle, or somewhere else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CUT = 0
"""Stands for a connection that ends without an answer."""


@dataclass(frozen=True)
class Answer:
    """How one request is answered."""

    status: int = 204
    after: float = 0
    """Seconds until then."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What came, and how the next ones are answered."""

    url: str
    answers: Callable[[Received], Answer]
    received: list[Received] = field(default_factory=list)


def in_turn(*answers: Answer) -> Callable[[Received], Answer]:
    """One after the other; the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def listening(host: str, answers: Callable[[Received], Answer]) -> Iterator[Receiver]:
    """A receiver at a free port of that host, which must be one of this machine's."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body, time.time())
            receiver.received.append(got)
            answer = receiver.answers(got)
            time.sleep(answer.after)
            if answer.status == CUT:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://{host}:{server.server_port}", answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
