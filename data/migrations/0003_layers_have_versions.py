"""Layers of the map have versions, and components are counted by squares for zooms that cannot show each one.

Why the index is there stands beside it in `grid/tables.py`; how counts and versions are kept right under
concurrent writes, in `data/migrations/sql`.
"""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).with_name("sql")
PARTS = ("layer_version.sql", "component_count.sql")
LAYERS = {
    "frame": ("division", "zone", "unit_grid"),
    "ground": ("street", "ground"),
    "components": ("component",),
}


def upgrade() -> None:
    op.execute("""
        CREATE TABLE grid.layer_change (
            layer VARCHAR(16) NOT NULL,
            xact BIGINT NOT NULL,
            CONSTRAINT pk_layer_change PRIMARY KEY (layer, xact)
        )
    """)
    op.execute("""
        CREATE TABLE grid.component_count (
            level SMALLINT NOT NULL,
            cell_column INTEGER NOT NULL,
            cell_row INTEGER NOT NULL,
            type_code VARCHAR(5) NOT NULL,
            owner_code VARCHAR(24) NOT NULL,
            state VARCHAR(8) NOT NULL,
            n INTEGER NOT NULL,
            subdistrict_code VARCHAR(9) DEFAULT '' NOT NULL -- the functions name it; see 0008
        )
    """)
    for name in PARTS:
        op.get_bind().exec_driver_sql(
            (SQL / name).read_text(encoding="utf-8"), execution_options={"no_parameters": True}
        )
    op.execute("SELECT grid.count_components_anew()")
    op.execute("""
        CREATE INDEX ix_component_count_cell ON grid.component_count
            (level, owner_code, type_code, cell_column, cell_row)
    """)
    op.execute("""
        INSERT INTO grid.layer_change (layer, xact)
        SELECT layer, pg_current_xact_id()::text::bigint FROM unnest(ARRAY['frame', 'ground', 'components'])
            AS layer
    """)
    op.execute("""
        CREATE INDEX ix_case_stage_at_risk ON cases."case" (stage_at_risk_at)
        WHERE stage_at_risk_at IS NOT NULL AND closed_at IS NULL
    """)
    op.execute('CREATE INDEX ix_case_closed ON cases."case" (closed_at) WHERE closed_at IS NOT NULL')


def downgrade() -> None:
    op.execute("DROP INDEX cases.ix_case_closed, cases.ix_case_stage_at_risk")
    for table in (table for tables in LAYERS.values() for table in tables):
        op.execute(f"DROP TRIGGER change_is_noted ON grid.{table}")
    for trigger in ("components_come", "components_change", "components_go", "components_are_emptied"):
        op.execute(f"DROP TRIGGER {trigger} ON grid.component")
    for function in (
        "grid.note_change()",
        "grid.layer_version(text)",
        "cases.layer_version()",
        "cases.newest_xacts(bigint, integer)",
        "cases.xacts_between(bigint, bigint)",
        "grid.version_of(bigint, bigint, bigint[], bigint[])",
        "grid.forget_old_changes()",
        "grid.count_changed_components()",
        "grid.count_components_anew()",
        "grid.fold_component_counts()",
        "grid.counting_of(text)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TABLE grid.component_count, grid.layer_change")
