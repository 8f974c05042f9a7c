"""A small server that speaks the protocols of language models, and misbehaves when it is told to.

It answers chat completions (tool calls, JSON schema or plain), Anthropic's messages, images and embeddings. Good
answers are composed from the request: the form that it asks for, and the search phrases in it. What goes wrong is told
by ``misbehave``, or over HTTP by ``POST /faults`` with a list of names; each POST to a model's endpoint uses up one.

By hand: ``python tests/fake_openai.py --port 9001``.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import io
import json
import math
import re
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal, Self

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Fault = Literal[
    "none",
    "rate_limited", "rate_limited_seconds", "rate_limited_date", "rate_limited_long", "no_quota",
    "server_error", "unavailable", "error_page",
    "slow", "cut", "not_json", "not_object", "empty",
    "bad_key", "forbidden", "unknown_model", "context_length", "bad_request",
    "no_choices", "null_message", "refusal", "content_filter", "prose", "truncated", "broken_arguments",
    "wrong_form", "wrong_content", "hostile",
    "as_url", "as_file_url", "no_image", "not_an_image", "not_base64", "huge_image",
    "shuffled", "one_vector_missing", "not_a_number",
]  # fmt: skip

Json = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: Json
    at: float
    """Seconds on the monotonic clock of the server."""


@dataclass
class FakeOpenAI:
    """The server, in a thread of its own: ``with FakeOpenAI() as server: … server.base_url``."""

    port: int = 0
    api_key: str | None = None
    """The only key that is let in; ``None`` lets everybody in."""
    slowness: float = 30.0
    """How long a slow answer takes, in seconds."""
    received: list[Received] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    busy: int = 0
    most_busy: int = 0
    """The most slow answers that were waited for at once."""
    arrived: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        config = uvicorn.Config(self.app(), host="127.0.0.1", port=self.port, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive(), "the server did not start"
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def misbehave(self, *faults: Fault) -> None:
        """What the next requests meet, one each; after them all is well."""
        self.faults = deque(faults)

    def wait_for_request(self, seconds: float) -> None:
        """Return once a request has arrived."""
        assert self.arrived.wait(seconds), "no request arrived"

    def reset(self) -> None:
        """Forget what was told and received."""
        self.api_key, self.slowness, self.most_busy = None, 30.0, 0
        self.arrived.clear()
        self.received.clear()
        self.faults.clear()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._endpoint(_chat), methods=["POST"]),
                Route("/v1/messages", self._endpoint(_messages), methods=["POST"]),
                Route("/v1/images/generations", self._endpoint(self._image), methods=["POST"]),
                Route("/v1/embeddings", self._endpoint(_embeddings), methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/files/{name}.png", self._file),
                Route("/faults", self._set_faults, methods=["POST"]),
                Route("/requests", self._requests),
            ]
        )

    def _endpoint(self, answer: Callable[[Json, Fault], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body = await request.json()
            now = asyncio.get_running_loop().time()
            self.received.append(Received(request.url.path, dict(request.headers), body, now))
            self.arrived.set()
            given = request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
            if self.api_key is not None and given != self.api_key:
                return _refused("bad_key")
            fault = self.faults.popleft() if self.faults else "none"
            if fault == "slow":
                self.busy += 1
                self.most_busy = max(self.busy, self.most_busy)
                try:
                    await asyncio.sleep(self.slowness)
                finally:
                    self.busy -= 1
            if fault in _STATUSES:
                return _refused(fault)
            good = answer(body, fault)
            return _mangled(fault, bytes(good.body), good.media_type or good.headers["content-type"]) or good

        return handle

    def _image(self, body: Json, fault: Fault) -> Response:
        width, height = (int(side) for side in body.get("size", "1024x1024").split("x"))
        if fault == "no_image":
            return JSONResponse({"created": 1, "data": []})
        name = f"{width}x{height}-{_number(body['prompt']) % 0xFFFFFF}"
        if fault == "as_url":
            return JSONResponse({"created": 1, "data": [{"url": f"{self.address}/files/{name}.png"}]})
        if fault == "as_file_url":
            return JSONResponse({"created": 1, "data": [{"url": "file:///etc/passwd"}]})
        data = _picture(name)
        if fault == "not_an_image":
            data = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
        if fault == "huge_image":
            data += bytes(21 * 1024 * 1024)
        encoded = "%%%" if fault == "not_base64" else base64.b64encode(data).decode()
        return JSONResponse({"created": 1, "data": [{"b64_json": encoded}]})

    async def _file(self, request: Request) -> Response:
        return Response(_picture(request.path_params["name"]), media_type="image/png")

    async def _models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "fake", "object": "model", "owned_by": "tests"}]})

    async def _set_faults(self, request: Request) -> Response:
        self.misbehave(*await request.json())
        return JSONResponse({"faults": list(self.faults)})

    async def _requests(self, _: Request) -> Response:
        return JSONResponse([{"path": one.path, "body": one.body} for one in self.received])


_STATUSES: dict[str, tuple[int, str, str]] = {
    "rate_limited": (429, "rate_limit_exceeded", "Rate limit reached"),
    "rate_limited_seconds": (429, "rate_limit_exceeded", "Rate limit reached, wait a second"),
    "rate_limited_date": (429, "rate_limit_exceeded", "Rate limit reached, wait until then"),
    "rate_limited_long": (429, "rate_limit_exceeded", "Rate limit reached, wait an hour"),
    "no_quota": (429, "insufficient_quota", "You exceeded your current quota"),
    "server_error": (500, "server_error", "The server had an error"),
    "unavailable": (503, "service_unavailable", "The engine is overloaded"),
    "bad_key": (401, "invalid_api_key", "Incorrect API key provided"),
    "forbidden": (403, "forbidden", "Country not supported"),
    "unknown_model": (404, "model_not_found", "The model does not exist"),
    "context_length": (400, "context_length_exceeded", "This model's maximum context length is 8192 tokens"),
    "bad_request": (400, "invalid_request_error", "Unsupported parameter"),
}


def _refused(fault: str) -> Response:
    status, code, message = _STATUSES[fault]
    headers = {
        "rate_limited_seconds": {"retry-after": "1"},
        "rate_limited_date": {"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)},
        "rate_limited_long": {"retry-after": "3600"},
    }.get(fault, {})
    body = {"error": {"message": message, "type": code, "param": None, "code": code}}
    return JSONResponse(body, status_code=status, headers=headers)


def _mangled(fault: Fault, body: bytes, media_type: str | None) -> Response | None:
    if fault == "cut":

        async def half() -> AsyncIterator[bytes]:
            yield body[: len(body) // 2]
            raise ConnectionResetError("the line is cut")

        return StreamingResponse(half(), media_type=media_type, headers={"content-length": str(len(body))})
    if fault == "error_page":
        return Response(b"<html><h1>502 Bad Gateway</h1></html>", status_code=502, media_type="text/html")
    wrong = {"not_json": body[: len(body) // 2], "not_object": b'"busy"', "empty": b""}.get(fault)
    return None if wrong is None else Response(wrong, media_type="application/json")


def _chat(body: Json, fault: Fault) -> Response:
    prompt = "\n".join(_text(message.get("content")) for message in body["messages"] if message["role"] == "user")
    message: Json = {"role": "assistant", "content": None}
    finish = "stop"
    tools = body.get("tools") or []
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    if fault == "refusal":
        message["refusal"] = "I can't help with that."
    elif fault == "content_filter":
        finish = "content_filter"
    elif fault == "prose" or not (tools or schema):
        message["content"] = "Certainly! Here is what you asked for."
    else:
        wanted = schema or tools[0]["function"]["parameters"]
        content = json.dumps(compose(wanted, prompt, fault))
        if fault in {"truncated", "broken_arguments"}:
            content = content[: len(content) // 2]
            finish = "length" if fault == "truncated" else "stop"
        if schema:
            message["content"] = content
        else:
            call = {"name": tools[0]["function"]["name"], "arguments": content}
            message["tool_calls"] = [{"id": f"call_{_number(content)}", "type": "function", "function": call}]
            finish = finish if fault == "truncated" else "tool_calls"
    choice = {"index": 0, "message": None if fault == "null_message" else message, "finish_reason": finish}
    return JSONResponse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": body["model"],
            "choices": [] if fault == "no_choices" else [choice],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
        }
    )


def _messages(body: Json, fault: Fault) -> Response:
    prompt = "\n".join(_text(message["content"]) for message in body["messages"] if message["role"] == "user")
    if tools := body.get("tools"):
        made = compose(tools[0]["input_schema"], prompt, fault)
        block: Json = {"type": "tool_use", "id": f"toolu_{_number(prompt)}", "name": tools[0]["name"], "input": made}
        start: Json = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(made)}
    else:
        text = json.dumps(compose(body["output_config"]["format"]["schema"], prompt, fault))
        block, start = {"type": "text", "text": text}, {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": text}
    message: Json = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [block]}
    end: Json = {"stop_reason": "tool_use" if tools else "end_turn", "stop_sequence": None}
    usage = {"input_tokens": 100, "output_tokens": 50}
    if not body.get("stream"):
        return JSONResponse({**message, **end, "usage": usage})
    nothing_yet = {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 100, "output_tokens": 1}}
    events: list[Json] = [
        {"type": "message_start", "message": {**message, "content": [], **nothing_yet}},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": 50}},
        {"type": "message_stop"},
    ]
    stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return Response(stream, media_type="text/event-stream")


def _embeddings(body: Json, fault: Fault) -> Response:
    inputs = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [{"object": "embedding", "index": at, "embedding": vector(text)} for at, text in enumerate(inputs)]
    if fault == "shuffled":
        data.reverse()
    if fault == "one_vector_missing":
        data.pop()
    usage = {"prompt_tokens": len(inputs), "total_tokens": len(inputs)}
    answer = json.dumps({"object": "list", "data": data, "model": body["model"], "usage": usage})
    if fault == "not_a_number":
        answer = re.sub(r'"embedding": \[[^,]+', '"embedding": [NaN', answer, count=1)
    return Response(answer, media_type="application/json")


def vector(text: str) -> list[float]:
    """A vector of 64 numbers in which texts with the same letters in the same order are near each other."""
    numbers = [0.0] * 64
    padded = f"  {text.casefold()} "
    for at in range(len(padded) - 2):
        numbers[_number(padded[at : at + 3]) % 64] += 1.0
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return [round(number / length, 6) for number in numbers]


def compose(schema: Json, prompt: str, fault: Fault = "none") -> Json:
    """An answer of the form that the schema asks for, about what the prompt's data holds."""
    found = re.search(r"<data>\n(.*?)\n</data>", prompt, re.DOTALL)
    data: Json = json.loads(found.group(1)) if found else {}
    properties = schema["properties"]
    if "ideas" in properties:
        answer = _ideas(data, prompt)
    elif "pages" in properties:
        answer = _pages(data)
    elif "sections" in properties:
        answer = _article(data)
    elif "introduction" in properties:
        answer = _improvement(data)
    else:
        raise ValueError(f"no answer is known for a form with {sorted(properties)}")
    if fault == "wrong_form":
        answer = {name: value for name, value in answer.items() if name in {"title", "introduction"}}
        answer["title"] = "far too long " * 20
    if fault == "wrong_content":
        answer = _off_subject(answer)
    if fault == "hostile":
        for section in answer.get("sections", []):
            section["body"] += (
                "\n\n<script>alert(1)</script> <b onclick='x()'>bold</b> [buy](https://evil.example/?a=1)"
                " [run](javascript:alert(1)) ![pixel](https://evil.example/p.gif)\n\n# A loud heading"
            )
    return answer


def _ideas(data: Json, prompt: str) -> Json:
    count = int(found.group(1)) if (found := re.search(r"Find (\d+) ideas", prompt)) else 1
    phrases = _phrases(data)
    ideas = []
    for phrase in phrases:
        title = _cut(f"{phrase[:1].upper()}{phrase[1:]}: what to know", 60)
        if title not in data.get("taken", []):
            outline = [f"What {other} means" for other in dict.fromkeys([*phrases[:5], "it", "this", "that"])][:5]
            questions = [other for other in phrases if other.split()[0] in {"how", "what", "why", "which"}]
            summary = f"It helps readers who search for {phrase} to decide."
            idea = {"title": title, "keyword": phrase, "outline": outline, "questions": questions, "summary": summary}
            ideas.append(idea)
    return {"ideas": ideas[:count]}


def _article(data: Json) -> Json:
    planned = data.get("article") or data["page"]
    phrases = _phrases(data) or [planned["title"]]
    keyword = planned.get("main_keyword") or phrases[0]
    outline = planned.get("outline") or [f"About {phrase}" for phrase in phrases[:3]] + ["More to read"]
    sections = []
    for at, heading in enumerate(outline):
        other = phrases[at % len(phrases)]
        lines = [
            f"{heading} is what readers of a text on {keyword} ask for in part {at + 1}.",
            f"Those who search for {other} want a plain answer, and {heading.lower()} is where it starts.",
            f"First look at what {other} asks of you, then at what {keyword} changes about it.",
            f"- Write down what you know of {other}.\n- Compare it with {keyword}.\n- Leave out what does not help.",
            f"Nobody can decide on {heading.lower()} for you, but part {at + 1} shows how to go about it with {other}.",
            f"If {other} is new to you, begin with the smallest step that {heading.lower()} allows.",
            f"In the end **{other}** and {keyword} belong together, and {heading.lower()} says why that is so.",
        ]
        sections.append({"heading": heading, "body": "\n\n".join(lines)})
    answers = [
        {
            "question": question,
            "answer": f"For {question.lower()} there is no short rule. Start from {keyword} and see.",
        }
        for question in planned.get("questions", [])
    ]
    return {
        "title": _cut(planned["title"], 60),
        "meta_title": _cut(planned["title"], 60),
        "meta_description": _description(keyword),
        "excerpt": f"What those who search for {keyword} want to know.",
        "introduction": f"You searched for {keyword}. This text says what it means and in which order to go about it.",
        "sections": sections,
        "faq": answers,
        "category": _cut(data.get("cluster", planned["title"]), 40),
        "tags": [_cut(re.sub("[<>]", "", phrase), 40) for phrase in phrases[:5]],
    }


def _improvement(data: Json) -> Json:
    keyword = data["focus_keyword"]
    headings = ", ".join(data["headings"][:4])
    introduction = (
        f"You searched for {keyword}. This text answers the question in the order in which it comes up, in plain words"
        f" and with nothing that you need to know before. It leads through these parts: {headings or 'the main ones'}."
        f" At its end you can decide for yourself what {keyword} asks of you."
    )
    title = (
        data["title"]
        if keyword.casefold() in data["title"].casefold()
        else _cut(f"{keyword.capitalize()}, explained", 60)
    )
    return {"title": title, "meta_description": _description(keyword), "introduction": introduction}


def _pages(data: Json) -> Json:
    pages = [_page("home", None, "Home", f"It welcomes the visitors of {data['site']}.", None)]
    for at, cluster in enumerate(data["clusters"]):
        title = _cut(cluster["name"], 60)
        title = title if len(title) >= 5 else f"About {title}"
        pages.append(_page(f"cluster-{at}", "home", title, f"It explains {cluster['name']}.", cluster["name"]))
    pages.append(_page("about", "home", "About us", "It says who is behind the site.", None))
    return {"pages": pages[::-1]}


def _page(key: str, parent: str | None, title: str, purpose: str, cluster: str | None) -> Json:
    return {"key": key, "parent": parent, "title": title, "slug": key, "purpose": purpose, "cluster": cluster}


def _off_subject(answer: Json) -> Json:
    if "pages" in answer:
        return {"pages": [{**page, "parent": page["parent"] or page["key"]} for page in answer["pages"]]}
    if "ideas" in answer:
        return {"ideas": [{**idea, "keyword": "gardening tips"} for idea in answer["ideas"]]}
    return {**answer, "title": "Something else entirely"}


def _phrases(data: Json) -> list[str]:
    return [item["phrase"] for item in data.get("phrases", [])]


def _description(keyword: str) -> str:
    text = f"What {keyword} means, which questions come with it and how to go about it step by step, in plain words"
    for more in (" and without detours", " for readers who are new to it", ", with answers to common questions"):
        if len(text) < 119:
            text += more
    return _cut(f"{text}.", 160)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0]


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return (
        "\n".join(part.get("text", "") for part in content if isinstance(part, dict))
        if isinstance(content, list)
        else ""
    )


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def _picture(name: str) -> bytes:
    size, _, colour = name.partition("-")
    width, height = (int(side) for side in size.split("x"))
    out = io.BytesIO()
    Image.new("RGB", (width, height), f"#{int(colour):06x}").save(out, "PNG")
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--api-key", default=None, help="let in only who has this key")
    arguments = parser.parse_args()
    fake = FakeOpenAI(port=arguments.port, api_key=arguments.api_key)
    uvicorn.run(fake.app(), host="127.0.0.1", port=arguments.port, log_level="info")


if __name__ == "__main__":
    main()
