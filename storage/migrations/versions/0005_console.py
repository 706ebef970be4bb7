"""Console accounts and sessions"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("city", sa.String(32)),
        sa.Column("failed_tries", sa.Integer, nullable=False),
        sa.Column("locked_until", UTCDateTime),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_account"),
    )
    op.create_table(
        "console_session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_name", sa.String(64), nullable=False),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_console_session"),
        sa.ForeignKeyConstraint(
            ["account_name"], ["account.name"], name="fk_console_session_account_name_account", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_console_session_account_name", "console_session", ["account_name"])


def downgrade() -> None:
    op.drop_table("console_session")
    op.drop_table("account")
