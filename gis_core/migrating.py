"""Bringing a database to the newest shape: versions in `data/migrations`, triggers in its `sql` folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from gis_core.db import open_engine
from gis_core.errors import Conflict

MIGRATIONS = Path(__file__).resolve().parents[1] / "data" / "migrations"
LOCK_TIMEOUT_MS = 5_000
ONE_AT_A_TIME = 7_310_610_300
"""Key of the advisory lock that makes a second migration wait for the first."""

Steps = Callable[[Any, Any], Any]


class NewerDatabase(Conflict):
    """The database was written by a newer release than this one."""

    code = "database_is_newer"


def list_heads() -> tuple[str, ...]:
    """Revisions that no other follows; there must be exactly one."""
    return tuple(_script().get_heads())


def find_current(engine: Engine) -> str | None:
    """The revision the database stands at, or None when it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(target: Engine | str, *, srid: int, revision: str = "head") -> None:
    """Bring the database (an engine, or its address) to `revision`, in one transaction.

    `srid` names the plane system of new geometry columns: the EPSG code in the city's data folder.
    Functions and triggers are written anew each time. A lock that cannot be had in 5 s gives up
    and leaves the database as it was; a second migration waits for the first.
    """
    script = _script()

    def steps(current: Any, _: object) -> Any:
        return script._upgrade_revs(revision, current)

    _run(target, srid=srid, script=script, steps=steps, with_triggers=True)


def unmigrate(target: Engine | str, *, srid: int, revision: str = "base") -> None:
    """Take the database back to `revision`, for tests and rehearsals; data of newer tables is lost."""
    script = _script()

    def steps(current: Any, _: object) -> Any:
        return script._downgrade_revs(revision, current)

    _run(target, srid=srid, script=script, steps=steps, with_triggers=False)


def write_triggers(connection: Connection) -> None:
    """Re-create every function and trigger from its SQL file, in the order of file names."""
    for path in sorted((MIGRATIONS / "sql").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def _run(
    target: Engine | str, *, srid: int, script: ScriptDirectory, steps: Steps, with_triggers: bool
) -> None:
    engine = open_engine(target, pool_size=1) if isinstance(target, str) else target
    config = Config()
    config.attributes["srid"] = srid
    try:
        with engine.connect() as connection, EnvironmentContext(config, script, fn=steps) as environment:
            _take_turns(connection)
            environment.configure(connection=connection)
            environment.run_migrations()
            if with_triggers:
                write_triggers(connection)
            connection.commit()
    except (CommandError, RevisionError) as error:
        raise NewerDatabase(
            f"数据库的结构与本程序不符（{error}）。请更新程序，或用 CITYGRID_DATABASE_URL 指向另一个数据库。"
        ) from error
    finally:
        if engine is not target:
            engine.dispose()


def _take_turns(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})"))


def _script() -> ScriptDirectory:
    # No env.py: the connection and the plane system are handed in, and the versions lie side by side.
    return ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])
