"""Tags of contexts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tag",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column(
            "context", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False, primary_key=True
        ),
        sa.ForeignKeyConstraint(["context"], ["context.number"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("tag_context", "tag", ["context"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("tag")
