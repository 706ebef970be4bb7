"""Procedures: statements, translations, who confirmed what"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "procedure",
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("lifetime_days", sa.Integer, nullable=False),
        sa.Column("helpers", sa.JSON, nullable=False),
        sa.Column("not_stated", sa.JSON, nullable=False),
        sa.Column("uncertain", sa.JSON, nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("imported_at", UTCDateTime, nullable=False),
        sa.Column("packaged_hash", sa.String(64)),
        sa.PrimaryKeyConstraint("topic", name="pk_procedure"),
    )
    op.create_table(
        "procedure_statement",
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("needs_check", sa.Boolean, nullable=False),
        sa.Column("verified_on", sa.Date),
        sa.Column("verified_by", sa.Text),
        sa.Column("verified_source", sa.Text),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("imported_at", UTCDateTime, nullable=False),
        sa.Column("edited_at", UTCDateTime),
        sa.PrimaryKeyConstraint("topic", "key", name="pk_procedure_statement"),
        sa.ForeignKeyConstraint(
            ["topic"], ["procedure.topic"], name="fk_procedure_statement_topic_procedure", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "procedure_translation",
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("language", sa.String(3), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("made_from", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("topic", "key", "language", name="pk_procedure_translation"),
        sa.ForeignKeyConstraint(
            ["topic", "key"],
            ["procedure_statement.topic", "procedure_statement.key"],
            name="fk_procedure_translation_topic_key",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "procedure_statement_event",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_procedure_statement_event"),
    )


def downgrade() -> None:
    for table in ("procedure_statement_event", "procedure_translation", "procedure_statement", "procedure"):
        op.drop_table(table)
