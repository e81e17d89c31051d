"""Cases of drills are kept below zero, where readings do not look (docs/decisions/0027).

The view that readings ask is `sql/seen_case.sql`, written anew after each migration.
"""

from alembic import op

revision = "0041"
down_revision = "0039"


def upgrade() -> None:
    op.execute('ALTER TABLE cases."case" ADD COLUMN is_drill BOOLEAN NOT NULL DEFAULT false')
    op.execute(
        'ALTER TABLE cases."case" ADD CONSTRAINT ck_case_drills_are_below_zero CHECK (is_drill = (id < 0))'
    )


def downgrade() -> None:
    op.execute("DROP VIEW IF EXISTS cases.seen_case")
    op.execute('ALTER TABLE cases."case" DROP COLUMN is_drill')
