"""What Alembic runs to migrate: on the connection that :func:`igny8_engine.db.migrate.migrate` gives it."""

from alembic import context

from igny8_engine.db.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
