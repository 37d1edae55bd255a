"""Run by Alembic: works on the connection that the store has opened."""

from __future__ import annotations

from alembic import context

from grader.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=False,  # the store's own transaction is around it
)
context.run_migrations()
