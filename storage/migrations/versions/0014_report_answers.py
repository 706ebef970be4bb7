"""What an operator answered to what people said is wrong"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("catalogue_report", sa.Column("outcome", sa.String(16)))
    op.add_column("catalogue_report", sa.Column("note", sa.String(200)))


def downgrade() -> None:
    op.drop_column("catalogue_report", "note")
    op.drop_column("catalogue_report", "outcome")
