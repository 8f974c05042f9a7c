"""Where the engine may call, what HTML it keeps, and how passwords are kept."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from igny8_engine.encryption import PasswordSafe
from igny8_engine.errors import MissingSecretKeyError, TargetNotAllowedError, WrongSecretKeyError
from igny8_engine.html import plain_text, sanitize, with_links, word_count
from igny8_engine.targets import GuardedTransport, guarded_client


class Names:
    """A name server: what each host leads to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **known: list[str]) -> None:
        self.known = {name.replace("_", "."): addresses for name, addresses in known.items()}
        self.asked: list[str] = []

        async def getaddrinfo(_: object, host: str, port: int, **__: object) -> list[Any]:
            self.asked.append(host)
            if host not in self.known:
                raise socket.gaierror("unknown")
            return [(0, 0, 0, "", (address, port)) for address in self.known[host]]

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", getaddrinfo)


def answering(seen: list[httpx.Request]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/away":
            return httpx.Response(302, headers={"Location": "http://inner.test/secret"})
        return httpx.Response(200, text="well")

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0",
     "224.0.0.1", "2002:7f00:1::", "fe80::1%eth0"],
)  # fmt: skip
async def test_private_addresses_are_refused_after_the_name_is_looked_up(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, blog_test=["93.184.216.34", address])
    seen: list[httpx.Request] = []
    client = guarded_client(GuardedTransport((), answering(seen)))
    with pytest.raises(TargetNotAllowedError, match=r"blog\.test:443 leads to"):
        await client.get("https://blog.test/")
    assert seen == []


async def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, blog_test=["93.184.216.34"])
    seen: list[httpx.Request] = []
    client = guarded_client(GuardedTransport((), answering(seen)))
    answer = await client.get("https://blog.test/a?b=c")
    assert answer.text == "well"
    assert str(answer.url) == "https://blog.test/a?b=c"
    assert seen[0].url.host == "93.184.216.34"
    assert seen[0].headers["host"] == "blog.test"
    assert seen[0].extensions["sni_hostname"] == "blog.test"
    assert names.asked == ["blog.test"]


async def test_redirects_are_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, blog_test=["93.184.216.34"], inner_test=["10.0.0.1"])
    client = guarded_client(GuardedTransport((), answering([])))
    with pytest.raises(TargetNotAllowedError):
        await client.get("http://blog.test/away", follow_redirects=True)


async def test_hosts_that_the_operator_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, inner_test=["10.0.0.1"])
    transport = GuardedTransport(("inner.test:8080",), answering([]))
    await transport.check("http://inner.test:8080/")
    await transport.check("http://INNER.test:8080/")
    with pytest.raises(TargetNotAllowedError, match="private network") as caught:
        await transport.check("http://inner.test/")
    assert "add inner.test:80 to IGNY8_ALLOWED_HOSTS" in (caught.value.hint or "")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://blog.test", "//blog.test", "http://", "x"])
async def test_only_http(url: str) -> None:
    with pytest.raises(TargetNotAllowedError):
        await GuardedTransport(()).check(url)


async def test_unknown_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch)
    with pytest.raises(httpx.ConnectError, match=r"nowhere\.test"):
        await GuardedTransport(()).check("http://nowhere.test")


def test_html_keeps_words_and_loses_harm() -> None:
    dirty = (
        '<h1>Big</h1><h2 onclick="x()">A &amp; B</h2><script>alert(1)</script><p style="color:red">It\'s <b>so</b></p>'
        '<a href="javascript:alert(1)">bad</a><a href="https://ok.test/">good</a><img src="data:x" onerror="x" alt="c">'
        "<iframe src='//x'></iframe><!-- note --><p>\x00</p>"
    )
    clean = sanitize(dirty)
    for harm in ("script", "onclick", "javascript", "style", "iframe", "onerror", "<h1", "note", "\x00", "data:"):
        assert harm not in clean
    assert 'href="https://ok.test/"' in clean
    assert sanitize(clean) == clean
    assert plain_text("<p>One</p><p>two &amp; three</p>") == "One two & three"
    assert word_count("<p>It\u2019s well-made, 3.5 bar طاحونة</p>") == 5


def test_links_are_led_elsewhere() -> None:
    html = with_links('<p><a href="/a/">a</a> <a href="/b/">b</a></p>', {"/a/": "https://site.test/a/"})
    assert 'href="https://site.test/a/"' in html
    assert 'href="/b/"' in html


def test_passwords_need_the_right_key() -> None:
    keys = [SecretStr(Fernet.generate_key().decode()) for _ in range(2)]
    stored = PasswordSafe(keys[0]).encrypt("pässword")
    assert PasswordSafe(keys[0]).decrypt(stored, "blog") == "pässword"
    with pytest.raises(WrongSecretKeyError, match="blog"):
        PasswordSafe(keys[1]).decrypt(stored, "blog")
    with pytest.raises(MissingSecretKeyError):
        PasswordSafe(None).encrypt("x")
    with pytest.raises(MissingSecretKeyError):
        PasswordSafe(None).decrypt(stored, "blog")
