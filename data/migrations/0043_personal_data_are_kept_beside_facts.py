"""What facts of incidents say of people is kept beside them, and destroyed by rule (schema `emergency`).

Facts of before keep what they say, for their hashes chain.
"""

from alembic import op

revision = "0043"
down_revision = "0041"

TABLES = """
CREATE TABLE emergency.words_of_fact (
    incident_id BIGINT NOT NULL,
    fact_seq INTEGER NOT NULL,
    by_name TEXT,
    text TEXT,
    body JSONB,
    photo JSONB,
    CONSTRAINT pk_words_of_fact PRIMARY KEY (incident_id, fact_seq),
    CONSTRAINT fk_words_of_fact_incident_id FOREIGN KEY(incident_id) REFERENCES emergency.incident (id)
);
CREATE TABLE emergency.personal_data_cleaned (
    incident_id BIGINT NOT NULL,
    what VARCHAR(24) NOT NULL,
    revision INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_personal_data_cleaned PRIMARY KEY (incident_id, what),
    CONSTRAINT fk_personal_data_cleaned_incident_id FOREIGN KEY(incident_id)
        REFERENCES emergency.incident (id)
);
ALTER TABLE emergency.personal_data_destroyed ALTER COLUMN incident_id DROP NOT NULL;
ALTER TABLE emergency.personal_data_destroyed ALTER COLUMN settled_at DROP NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    """Lines of the log without an incident cannot be taken away, so its columns stay open."""
    op.execute("DROP TABLE emergency.words_of_fact, emergency.personal_data_cleaned")
