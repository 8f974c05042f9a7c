"""A MariaDB of one site's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from igny8_local.processes import Processes
from igny8_local.wordpress.errors import NoWordPressError
from igny8_local.wordpress.programs import Programs

_READY: Final = 60.0
_INITIALISING: Final = 120.0
_LONGEST_SOCKET_PATH: Final = 107


@dataclass(slots=True)
class MariaDb:
    """The server, on which nothing but a socket listens; it ends with the site's other processes."""

    folder: Path
    """The site's."""
    programs: Programs
    processes: Processes
    _socket: Path = field(init=False)

    def __post_init__(self) -> None:
        self._socket = self._socket_folder() / "mariadb.sock"

    @property
    def environment(self) -> Mapping[str, str]:
        """What PHP has to know to find it."""
        return {"LOCAL_WORDPRESS_SOCKET": str(self._socket)}

    def start(self) -> None:
        """Start it, with tables of its own if it has none yet.

        Raises:
            NoWordPressError, ProcessEndedError, NotHealthyError: each says what to do.
        """
        if not (self._data / "mysql").is_dir():
            self._initialise()
        self._socket.unlink(missing_ok=True)
        command = [*self._command(), "--skip-networking", f"--socket={self._socket}"]
        self.processes.start("mariadb", command, self.programs.environment)
        self.processes.wait_ready("mariadb", lambda: None if self._socket.exists() else "no socket yet", _READY)

    def _initialise(self) -> None:
        """Make the server's own tables, as its installer does."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(parents=True)
        share = self.programs.mariadb_share
        files = [
            "*_system_tables.sql",
            "*_performance_tables.sql",
            "*_system_tables_data.sql",
            "*_gis_sp_bootstrap.sql",
        ]
        first = ["create database if not exists mysql", "use mysql"]
        first += ["set @auth_root_socket=NULL", "set @skip_auth_anonymous=1"]
        told = "".join(f"{statement};\n" for statement in first)  # each statement has to end its line
        told += "".join(next(share.glob(name)).read_text(encoding="utf-8") for name in files)
        result = subprocess.run(  # noqa: S603 - the package's own program
            [*self._command(), "--bootstrap", "--max-allowed-packet=8M"],
            check=False, input=told, capture_output=True, text=True, env=self.programs.environment,
            timeout=_INITIALISING,
        )  # fmt: skip
        if result.returncode:
            raise NoWordPressError(f"MariaDB's tables can't be made: {result.stderr[-1000:]}")

    def _command(self) -> list[str]:
        share = self.programs.mariadb_share
        options = {
            "basedir": self.programs.mariadb.parents[1],
            "lc-messages-dir": share,
            "character-sets-dir": share / "charsets",
            "datadir": self._data,
            "tmpdir": self._data,
            "innodb-buffer-pool-size": "32M",
            "innodb-log-file-size": "8M",
            "innodb-flush-log-at-trx-commit": "0",
            "performance-schema": "off",
        }
        as_root = ["--user=root"] if os.geteuid() == 0 else []  # the folder is ours alone, and so is the socket
        program = str(self.programs.mariadb)
        return [program, "--no-defaults", *as_root, *(f"--{name}={value}" for name, value in options.items())]

    @property
    def _data(self) -> Path:
        return self.folder / "database"

    def _socket_folder(self) -> Path:
        if len(os.fsencode(self.folder / "mariadb.sock")) <= _LONGEST_SOCKET_PATH:
            self.folder.chmod(0o700)
            return self.folder
        folder = Path(tempfile.mkdtemp(prefix="igny8-"))
        self.processes.remove_at_end(folder)
        return folder
