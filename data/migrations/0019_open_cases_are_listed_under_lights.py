"""Open cases and those that owe an answer, newest first.

Why the indexes are there stands beside it in `cases/tables.py`.
"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute('CREATE INDEX ix_case_open ON cases."case" (reported_at, id) WHERE closed_at IS NULL')
    op.execute(
        'CREATE INDEX ix_case_owes_answer ON cases."case" (reported_at, id)'
        " WHERE answer_due_at IS NOT NULL OR has_open_urge"
    )


def downgrade() -> None:
    op.execute("DROP INDEX cases.ix_case_owes_answer")
    op.execute("DROP INDEX cases.ix_case_open")
