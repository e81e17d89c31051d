"""A camera that a wall shows is watched by whoever stands before it: the log says who called it there.

Why each column is there stands beside it in `grid/cameras/tables.py`.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

CHANGES = """
ALTER TABLE grid.camera_watch ADD COLUMN called_by_id BIGINT, ADD COLUMN called_by_name TEXT;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(CHANGES, execution_options={"no_parameters": True})


def downgrade() -> None:
    op.drop_column("camera_watch", "called_by_name", schema="grid")
    op.drop_column("camera_watch", "called_by_id", schema="grid")
