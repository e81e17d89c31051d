"""A step that a phone sends twice is taken once.

Why each column and index is there stands beside it in `cases/tables.py`.
"""

from alembic import op

revision = "0024"
down_revision = "0023"

CHANGES = """
CREATE TABLE cases.taken_step (
    client_id UUID NOT NULL,
    case_id BIGINT NOT NULL,
    fact_seq INTEGER NOT NULL,
    action VARCHAR(24) NOT NULL,
    person_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_taken_step PRIMARY KEY (client_id),
    CONSTRAINT fk_taken_step_case_id FOREIGN KEY (case_id) REFERENCES cases."case" (id)
);
CREATE INDEX ix_taken_step_at ON cases.taken_step (at);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(CHANGES, execution_options={"no_parameters": True})


def downgrade() -> None:
    op.drop_table("taken_step", schema="cases")
