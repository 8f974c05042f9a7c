"""A server that misbehaves as told, for whatever method: slow, busy, broken, endless, redirecting, cut off."""

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
class Reply:
    """How one request is answered."""

    status: int = 200
    body: bytes | Any = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0
    endless: bool = False
    """Whether the body is sent over and over, with no length given."""


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """What came, and how the next ones are answered."""

    url: str
    host: str
    replies: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    """In turn; the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def serving(host: str, replies: Callable[[Asked], Reply]) -> Iterator[Server]:
    """A server at a free port of that host, which must be one of this machine's."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body, time.time())
            server.asked.append(asked)
            reply = server.replies(asked)
            time.sleep(reply.after)
            self.close_connection = True
            if reply.status == CUT:
                return
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not reply.endless:
                self.send_header("content-length", str(len(content)))
            self.end_headers()
            try:
                while self.command != "HEAD":
                    self.wfile.write(content)
                    if not reply.endless:
                        break
            except OSError:
                return  # the caller has had enough

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the base class's names

        def log_message(self, *_: object) -> None:
            return

    listener = ThreadingHTTPServer((host, 0), Handler)
    listener.daemon_threads = True
    server = Server(f"http://{host}:{listener.server_port}", f"{host}:{listener.server_port}", replies)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
