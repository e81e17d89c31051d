"""Components are found by area and by part of their name: counts by subdistrict, an index over names.

The index is over single characters, unlike the pairs for cases: names are short and mostly those of types; a
million are indexed in a third of the time, which imports pay, and compared by bytes in still less.
"""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

COUNTING = Path(__file__).with_name("sql") / "component_count.sql"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE grid.component_count
        ADD COLUMN IF NOT EXISTS subdistrict_code VARCHAR(9) DEFAULT '' NOT NULL
    """)
    op.get_bind().exec_driver_sql(
        COUNTING.read_text(encoding="utf-8"), execution_options={"no_parameters": True}
    )
    op.execute("SELECT grid.count_components_anew()")
    op.execute(
        "CREATE INDEX ix_component_name_signs ON grid.component"
        ' USING gin (string_to_array(lower(name COLLATE "C"), NULL))'
    )
    op.execute(
        "CREATE INDEX ix_component_strayed ON grid.component (code)"
        " WHERE left(code, 6) <> left(unit_grid_code, 6)"
    )
    op.execute("ANALYZE grid.component")


def downgrade() -> None:
    op.execute("DROP INDEX grid.ix_component_name_signs, grid.ix_component_strayed")
