"""Desks that share a type, pauses, exceptions, held and offered times, waiting list, interpreters, feeds"""

from datetime import datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0006"
down_revision = "0005"

QUARTER = 15 * 60
CLAIM_KEY = "uq_slot_claim_shop_id_resource_id_{}_seat"


def upgrade() -> None:
    with op.batch_alter_table("shop") as batch:
        batch.add_column(sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
        batch.add_column(sa.Column("feed_token", sa.String(43)))
        batch.create_unique_constraint("uq_shop_feed_token", ["feed_token"])
    with op.batch_alter_table("resource") as batch:
        batch.add_column(sa.Column("feed_token", sa.String(43)))
        batch.create_unique_constraint("uq_resource_feed_token", ["feed_token"])
    op.create_table(
        "type_resource",
        sa.Column("type_id", sa.Integer, nullable=False),
        sa.Column("resource_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("type_id", "resource_id", name="pk_type_resource"),
        sa.ForeignKeyConstraint(["type_id"], ["appointment_type.id"], name="fk_type_resource_type_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_type_resource_resource_id"),
    )
    op.execute("INSERT INTO type_resource (type_id, resource_id) SELECT id, resource_id FROM appointment_type")
    with op.batch_alter_table("appointment_type") as batch:
        batch.drop_constraint("fk_appointment_type_resource_id", type_="foreignkey")
        batch.drop_column("resource_id")
        batch.add_column(sa.Column("notice_minutes", sa.Integer))
        batch.add_column(sa.Column("horizon_days", sa.Integer))
        batch.add_column(sa.Column("languages", sa.JSON, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("booked_by", sa.String(8), nullable=False, server_default="person"))
        batch.add_column(sa.Column("interpreter", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("availability") as batch:
        batch.add_column(sa.Column("pause", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "plan_exception",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("resource_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("opens", sa.String(5)),
        sa.Column("closes", sa.String(5)),
        sa.PrimaryKeyConstraint("id", name="pk_plan_exception"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_plan_exception_resource_id"),
    )
    op.create_index("ix_plan_exception_resource_id_day", "plan_exception", ["resource_id", "day"])
    _create_interpreters()
    with op.batch_alter_table("appointment") as batch:
        batch.add_column(sa.Column("seat", sa.Integer))
        batch.add_column(sa.Column("changes", sa.Integer, nullable=False, server_default="0"))
        batch.add_column(sa.Column("expires_at", UTCDateTime))
        batch.add_column(sa.Column("moves", sa.String(36)))
        batch.add_column(sa.Column("walk_in", sa.Boolean, nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("checked_in_at", UTCDateTime))
        batch.add_column(sa.Column("note", sa.String(200)))
        batch.add_column(sa.Column("interpreter_language", sa.String(3)))
        batch.add_column(sa.Column("interpreter_gender", sa.String(8)))
        batch.add_column(sa.Column("interpreter_id", sa.Integer))
        batch.create_foreign_key("fk_appointment_interpreter_id", "interpreter", ["interpreter_id"], ["id"])
        batch.create_index("ix_appointment_expires_at", ["expires_at"])
    op.create_table(
        "interpreter_claim",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("interpreter_id", sa.Integer, nullable=False),
        sa.Column("cell", sa.Integer, nullable=False),
        sa.Column("appointment_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interpreter_claim"),
        sa.ForeignKeyConstraint(["interpreter_id"], ["interpreter.id"], name="fk_interpreter_claim_interpreter_id"),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name="fk_interpreter_claim_appointment_id"),
        sa.UniqueConstraint("interpreter_id", "cell", name="uq_interpreter_claim_interpreter_id_cell"),
    )
    op.create_index("ix_interpreter_claim_appointment_id", "interpreter_claim", ["appointment_id"])
    _claims_by_number()
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("appointment_id", sa.String(36)))
        batch.add_column(sa.Column("dedupe_key", sa.String(80)))
        batch.add_column(sa.Column("expires_at", UTCDateTime))
        batch.create_unique_constraint("uq_notice_dedupe_key", ["dedupe_key"])
        batch.create_index("ix_notice_appointment_id", ["appointment_id"])
    op.create_table(
        "waiting_entry",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("shop_id", sa.String(32), nullable=False),
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("person_key", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address_encrypted", sa.Text),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("last_day", sa.Date),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("priority_by", sa.String(64)),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("appointment_id", sa.String(36)),
        sa.Column("refused", sa.JSON, nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_entry"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_waiting_entry_shop_id"),
    )
    op.create_index("ix_waiting_entry_shop_id_service_status", "waiting_entry", ["shop_id", "service", "status"])
    op.create_index("ix_waiting_entry_person_key", "waiting_entry", ["person_key"])


def _create_interpreters() -> None:
    op.create_table(
        "interpreter",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("shop_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("gender", sa.String(8), nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interpreter"),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name="fk_interpreter_shop_id"),
        sa.UniqueConstraint("shop_id", "name", name="uq_interpreter_shop_id_name"),
    )
    op.create_table(
        "interpreter_window",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("interpreter_id", sa.Integer, nullable=False),
        sa.Column("weekday", sa.Integer, nullable=False),
        sa.Column("opens", sa.String(5), nullable=False),
        sa.Column("closes", sa.String(5), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_interpreter_window"),
        sa.ForeignKeyConstraint(["interpreter_id"], ["interpreter.id"], name="fk_interpreter_window_interpreter_id"),
    )
    op.create_index("ix_interpreter_window_interpreter_id", "interpreter_window", ["interpreter_id"])


def _claims_by_number() -> None:
    """Quarters of an hour as numbers instead of times; each appointment learns its seat."""
    with op.batch_alter_table("slot_claim") as batch:
        batch.add_column(sa.Column("cell", sa.Integer))
        batch.add_column(sa.Column("expires_at", sa.Integer))
    claim = sa.table(
        "slot_claim", sa.column("id"), sa.column("starts_at", UTCDateTime), sa.column("cell"), sa.column("seat"),
        sa.column("appointment_id"),
    )  # fmt: skip
    appointment = sa.table("appointment", sa.column("id"), sa.column("seat"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(claim.c.id, claim.c.starts_at)).all():
        cell = int(row.starts_at.timestamp()) // QUARTER
        connection.execute(sa.update(claim).where(claim.c.id == row.id).values(cell=cell))
    seat = sa.select(sa.func.min(claim.c.seat)).where(claim.c.appointment_id == appointment.c.id).scalar_subquery()
    connection.execute(sa.update(appointment).values(seat=seat))
    with op.batch_alter_table("slot_claim") as batch:
        batch.drop_constraint(CLAIM_KEY.format("starts_at"), type_="unique")
        batch.drop_column("starts_at")
        batch.alter_column("cell", existing_type=sa.Integer, nullable=False)
        batch.create_unique_constraint(CLAIM_KEY.format("cell"), ["shop_id", "resource_id", "cell", "seat"])
    held = sa.text("expires_at IS NOT NULL")
    op.create_index("ix_slot_claim_expires_at", "slot_claim", ["expires_at"], sqlite_where=held, postgresql_where=held)


def downgrade() -> None:
    op.drop_table("waiting_entry")
    with op.batch_alter_table("notice") as batch:
        batch.drop_index("ix_notice_appointment_id")
        batch.drop_constraint("uq_notice_dedupe_key", type_="unique")
        for column in ("appointment_id", "dedupe_key", "expires_at"):
            batch.drop_column(column)
    _claims_by_time()
    op.drop_table("interpreter_claim")
    with op.batch_alter_table("appointment") as batch:
        batch.drop_index("ix_appointment_expires_at")
        batch.drop_constraint("fk_appointment_interpreter_id", type_="foreignkey")
        for column in (
            "seat", "changes", "expires_at", "moves", "walk_in", "checked_in_at", "note", "interpreter_language",
            "interpreter_gender", "interpreter_id",
        ):  # fmt: skip
            batch.drop_column(column)
    op.drop_table("interpreter_window")
    op.drop_table("interpreter")
    op.drop_table("plan_exception")
    op.execute("DELETE FROM availability WHERE pause")
    with op.batch_alter_table("availability") as batch:
        batch.drop_column("pause")
    with op.batch_alter_table("appointment_type") as batch:
        for column in ("notice_minutes", "horizon_days", "languages", "booked_by", "interpreter"):
            batch.drop_column(column)
        batch.add_column(sa.Column("resource_id", sa.Integer))
    op.execute(
        "UPDATE appointment_type SET resource_id = "
        "(SELECT min(resource_id) FROM type_resource WHERE type_id = appointment_type.id)"
    )
    with op.batch_alter_table("appointment_type") as batch:
        batch.alter_column("resource_id", existing_type=sa.Integer, nullable=False)
        batch.create_foreign_key("fk_appointment_type_resource_id", "resource", ["resource_id"], ["id"])
    op.drop_table("type_resource")
    with op.batch_alter_table("resource") as batch:
        batch.drop_constraint("uq_resource_feed_token", type_="unique")
        batch.drop_column("feed_token")
    with op.batch_alter_table("shop") as batch:
        batch.drop_constraint("uq_shop_feed_token", type_="unique")
        batch.drop_column("feed_token")
        batch.drop_column("revision")


def _claims_by_time() -> None:
    """What is held or offered did not exist before: it goes."""
    op.execute("DELETE FROM slot_claim WHERE expires_at IS NOT NULL")
    op.execute("DELETE FROM appointment WHERE status IN ('held', 'offered')")
    with op.batch_alter_table("slot_claim") as batch:
        batch.add_column(sa.Column("starts_at", UTCDateTime))
    claim = sa.table("slot_claim", sa.column("id"), sa.column("starts_at", UTCDateTime), sa.column("cell"))
    connection = op.get_bind()
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    for row in connection.execute(sa.select(claim.c.id, claim.c.cell)).all():
        starts_at = epoch + timedelta(seconds=row.cell * QUARTER)
        connection.execute(sa.update(claim).where(claim.c.id == row.id).values(starts_at=starts_at))
    op.drop_index("ix_slot_claim_expires_at", "slot_claim")
    with op.batch_alter_table("slot_claim") as batch:
        batch.drop_constraint(CLAIM_KEY.format("cell"), type_="unique")
        batch.drop_column("cell")
        batch.drop_column("expires_at")
        batch.alter_column("starts_at", existing_type=UTCDateTime(), nullable=False)
        batch.create_unique_constraint(CLAIM_KEY.format("starts_at"), ["shop_id", "resource_id", "starts_at", "seat"])
