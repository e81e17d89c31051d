"""Cases of drills are kept below zero, where readings do not look (docs/decisions/0027); drills have a clock.

The view that readings ask is `sql/seen_case.sql`, written anew after each migration.
"""

from alembic import op

revision = "0041"
down_revision = "0040"

CLOCK = """
CREATE TABLE emergency.drill_clock (
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    shows TIMESTAMP WITH TIME ZONE NOT NULL,
    speed DOUBLE PRECISION NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_drill_clock PRIMARY KEY (told_at)
);
"""


def upgrade() -> None:
    op.execute(CLOCK)
    op.execute('ALTER TABLE cases."case" ADD COLUMN is_drill BOOLEAN NOT NULL DEFAULT false')
    op.execute(
        'ALTER TABLE cases."case" ADD CONSTRAINT ck_case_drills_are_below_zero CHECK (is_drill = (id < 0))'
    )


def downgrade() -> None:
    op.execute("DROP TABLE emergency.drill_clock")
    op.execute("DROP VIEW IF EXISTS cases.seen_case")
    op.execute('ALTER TABLE cases."case" DROP COLUMN is_drill')
