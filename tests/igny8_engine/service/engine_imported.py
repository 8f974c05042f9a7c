"""The engine, imported, with all that it makes of itself once: four seconds of a core, spent once for all processes."""

from __future__ import annotations

import os

import uvicorn

import igny8_engine.title_vectors
from igny8_engine.app import create_app
from igny8_engine.settings import Settings

__all__ = ["PROCESS", "igny8_engine", "uvicorn"]

PROCESS = os.getpid()
"""Who has done it."""

create_app(Settings.model_construct(database="postgresql:///"), with_worker=False)
