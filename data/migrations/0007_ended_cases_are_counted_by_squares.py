"""Ended cases are counted by squares, for zooms that cannot show each one; places of open ones get an index.

Why the indexes are there stands beside them in `cases/tables.py`; how counts are kept right under concurrent
writes, in `data/migrations/sql/ended_count.sql`.
"""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

COUNTING = Path(__file__).with_name("sql") / "ended_count.sql"
TRIGGERS = ("ended_cases_come", "ended_cases_change", "ended_cases_go", "ended_cases_are_emptied")
FUNCTIONS = ("count_changed_ended()", "count_ended_anew()", "fold_ended_counts()", "counting_of_ended(text)")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE cases.ended_count (
            cell_column INTEGER NOT NULL,
            cell_row INTEGER NOT NULL,
            stage VARCHAR(24) NOT NULL,
            subdistrict_code VARCHAR(9) NOT NULL,
            zone_code VARCHAR(12),
            department_code VARCHAR(24),
            n INTEGER NOT NULL,
            sum_right BIGINT NOT NULL,
            sum_down BIGINT NOT NULL
        )
    """)
    op.get_bind().exec_driver_sql(
        COUNTING.read_text(encoding="utf-8"), execution_options={"no_parameters": True}
    )
    op.execute("SELECT cases.count_ended_anew()")
    op.execute("CREATE INDEX ix_ended_count_cell ON cases.ended_count (cell_column, cell_row)")
    op.execute('CREATE INDEX ix_case_geom_open ON cases."case" USING gist (geom) WHERE closed_at IS NULL')
    op.execute("ANALYZE cases.ended_count")


def downgrade() -> None:
    op.execute("DROP INDEX cases.ix_case_geom_open")
    for trigger in TRIGGERS:
        op.execute(f'DROP TRIGGER {trigger} ON cases."case"')
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION cases.{function}")
    op.execute("DROP TABLE cases.ended_count")
