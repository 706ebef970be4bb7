"""Telegram's updates"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "telegram_update",
        sa.Column("update_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("payload", sa.Text),
        sa.Column("received_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("update_id", name="pk_telegram_update"),
    )
    op.create_index("ix_telegram_update_received_at", "telegram_update", ["received_at"])


def downgrade() -> None:
    op.drop_table("telegram_update")
