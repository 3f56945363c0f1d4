"""Contexts and where they come from."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "provenance",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_table(
        "context",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("id", sa.LargeBinary(32), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("mixture", sa.Text),
        sa.Column("strength", sa.Double, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("provenance", sa.Integer, sa.ForeignKey("provenance.number"), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("context_id", "context", ["id", "owner"], unique=True)
    named = sa.text("name IS NOT NULL")
    op.create_index(
        "context_name", "context", ["name", "owner"], unique=True, sqlite_where=named, postgresql_where=named
    )
    op.create_index("context_owner", "context", ["owner", "number"])
    op.create_index(
        "context_public",
        "context",
        ["number"],
        sqlite_where=sa.text("public = 1"),
        postgresql_where=sa.text("public"),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("context")
    op.drop_table("provenance")
