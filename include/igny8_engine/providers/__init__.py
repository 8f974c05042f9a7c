"""What the engine gets its texts, images and vectors from when it is connected to models.

Importing this package costs nothing: the libraries that speak to models are loaded by :func:`choose`, and only when a
model is named.
"""

from igny8_engine.providers.choose import Providers, choose

__all__ = ["Providers", "choose"]
