"""The engine's HTTP API, all of it under /v1."""
