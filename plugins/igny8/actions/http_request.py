"""Call another system over HTTP: the action of one's own that comes along, written as docs/own-actions.md tells."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag, model_validator

from igny8.actions.base import ActionParams, ActionType, Price
from igny8.actions.own import FREE, ActionOutputs, ActionRun, outputs_of
from igny8.actions.params import REFERENCE, AnyValue

_SECRET_HEADER: Final = re.compile(r"authorization|cookie|token|secret|signature|password|api-?key", re.IGNORECASE)
_OWN_HEADERS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "idempotency-key", "te", "transfer-encoding", "upgrade"}
)
_SECRET_NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,59}$"  # noqa: S105 - what the names of secrets look like


class Secret(BaseModel):
    """A secret by the name under which Airflow keeps it; the rule never holds the secret itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection: str | None = Field(
        default=None,
        pattern=_SECRET_NAME,
        description=(
            "The password of the Airflow connection igny8_action_<account>_<this name>. "
            "It is sent to no other host than the connection's."
        ),
    )
    variable: str | None = Field(
        default=None,
        pattern=_SECRET_NAME,
        description="The Airflow variable igny8_action_<account>_<this name>.",
    )
    prefix: str = Field(
        default="",
        max_length=50,
        pattern=r"^[\x20-\x7e]*$",
        description="What stands before the secret in the header, for example 'Bearer ' with a space at its end.",
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.connection is None) == (self.variable is None):
            raise ValueError("a secret is named by a connection or by a variable, and by one of them only")
        return self


def _header_shape(value: object) -> Literal["secret", "text"]:
    return "secret" if isinstance(value, Mapping | Secret) else "text"


HeaderValue = Annotated[
    Annotated[str, Field(max_length=4000, pattern=r"^[\x20-\x7e]*$"), Tag("text")] | Annotated[Secret, Tag("secret")],
    Discriminator(_header_shape),
]


def _usable_url(value: str) -> str:
    if not REFERENCE.match(value):
        parts = urlsplit(value)
        if parts.username is not None or parts.password is not None:
            raise ValueError("the address holds a login; put it into a connection, and name that in headers")
    return value


class HttpRequestParams(ActionParams):
    """What to send where, and what to expect."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="POST", description="The method of the request."
    )
    url: Annotated[str, AfterValidator(_usable_url), AnyValue] = Field(
        max_length=2000,
        examples=["https://example.com/hook"],
        pattern=rf"^https?://[^\s/?#]+[^\s#]*$|{REFERENCE.pattern.replace('?P<path>', '?:')}",
        description=(
            "The address, which begins with https:// or http://. Its host has to be among those that IGNY8_HTTP_HOSTS "
            "allows."
        ),
    )
    query: Annotated[dict[str, JsonValue], AnyValue] = Field(
        default={}, max_length=50, description="What is added to the address after a question mark, by name."
    )
    headers: dict[str, HeaderValue] = Field(
        default={},
        max_length=30,
        description=(
            "The headers of the request by name: a text, or a secret by the name of an Airflow connection or variable, "
            "such as {connection: crm, prefix: 'Bearer '}."
        ),
    )
    body: Annotated[JsonValue, AnyValue] = Field(
        default=None, description="What is sent as JSON; references in it keep their types. Left out, nothing is."
    )
    expected_status: list[Annotated[int, Field(strict=True, ge=200, le=599)]] = Field(
        default=[],
        max_length=20,
        description="The statuses that mean success; left out, every one from 200 to 299.",
    )
    take: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$",
        description=(
            "The dotted path of the part of the answer that becomes the output value, such as data.items.0.id. "
            "Left out, it is the whole answer."
        ),
    )
    timeout: float = Field(
        default=30, gt=0, le=120, description="How long the whole exchange may take, in seconds; 120 at most."
    )

    @model_validator(mode="after")
    def _headers_can_be_sent(self) -> Self:
        for name, value in self.headers.items():
            if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", name):
                raise ValueError(f"'{name}' cannot be the name of a header")
            if name.lower() in _OWN_HEADERS:
                raise ValueError(f"the header {name} is set by the action itself")
            if isinstance(value, str) and _SECRET_HEADER.search(name):
                raise ValueError(
                    f"the header {name} holds a secret, which does not belong into a rule: keep it in an Airflow "
                    "connection or variable, and name that, for example {connection: crm, prefix: 'Bearer '}"
                )
        return self

    def price(self) -> Price:
        """What it costs: nothing of the engine's."""
        return FREE


class HttpRequestOutputs(ActionOutputs):
    """What came of it."""

    status: int = Field(description="The status of the answer.")
    value: JsonValue = Field(description="The part of the answer that was asked for, or all of it; null for no JSON.")


async def run(params: HttpRequestParams, run: ActionRun) -> HttpRequestOutputs:
    """Send the request, and take what was asked for out of the answer.

    Raises:
        ActionNotDoneError: it could not be sent, or the answer is not as expected.
    """
    # Rules are checked without an HTTP client, which takes long to import.
    from igny8.actions.http_calling import call  # noqa: PLC0415
    from igny8.targets import read_hosts  # noqa: PLC0415

    status, value = await call(
        params,
        run,
        hosts=read_hosts(os.environ.get("IGNY8_HTTP_HOSTS", "")),
        private_hosts=read_hosts(os.environ.get("IGNY8_ALLOWED_HOSTS", "")),
    )
    return HttpRequestOutputs(status=status, value=value)


HTTP_REQUEST = ActionType(
    name="http_request",
    title="HTTP request",
    description=(
        "Sends a request to another system, and hands on its status and what it answers. Only hosts that the operator "
        "allows are called. What is busy or away is tried again, with the same Idempotency-Key."
    ),
    params=HttpRequestParams,
    outputs=outputs_of(HttpRequestOutputs),
    prices=(str(FREE),),
    emits=(),
    phrase="call {url} by {method}",
    run=run,
)
