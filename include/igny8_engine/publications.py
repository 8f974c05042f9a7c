"""What is stored of texts at a WordPress, and the way there. What publishes, takes down and imports shares it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.db.tables import Integration, Publication
from igny8_engine.encryption import PasswordSafe
from igny8_engine.parts import Parts
from igny8_engine.wordpress.article import Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.connection import Patience, SiteMemory

LARGEST_ID: Final = 2**63 - 1
"""The largest id that the database can look for."""

UP: Final = frozenset({"publish", "future", "private"})
"""The statuses of posts that are, or will be, on a site for those who may read them."""


async def find_integration(session: AsyncSession, site_id: int, integration_id: int) -> Integration | None:
    """An integration of the site; ``None`` when it has none with that id."""
    if integration_id > LARGEST_ID:
        return None
    return await session.scalar(
        select(Integration).where(Integration.id == integration_id, Integration.site_id == site_id)
    )


async def reencrypt_passwords(session: AsyncSession, safe: PasswordSafe) -> int:
    """Encrypt the passwords of all integrations anew, with the key that new ones are encrypted with; how many.

    Raises:
        MissingSecretKeyError, WrongSecretKeyError: one can't be read; nothing is changed.
    """
    found = (await session.scalars(select(Integration).order_by(Integration.id).with_for_update())).all()
    for integration in found:
        integration.password = safe.renewed(integration.password, integration.name)
    return len(found)


def site_client(
    parts: Parts, integration: Integration, *, patience: Patience | None = None, memory: SiteMemory | None = None
) -> WordPressClient:
    """A client of an integration's WordPress.

    Raises:
        WrongSecretKeyError: its password was encrypted with another key.
    """
    password = parts.passwords.decrypt(integration.password, integration.name)
    return WordPressClient(
        integration.url, integration.username, password, http=parts.http, patience=patience, memory=memory
    )


async def save_receipt(session: AsyncSession, integration_id: int, content_id: int, receipt: Receipt) -> None:
    """Store what is known of a text at an integration."""
    values = {"post_id": receipt.post_id, "receipt": receipt.as_json(), "updated_at": func.now()}
    await session.execute(
        insert(Publication)
        .values(content_id=content_id, integration_id=integration_id, **values)
        .on_conflict_do_update(index_elements=["content_id", "integration_id"], set_=values)
    )
