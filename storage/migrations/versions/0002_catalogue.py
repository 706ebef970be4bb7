"""The catalogue of services"""

import sqlalchemy as sa
from alembic import op

from storage.database import UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("organization_id", sa.String(36)),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("opening_hours", sa.Text),
        sa.Column("eligibility_description", sa.Text),
        sa.Column("fees_description", sa.Text),
        sa.Column("free", sa.Boolean),
        sa.Column("interpretation_services", sa.Text),
        sa.Column("one_stop_shop", sa.Boolean, nullable=False),
        sa.Column("notes", sa.Text),
        sa.Column("source_url", sa.Text, nullable=False),
        sa.Column("source_date", sa.String(10)),
        sa.Column("other_sources", sa.JSON, nullable=False),
        sa.Column("verified_on", sa.Date),
        sa.Column("verified_by", sa.Text),
        sa.Column("content_hash", sa.String(64)),
        sa.Column("imported_at", UTCDateTime),
        sa.Column("edited_at", UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
        sa.UniqueConstraint("city", "key", name="uq_service_city_key"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_service_organization_id_organization"
        ),
    )
    op.create_index("ix_service_organization_id", "service", ["organization_id"])
    op.create_table(
        "location",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_location"),
    )
    op.create_table(
        "service_at_location",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("location_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_at_location"),
        sa.UniqueConstraint("service_id", "location_id", name="uq_service_at_location_service_id_location_id"),
        _of_service("service_at_location"),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_service_at_location_location_id_location", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_service_at_location_location_id", "service_at_location", ["location_id"])
    op.create_table(
        "phone",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_phone"),
        sa.UniqueConstraint("service_id", "position", name="uq_phone_service_id_position"),
        _of_service("phone"),
    )
    op.create_table(
        "language",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("code", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_language"),
        sa.UniqueConstraint("service_id", "code", name="uq_language_service_id_code"),
        _of_service("language"),
    )
    op.create_table(
        "attribute",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("link_type", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("term", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attribute"),
        sa.UniqueConstraint("service_id", "link_type", "term", name="uq_attribute_service_id_link_type_term"),
        _of_service("attribute"),
    )
    op.create_index("ix_attribute_link_type_term", "attribute", ["link_type", "term"])
    op.create_table(
        "catalogue_sheet",
        sa.Column("city", sa.String(32), nullable=False),
        sa.Column("desk_phone", sa.Text),
        sa.Column("imported_at", UTCDateTime, nullable=False),
        sa.Column("packaged_hash", sa.String(64)),
        sa.PrimaryKeyConstraint("city", name="pk_catalogue_sheet"),
    )


def downgrade() -> None:
    for table in (
        "catalogue_sheet",
        "attribute",
        "language",
        "phone",
        "service_at_location",
        "location",
        "service",
        "organization",
    ):
        op.drop_table(table)


def _of_service(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["service_id"], ["service.id"], name=f"fk_{table}_service_id_service", ondelete="CASCADE"
    )
