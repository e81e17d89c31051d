"""Work of two steps: made safe first, then repaired.

Why the column is there stands beside it in `cases/tables.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("case", sa.Column("made_safe_at", sa.DateTime(timezone=True)), schema="cases")


def downgrade() -> None:
    op.drop_column("case", "made_safe_at", schema="cases")
