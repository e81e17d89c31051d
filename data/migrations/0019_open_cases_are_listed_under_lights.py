"""Open cases newest first, for lists under any light.

Why the index is there stands beside it in `cases/tables.py`.
"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute('CREATE INDEX ix_case_open ON cases."case" (reported_at, id) WHERE closed_at IS NULL')


def downgrade() -> None:
    op.execute("DROP INDEX cases.ix_case_open")
