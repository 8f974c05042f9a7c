"""A Chromium to try the pages in: the machine's own, or Debian's package, fetched once and unpacked without root."""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Playwright

from igny8_local.paths import REPOSITORY
from igny8_local.wordpress.debian import Apt, can_unpack
from igny8_local.wordpress.errors import NoWordPressError

CACHE = REPOSITORY / ".cache" / "chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES = ("chromium", "fonts-dejavu-core")


class NoChromiumError(Exception):
    """There is none here, and none can be fetched."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The web pages are tested in Chromium, and this machine can't have one: {reason}. Install it (on Debian: "
            "apt-get install chromium), or name one in CHROMIUM."
        )


@dataclass(frozen=True)
class Chromium:
    """A program and what it needs around it."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def found(cls) -> Chromium:
        """The one that ``CHROMIUM`` names, else one that is installed, else one that is fetched (about 100 MB).

        Raises:
            NoChromiumError: there is none to be had.
        """
        if named := os.environ.get("CHROMIUM", "").strip():
            if not Path(named).exists():
                raise NoChromiumError(f"CHROMIUM names {named}, which is not there")
            return cls(Path(named))
        installed = next((path for name in _NAMES if (path := shutil.which(name))), None)
        return cls(Path(installed)) if installed else cls._fetched()

    async def launch(self, playwright: Playwright) -> Browser:
        """Start it, without a window."""
        return await playwright.chromium.launch(
            executable_path=self.program,
            env={**os.environ, **self.environment},
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )

    @classmethod
    def _fetched(cls) -> Chromium:
        root = CACHE / "root"
        program = root / "usr/lib/chromium/chromium"
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (CACHE / "fetched").exists():
                if not can_unpack():
                    raise NoChromiumError("it has neither one installed nor apt-get and dpkg-deb")
                shutil.rmtree(root, ignore_errors=True)
                apt = Apt(CACHE / "apt")
                try:
                    apt.update()
                    apt.unpack(apt.missing(_PACKAGES), root)
                except NoWordPressError as error:
                    raise NoChromiumError(error.reason) from error
                shutil.rmtree(CACHE / "apt")
                (CACHE / "fetched").touch()
        if not program.exists():
            raise NoChromiumError(f"Debian's package has no {program.relative_to(root)}")
        # Some libraries are in folders of their own, as pulseaudio's is.
        held = {path.parent for place in ("usr/lib", "lib") for path in root.glob(f"{place}/*-linux-gnu/**/lib*.so*")}
        folders = [program.parent, *sorted(held)]
        fonts = root / "etc/fonts/fonts.conf"
        environment = {"LD_LIBRARY_PATH": os.pathsep.join(map(str, folders))}
        if not Path("/etc/fonts/fonts.conf").exists() and fonts.exists():
            own = CACHE / "fonts.conf"
            own.write_text(f'<?xml version="1.0"?><fontconfig><dir>{root}/usr/share/fonts</dir></fontconfig>')
            environment["FONTCONFIG_FILE"] = str(own)
        return cls(program, environment)
