"""Cases are found by their words: an index over characters and pairs of characters."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

PARTS = Path(__file__).with_name("sql") / "case_words.sql"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        PARTS.read_text(encoding="utf-8"), execution_options={"no_parameters": True}
    )
    op.execute(
        'CREATE INDEX ix_case_words ON cases."case" USING gin'
        " (cases.word_parts((description || ' '::text) || place_text))"
    )
    op.execute('ANALYZE cases."case"')


def downgrade() -> None:
    op.execute("DROP INDEX cases.ix_case_words")
    op.execute("DROP FUNCTION cases.word_parts(text)")
