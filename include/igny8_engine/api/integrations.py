"""The WordPress sites that a site publishes to: connected, probed, changed and disconnected."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import httpx
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, SecretStr, TypeAdapter
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from igny8_engine.api.gate import CurrentOwner
from igny8_engine.api.scope import (
    REFUSALS,
    Body,
    EngineParts,
    IntegrationId,
    Name,
    Storable,
    find_site,
    integration_of,
)
from igny8_engine.db.tables import Integration
from igny8_engine.errors import (
    AlreadyExistsError,
    InvalidRequestError,
    NoSuchThingError,
    Problem,
    TargetNotAllowedError,
)
from igny8_engine.parts import Parts
from igny8_engine.publications import site_client
from igny8_engine.wordpress.connection import Patience
from igny8_engine.wordpress.errors import CredentialsRefusedError
from igny8_engine.wordpress.probe import Finding, FindingName, Level, probe

router = APIRouter(prefix="/v1/sites/{slug}/integrations", tags=["sites"], responses=REFUSALS)

_PATIENCE = Patience(attempts=2, timeout=10.0)
"""Somebody waits for the answer."""

Url = Annotated[str, Field(max_length=2000, description="The address of its home page.")]
Username = Annotated[str, Field(min_length=1, max_length=200), Storable]
Password = Annotated[
    SecretStr,
    Field(min_length=1, max_length=500, description="An application password. It is stored encrypted and never shown."),
]


class NewIntegration(Body):
    """A WordPress to be connected."""

    name: Name
    kind: Literal["wordpress"] = "wordpress"
    url: Url
    username: Username
    password: Password


class IntegrationChange(Body):
    """What shall be otherwise; what is left out stays."""

    name: Name | None = None
    url: Url | None = None
    username: Username | None = None
    password: Password | None = None
    revoke: bool = Field(
        default=False,
        description=(
            "Whether the password so far is revoked in the WordPress. That takes a new one that is good; when the old "
            "one can't be revoked, nothing is changed."
        ),
    )


class FindingView(BaseModel):
    """One thing that was looked at on the site."""

    name: FindingName = Field(description="What was looked at.")
    level: Level = Field(
        description="ok; limited: something will not work or be otherwise; failed: nothing can be published."
    )
    message: str = Field(description="What was found, in a sentence.")
    hint: str | None = Field(default=None, description="What to do about it.")


class IntegrationView(BaseModel):
    """A connected WordPress."""

    id: int
    name: str
    kind: str
    url: str
    username: str
    works: bool | None = Field(
        default=None, description="Whether articles can be published there, by the last probe; null before the first."
    )
    findings: list[FindingView] = Field(default=[], description="What the last probe has found.")
    probed_at: dt.datetime | None = None


class Integrations(BaseModel):
    """A site's integrations."""

    items: list[IntegrationView]
    total: int


@router.get("")
async def integrations(owner: CurrentOwner, parts: EngineParts, slug: str) -> Integrations:
    """The site's integrations, without their passwords, each with what its last probe has found."""
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        found = await session.scalars(
            select(Integration).where(Integration.site_id == site.id).order_by(Integration.id)
        )
        views = [_view(integration) for integration in found]
    return Integrations(items=views, total=len(views))


@router.post("", status_code=201)
async def add_integration(
    owner: CurrentOwner, parts: EngineParts, slug: str, integration: NewIntegration
) -> IntegrationView:
    """Connect a WordPress, and say in words what will work there.

    The address must be one that the engine may call. What the probe finds doesn't keep the site from being connected:
    it may be down at the moment.
    """
    url = integration.url.strip().rstrip("/")
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
    await _check_target(parts, url)
    async with parts.database.transaction() as session:
        made = await session.scalar(
            insert(Integration)
            .values(
                site_id=site.id,
                name=integration.name,
                kind=integration.kind,
                url=url,
                username=integration.username,
                password=parts.passwords.encrypt(integration.password.get_secret_value()),
            )
            .on_conflict_do_nothing(index_elements=["site_id", "name"])
            .returning(Integration)
        )
        if made is None:
            raise AlreadyExistsError(f"The site {slug!r} has an integration {integration.name!r} already.")
    return await _probe(parts, made)


@router.patch("/{integration_id}")
async def change_integration(
    owner: CurrentOwner, parts: EngineParts, slug: str, integration_id: IntegrationId, change: IntegrationChange
) -> IntegrationView:
    """Change its name, address, user or password, and probe it anew. What was published there stays known."""
    async with parts.database.transaction() as session:
        integration = await integration_of(session, owner, slug, integration_id)
    values: dict[str, object] = change.model_dump(exclude_none=True, exclude={"password", "revoke"})
    if change.url is not None:
        values["url"] = change.url.strip().rstrip("/")
        await _check_target(parts, str(values["url"]))
    if change.password is not None:
        values["password"] = parts.passwords.encrypt(change.password.get_secret_value())
    if change.revoke:
        await _revoke_old(parts, integration, values)
    if values:
        try:
            async with parts.database.transaction() as session:
                changed = await session.scalar(
                    update(Integration).where(Integration.id == integration.id).values(values).returning(Integration)
                )
        except IntegrityError as error:
            raise AlreadyExistsError(f"The site {slug!r} has an integration {change.name!r} already.") from error
        if changed is None:
            raise NoSuchThingError("integration", integration_id)
        integration = changed
    return await _probe(parts, integration)


@router.post("/{integration_id}/probe")
async def probe_integration(
    owner: CurrentOwner, parts: EngineParts, slug: str, integration_id: IntegrationId
) -> IntegrationView:
    """Look at the site again, and say in words what will work there. Nothing on it is changed."""
    async with parts.database.transaction() as session:
        integration = await integration_of(session, owner, slug, integration_id)
    return await _probe(parts, integration)


@router.delete("/{integration_id}", status_code=204)
async def remove_integration(
    owner: CurrentOwner,
    parts: EngineParts,
    slug: str,
    integration_id: IntegrationId,
    revoke: Annotated[bool, Query(description="Whether the password is revoked in the WordPress first.")] = False,
) -> Response:
    """Disconnect it: the password is deleted, and so is what is known of its posts, which stay on the site.

    When the password shall be revoked and can't be, it stays connected.
    """
    async with parts.database.transaction() as session:
        integration = await integration_of(session, owner, slug, integration_id)
    if revoke:
        await site_client(parts, integration, patience=_PATIENCE).revoke_password()
    async with parts.database.transaction() as session:
        await session.execute(delete(Integration).where(Integration.id == integration.id))
    return Response(status_code=204)


async def _check_target(parts: Parts, url: str) -> None:
    try:
        await parts.targets.check(url)
    except TargetNotAllowedError as error:
        raise InvalidRequestError([Problem("url", error.message, url)], hint=error.hint) from error
    except httpx.ConnectError as error:
        raise InvalidRequestError([Problem("url", str(error), url)]) from error


async def _revoke_old(parts: Parts, integration: Integration, values: dict[str, object]) -> None:
    """Revoke the password so far, once the new one has been seen to be good.

    Before the new one is stored: a process that dies in between leaves a connection that says so, and not a password
    that is good and that nobody knows of.
    """
    if "password" not in values:
        raise InvalidRequestError([Problem("password", "it is missing: the old one is revoked for a new one", None)])
    kept = {name: getattr(integration, name) for name in ("name", "url", "username", "password")}
    renewed = Integration(**kept | values)
    try:
        await site_client(parts, renewed, patience=_PATIENCE).user()
    except CredentialsRefusedError as error:
        raise InvalidRequestError([Problem("password", error.message, None)], hint=error.hint) from error
    await site_client(parts, integration, patience=_PATIENCE).revoke_password()


async def _probe(parts: Parts, integration: Integration) -> IntegrationView:
    """Look at the site, and keep what was found."""
    client = site_client(parts, integration, patience=_PATIENCE)
    found = TypeAdapter(list[Finding]).dump_python(await probe(client), mode="json")
    async with parts.database.transaction() as session:
        kept = await session.scalar(
            update(Integration)
            .where(Integration.id == integration.id)
            .values(findings=found, probed_at=func.now())
            .returning(Integration)
        )
        if kept is None:
            raise NoSuchThingError("integration", integration.id)
        return _view(kept)


def _view(integration: Integration) -> IntegrationView:
    view = IntegrationView.model_validate(integration, from_attributes=True)
    if integration.probed_at is not None:
        view.works = all(finding.level != "failed" for finding in view.findings)
    return view
