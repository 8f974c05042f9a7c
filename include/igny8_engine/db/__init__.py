"""The engine's PostgreSQL database: its tables, connections and migrations."""
