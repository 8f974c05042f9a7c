"""``python -m igny8.api`` prints the OpenAPI document, as docs/automation-openapi.json holds it."""

from __future__ import annotations

import sys

from igny8.api.app import create_app
from igny8.api.openapi import document_text

if __name__ == "__main__":
    sys.stdout.write(document_text(create_app()))
