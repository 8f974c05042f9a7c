"""What the engine is made of while it runs."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from igny8_engine.db.connect import Database
from igny8_engine.encryption import PasswordSafe
from igny8_engine.providers import Providers
from igny8_engine.settings import Settings
from igny8_engine.targets import GuardedTransport, guarded_client


@dataclass(slots=True)
class Parts:
    """The connections and providers that requests and jobs share."""

    settings: Settings
    database: Database
    providers: Providers
    passwords: PasswordSafe
    targets: GuardedTransport
    http: httpx.AsyncClient
    """For calls to addresses that users give."""

    @classmethod
    def assemble(cls, settings: Settings) -> Parts:
        """Make the parts that these settings ask for; nothing is connected to yet."""
        # What draws and writes is heavy to import, and not every command needs it.
        from igny8_engine.providers import choose  # noqa: PLC0415
        from igny8_engine.writing.cards import CardIllustrator  # noqa: PLC0415
        from igny8_engine.writing.offline import OfflineWriter  # noqa: PLC0415

        targets = GuardedTransport(settings.allowed_hosts)
        http = guarded_client(targets)

        async def fetch_image(url: str) -> bytes:
            response = await http.get(url, follow_redirects=True)
            response.raise_for_status()
            return response.content

        key, image_key = settings.llm_api_key, settings.image_api_key
        providers = choose(
            offline=OfflineWriter(),
            card=CardIllustrator(),
            llm_model=settings.llm_model,
            llm_base_url=settings.llm_base_url,
            llm_api_key=key.get_secret_value() if key else None,
            image_model=settings.image_model,
            image_base_url=settings.image_base_url,
            image_api_key=image_key.get_secret_value() if image_key else None,
            embedding_model=settings.embedding_model,
            fetch_image=fetch_image,
        )
        return cls(
            settings=settings,
            database=Database(settings.database),
            providers=providers,
            passwords=PasswordSafe(settings.secret_key),
            targets=targets,
            http=http,
        )

    async def close(self) -> None:
        """Let go of every connection."""
        await self.http.aclose()
        await self.database.close()
