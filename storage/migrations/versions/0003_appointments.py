"""The agenda and the outbox"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "shop",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("example", sa.Boolean, nullable=False),
        sa.Column("notice_minutes", sa.Integer, nullable=False),
        sa.Column("horizon_days", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("shop_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_resource_shop_id"),
        sa.UniqueConstraint("shop_id", "name", name="uq_resource_shop_id_name"),
    )
    op.create_table(
        "appointment_type",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("shop_id", sa.String(32), nullable=False),
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("resource_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment_type"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_appointment_type_shop_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_appointment_type_resource_id"),
        sa.UniqueConstraint("shop_id", "service", name="uq_appointment_type_shop_id_service"),
    )
    op.create_table(
        "availability",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("resource_id", sa.Integer, nullable=False),
        sa.Column("weekday", sa.Integer, nullable=False),
        sa.Column("opens", sa.String(5), nullable=False),
        sa.Column("closes", sa.String(5), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_availability"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_availability_resource_id"),
    )
    op.create_index("ix_availability_resource_id", "availability", ["resource_id"])
    op.create_table(
        "closure",
        sa.Column("shop_id", sa.String(32), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "day", name="pk_closure"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_closure_shop_id"),
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("shop_id", sa.String(32), nullable=False),
        sa.Column("resource_id", sa.Integer, nullable=False),
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("person_key", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address_encrypted", sa.Text),
        sa.Column("booked_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_appointment_shop_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_appointment_resource_id"),
        sa.UniqueConstraint("code", name="uq_appointment_code"),
    )
    op.create_index("ix_appointment_shop_id_starts_at", "appointment", ["shop_id", "starts_at"])
    op.create_index("ix_appointment_person_key", "appointment", ["person_key"])
    op.create_table(
        "slot_claim",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("shop_id", sa.String(32), nullable=False),
        sa.Column("resource_id", sa.Integer, nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("appointment_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slot_claim"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_slot_claim_shop_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_slot_claim_resource_id"),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name="fk_slot_claim_appointment_id"),
        sa.UniqueConstraint(
            "shop_id", "resource_id", "starts_at", "seat", name="uq_slot_claim_shop_id_resource_id_starts_at_seat"
        ),
    )
    op.create_index("ix_slot_claim_appointment_id", "slot_claim", ["appointment_id"])
    op.create_table(
        "appointment_event",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("appointment_id", sa.String(36), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment_event"),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name="fk_appointment_event_appointment_id"),
    )
    op.create_index("ix_appointment_event_appointment_id", "appointment_event", ["appointment_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("person_key", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address_encrypted", sa.Text),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("due_at", UTCDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_due_at", "notice", ["due_at"])
    op.create_index("ix_notice_person_key", "notice", ["person_key"])


def downgrade() -> None:
    for table in (
        "notice", "appointment_event", "slot_claim", "appointment", "closure", "availability", "appointment_type",
        "resource", "shop",
    ):  # fmt: skip
        op.drop_table(table)
