"""Run the preview site alone: ``python -m igny8_engine.preview --folder F --port P``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvicorn

from igny8_engine.preview.app import create_preview
from igny8_engine.preview.store import PreviewStore


def main() -> None:
    """Serve the site of a folder; with ``--user``, make a user first and print the application password."""
    parser = argparse.ArgumentParser(prog="python -m igny8_engine.preview", description="The IGNY8 preview site.")
    parser.add_argument("--folder", type=Path, required=True, help="where the content is kept; made if missing")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--user", help="make this user, or give it a new application password, which is printed")
    options = parser.parse_args()
    if options.user:
        sys.stdout.write(f"{options.user}: {PreviewStore(options.folder).add_user(options.user)}\n")
        sys.stdout.flush()
    uvicorn.run(create_preview(options.folder), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
