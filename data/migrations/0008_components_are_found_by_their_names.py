"""Components are found by part of their name: an index over the characters of names.

Single characters, unlike the pairs for cases: names are short and mostly those of types, and a million are
indexed in half the time, which imports pay.
"""

from alembic import op

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_component_name_signs ON grid.component"
        " USING gin (string_to_array(lower(name), NULL))"
    )
    op.execute("ANALYZE grid.component")


def downgrade() -> None:
    op.execute("DROP INDEX grid.ix_component_name_signs")
