"""Open data: a schema of views for other systems, and a role that may read nothing else."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # The views and the role are written anew after each migration, from sql/open_data.sql.
    op.execute("CREATE SCHEMA IF NOT EXISTS open_data")


def downgrade() -> None:
    # The role belongs to the whole server, where another database may use it: it stays, with no rights here.
    op.execute("DROP SCHEMA open_data CASCADE")
