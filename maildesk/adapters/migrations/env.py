"""Alembic's environment: run the steps on the connection and inside the transaction that the caller hands over.

Loaded by Alembic, called from `adapters.store.migrate`. It never opens a connection and never commits.
"""

from alembic import context

from maildesk.adapters.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
