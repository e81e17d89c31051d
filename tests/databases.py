"""Databases for tests: one private cluster a run, templates made once, clones by the dozen."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine, make_url, text

from gis_core.cluster import Cluster
from gis_core.db import open_engine
from gis_core.migrating import migrate

PLANE_CRS = 4545  # EPSG code of Baoji's plane system
RUN_FOLDER = "CITYGRID_TEST_RUN_FOLDER"
SERVER = "CITYGRID_TEST_DATABASE_URL"

HURRIED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For speed; whoever tests what is on disk starts a server of his own."""

EVERYTHING = "schemaname IN ('grid', 'cases', 'emergency', 'accounts') OR tablename LIKE 'procrastinate%'"


def clean_out(which: str = EVERYTHING) -> str:
    """SQL that empties tables, counting their rows from one again; `which` is a condition on pg_tables.

    Only tables with rows are touched, and small ones row by row: a TRUNCATE makes new files for a table and
    for each of its indexes, which took longer than most tests.
    """
    return f"""
        DO $$
        DECLARE
            one record;
            has_rows boolean;
        BEGIN
            SET LOCAL session_replication_role = replica;  -- the guard of history lets tests begin anew
            FOR one IN
                SELECT format('%I.%I', schemaname, tablename)::regclass AS name FROM pg_tables WHERE {which}
            LOOP
                IF pg_relation_size(one.name) = 0 THEN
                    CONTINUE;
                END IF;
                EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s)', one.name) INTO has_rows;
                IF has_rows AND pg_relation_size(one.name) > 500000 THEN
                    EXECUTE format('TRUNCATE %s CASCADE', one.name);
                ELSIF has_rows THEN
                    EXECUTE format('DELETE FROM %s', one.name);
                END IF;
            END LOOP;
            PERFORM setval(s.seqrelid::regclass, s.seqstart, false)
            FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_depend d ON d.objid = s.seqrelid AND d.deptype IN ('a', 'i')
            LEFT JOIN pg_class t ON t.oid = d.refobjid
            WHERE (t.oid IS NULL AND n.nspname = 'cases') OR EXISTS (
                SELECT 1 FROM pg_tables WHERE schemaname = n.nspname AND tablename = t.relname AND ({which})
            );
        END;
        $$
    """


class Databases:
    """Makes databases on the run's server; every worker of the run shares its templates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._address = os.environ.get(SERVER) or self._start_cluster()

    def template(self, name: str, fill: Callable[[Engine], object], *, base: str | None = None) -> str:
        """A database filled once in this run, whoever asks first; others clone it."""
        full = f"test_{self.folder.name}_{name}"
        with self._alone(name):
            done = self.folder / f"{name}.done"
            if not done.exists():
                self.create(full, base)
                with self.open(full) as engine:
                    fill(engine)
                done.touch()
        return full

    @contextmanager
    def clone(self, template: str, name: str) -> Iterator[Engine]:
        """A fresh copy of a template, dropped afterwards."""
        full = f"test_{self.folder.name}_{name}"
        self.create(full, template)
        try:
            with self.open(full) as engine:
                yield engine
        finally:
            self.drop(full)

    @contextmanager
    def open(self, database: str) -> Iterator[Engine]:
        """An engine for one of the run's databases."""
        engine = open_engine(self.address_of(database), pool_size=5)
        try:
            yield engine
        finally:
            engine.dispose()

    def address_of(self, database: str) -> str:
        """The address of one of the run's databases."""
        return make_url(self._address).set(database=database).render_as_string(hide_password=False)

    def create(self, name: str, template: str | None) -> None:
        """Make a database, as a copy of another when one is named."""
        # Copies of one template at the same moment refuse each other, so they queue.
        with self._alone("create"):
            # Where nothing is synced, copying files is quicker than writing each page into the log.
            how = "WAL_LOG" if os.environ.get(SERVER) else "FILE_COPY"
            source = template or "template1"
            self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY {how}')

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        engine = open_engine(self._address).execution_options(isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def _start_cluster(self) -> str:
        cluster = Cluster(self.folder / "cluster")
        with self._alone("cluster"):
            url = cluster.start()
            if cluster.origin == "created":
                self._hurry(url)
        return url

    def _hurry(self, url: str) -> None:
        """Nobody cuts this machine's power to look at a run's databases: they need not be on disk."""
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in HURRIED.items():
                connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            connection.execute("SELECT pg_reload_conf()")

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        with (self.folder / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def fill_migrated(engine: Engine) -> None:
    """A template with every table and nobody in it."""
    migrate(engine, srid=PLANE_CRS)


def begin_run() -> None:
    """Called once a run, before workers start: the folder that they all share."""
    folder = Path(tempfile.mkdtemp(prefix="citygrid-test-"))
    folder.chmod(0o755)  # the database's own user walks through it
    os.environ[RUN_FOLDER] = str(folder)


def end_run() -> None:
    """Called once a run, after the last worker: stop the cluster, or clear up a server that was given."""
    folder = Path(os.environ.pop(RUN_FOLDER))
    if os.environ.get(SERVER):
        databases = Databases(folder)
        for done in folder.glob("*.done"):
            databases.drop(f"test_{folder.name}_{done.stem}")
    else:
        Cluster(folder / "cluster").stop()
    shutil.rmtree(folder, ignore_errors=True)
