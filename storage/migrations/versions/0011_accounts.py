"""Accounts with several cities, a language and passwords for once; sessions that can be told apart; audit; staff on Telegram"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "account_city",
        sa.Column("account_name", sa.String(64), nullable=False),
        sa.Column("city", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("account_name", "city", name="pk_account_city"),
        sa.ForeignKeyConstraint(
            ["account_name"], ["account.name"], name="fk_account_city_account_name_account", ondelete="CASCADE"
        ),
    )
    op.execute("INSERT INTO account_city (account_name, city) SELECT name, city FROM account WHERE city IS NOT NULL")
    # Recreating the table on SQLite would delete what refers to it: a column alone is dropped in place.
    op.drop_column("account", "city")
    op.add_column("account", sa.Column("language", sa.String(2), nullable=False, server_default="it"))
    op.add_column("account", sa.Column("must_change", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("account", sa.Column("disabled_at", UTCDateTime))
    op.add_column("console_session", sa.Column("started_at", UTCDateTime))
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("city", sa.String(32)),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_table(
        "staff_link",
        sa.Column("account_name", sa.String(64), nullable=False),
        sa.Column("cities", sa.JSON, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("unit_id", sa.String(36)),
        sa.Column("tells", sa.Boolean, nullable=False),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("code_expires_at", UTCDateTime),
        sa.Column("person_key", sa.String(64)),
        sa.Column("address_encrypted", sa.Text),
        sa.Column("told_at", UTCDateTime),
        sa.PrimaryKeyConstraint("account_name", name="pk_staff_link"),
        sa.UniqueConstraint("code_hash", name="uq_staff_link_code_hash"),
        sa.UniqueConstraint("person_key", name="uq_staff_link_person_key"),
    )


def downgrade() -> None:
    op.drop_table("staff_link")
    op.drop_table("audit_entry")
    op.drop_column("console_session", "started_at")
    # Somebody who was shut out must not come in again; who had several cities keeps one.
    op.execute(
        "DELETE FROM console_session WHERE account_name IN (SELECT name FROM account WHERE disabled_at IS NOT NULL)"
    )
    op.execute(
        "DELETE FROM account_city WHERE account_name IN (SELECT name FROM account WHERE disabled_at IS NOT NULL)"
    )
    op.execute("DELETE FROM account WHERE disabled_at IS NOT NULL")
    for name in ("disabled_at", "must_change", "language"):
        op.drop_column("account", name)
    op.add_column("account", sa.Column("city", sa.String(32)))
    op.execute(
        "UPDATE account SET city = (SELECT min(city) FROM account_city WHERE account_city.account_name = account.name)"
    )
    op.drop_table("account_city")
