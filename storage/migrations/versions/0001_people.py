"""People and conversations"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("person_key", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8)),
        sa.Column("city", sa.String(32)),
        sa.Column("updated_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_key", name="pk_person"),
    )
    op.create_table(
        "conversation",
        sa.Column("sender_id", sa.String(128), nullable=False),
        sa.Column("events", sa.Text, nullable=False),
        sa.Column("updated_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("sender_id", name="pk_conversation"),
    )
    op.create_index("ix_conversation_updated_at", "conversation", ["updated_at"])


def downgrade() -> None:
    op.drop_table("conversation")
    op.drop_table("person")
