"""The whole workflow: applications for return, extension and suspension, marks, help and appeals.

Why each column and index is there stands beside it in `cases/tables.py`.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = """
ALTER TABLE cases."case"
    ADD COLUMN helping_codes VARCHAR(24)[] DEFAULT '{}' NOT NULL,
    ADD COLUMN extension_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN suspension_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN suspended_until TIMESTAMP WITH TIME ZONE,
    ADD COLUMN asked_from VARCHAR(24),
    ADD COLUMN is_ask_endorsed BOOLEAN,
    ADD COLUMN is_void_asked BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN urge_count INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN has_open_urge BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN answer_due_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN appeal VARCHAR(8),
    ADD COLUMN is_lateness_exempt BOOLEAN DEFAULT false NOT NULL;
CREATE INDEX ix_case_helping ON cases."case" USING gin (helping_codes) WHERE helping_codes <> '{}';
CREATE INDEX ix_case_suspended ON cases."case" (suspended_until) WHERE suspended_until IS NOT NULL;
CREATE INDEX ix_case_appeal ON cases."case" (id) WHERE appeal = 'asked';
CREATE INDEX ix_case_answer_due ON cases."case" (answer_due_at) WHERE answer_due_at IS NOT NULL;
"""
GONE = (
    "helping_codes", "extension_count", "suspension_count", "suspended_until", "asked_from",
    "is_ask_endorsed", "is_void_asked", "urge_count", "has_open_urge", "answer_due_at", "appeal",
    "is_lateness_exempt",
)  # fmt: skip


def upgrade() -> None:
    op.get_bind().exec_driver_sql(COLUMNS, execution_options={"no_parameters": True})


def downgrade() -> None:
    for name in GONE:
        op.drop_column("case", name, schema="cases")
