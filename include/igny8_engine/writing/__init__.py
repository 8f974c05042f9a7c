"""Writing from clusters: what goes in, what comes out, and the writer that needs no model."""
