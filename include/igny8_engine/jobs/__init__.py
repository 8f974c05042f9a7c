"""Jobs: asked for over HTTP, queued in PostgreSQL, run by workers, followed by long polls."""
