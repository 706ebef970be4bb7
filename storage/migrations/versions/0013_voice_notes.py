"""Voice notes that Telegram has: what they are of, and the id to send them again by"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "voice_note",
        sa.Column("bot_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("file_id", sa.Text, nullable=False),
        sa.Column("used_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "key", name="pk_voice_note"),
    )
    op.create_index("ix_voice_note_used_at", "voice_note", ["used_at"])


def downgrade() -> None:
    op.drop_table("voice_note")
