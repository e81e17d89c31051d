"""Photos say whether they are near or far, how far from the case they were taken, and which way they look.

Why each column is there stands beside it in `cases/tables.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
COLUMNS = {
    "shot": sa.String(4),
    "distance_m": sa.Double(),
    "direction_deg": sa.Double(),
    "is_direction_magnetic": sa.Boolean(),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("photo", sa.Column(name, kind), schema="cases")


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("photo", name, schema="cases")
