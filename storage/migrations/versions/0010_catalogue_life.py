"""The catalogue's date exceptions, coordinates, confidential places, stops; reports, revisions, positions of units"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0010"
down_revision = "0009"

LISTS = ("exceptions", "stops", "required_documents")
FLAGS = ("appointment_only", "confidential")


def upgrade() -> None:
    with op.batch_alter_table("service") as batch:
        for name in LISTS:
            batch.add_column(sa.Column(name, sa.JSON, nullable=False, server_default="[]"))
        for name in FLAGS:
            batch.add_column(sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("accessibility", sa.Text))
    with op.batch_alter_table("location") as batch:
        batch.alter_column("address", existing_type=sa.Text, nullable=True)
        batch.add_column(sa.Column("latitude", sa.Float))
        batch.add_column(sa.Column("longitude", sa.Float))
        batch.create_index("ix_location_latitude_longitude", ["latitude", "longitude"])
    with op.batch_alter_table("catalogue_sheet") as batch:
        batch.add_column(sa.Column("patron_saint", sa.String(9)))
    op.create_table(
        "catalogue_report",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("service_id", sa.String(36)),
        sa.Column("aspect", sa.String(16), nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("first_at", UTCDateTime, nullable=False),
        sa.Column("last_at", UTCDateTime, nullable=False),
        sa.Column("closed_at", UTCDateTime),
        sa.Column("closed_by", sa.String(64)),
        sa.Column("open_key", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_report"),
        _of_service("catalogue_report"),
        sa.UniqueConstraint("open_key", name="uq_catalogue_report_open_key"),
    )
    op.create_index("ix_catalogue_report_city_closed_at", "catalogue_report", ["city", "closed_at"])
    op.create_index("ix_catalogue_report_service_id", "catalogue_report", ["service_id"])
    op.create_table(
        "catalogue_revision",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        sa.Column("base_hash", sa.String(64)),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", UTCDateTime, nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_revision"),
    )
    op.create_index("ix_catalogue_revision_city_key_made_at", "catalogue_revision", ["city", "key", "made_at"])
    op.create_index("ix_catalogue_revision_state_city", "catalogue_revision", ["state", "city"])
    op.create_table(
        "unit_position",
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("latitude", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
        sa.Column("shared_at", UTCDateTime, nullable=False),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("service_id", name="pk_unit_position"),
        _of_service("unit_position"),
    )


def downgrade() -> None:
    for table in ("unit_position", "catalogue_revision", "catalogue_report"):
        op.drop_table(table)
    with op.batch_alter_table("catalogue_sheet") as batch:
        batch.drop_column("patron_saint")
    # Without the flag the address of a confidential place would be shown.
    op.execute(
        "DELETE FROM location WHERE address IS NULL OR id IN (SELECT location_id FROM service_at_location "
        "JOIN service ON service.id = service_at_location.service_id WHERE service.confidential)"
    )
    op.execute("DELETE FROM service_at_location WHERE location_id NOT IN (SELECT id FROM location)")
    with op.batch_alter_table("location") as batch:
        batch.drop_index("ix_location_latitude_longitude")
        batch.drop_column("longitude")
        batch.drop_column("latitude")
        batch.alter_column("address", existing_type=sa.Text, nullable=False)
    with op.batch_alter_table("service") as batch:
        for name in (*LISTS, *FLAGS, "accessibility"):
            batch.drop_column(name)


def _of_service(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["service_id"], ["service.id"], name=f"fk_{table}_service_id_service", ondelete="CASCADE"
    )
