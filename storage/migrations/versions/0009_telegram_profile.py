"""What Telegram was told last of the bot's name, descriptions and commands"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "telegram_profile",
        sa.Column("bot_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "item", name="pk_telegram_profile"),
    )


def downgrade() -> None:
    op.drop_table("telegram_profile")
