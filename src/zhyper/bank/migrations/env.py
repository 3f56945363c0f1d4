"""What Alembic runs: the revisions on a connection that `zhyper.bank._migrate` opened, in its transaction."""

from alembic import context

from zhyper.bank._catalogue_tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
