"""The database can be built, taken down and built again, and is what the tables say."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import cases.bulk.tables
import cases.evaluation.tables
import cases.exports.tables
import cases.notices.tables
import cases.tables
import emergency.duty.tables
import emergency.heights.tables
import emergency.incidents.tables
import emergency.measurements.tables
import emergency.receivers.tables
import emergency.record.tables
import emergency.resources.tables
import emergency.response.tables
import emergency.room.tables
import emergency.sources.tables
import emergency.warnings.tables
import emergency.ways.tables
import grid.cameras.tables
import grid.gazetteer.tables
import grid.geocode_batches.tables
import grid.positions.tables
import grid.register.tables
import grid.tables
import web.accounts.tables
from gis_core.db import Base
from gis_core.migrating import MIGRATIONS, find_current, list_heads, migrate, unmigrate
from tests.databases import PLANE_CRS, Databases

PACKAGES = (
    grid.tables,
    grid.cameras.tables,
    grid.gazetteer.tables,
    grid.geocode_batches.tables,
    grid.positions.tables,
    grid.register.tables,
    cases.tables,
    cases.bulk.tables,
    cases.evaluation.tables,
    cases.exports.tables,
    cases.notices.tables,
    emergency.duty.tables,
    emergency.heights.tables,
    emergency.incidents.tables,
    emergency.warnings.tables,
    emergency.response.tables,
    emergency.record.tables,
    emergency.measurements.tables,
    emergency.ways.tables,
    emergency.resources.tables,
    emergency.receivers.tables,
    emergency.sources.tables,
    emergency.room.tables,
    web.accounts.tables,
)  # importing them completes the metadata

# Partitions come with the months and belong to no version.
WHAT_THERE_IS = """
SELECT 'column' AS what, n.nspname || '.' || c.relname || '.' || a.attname AS name,
       format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || a.attidentity::text || ' '
       || coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS definition
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname IN ('grid', 'cases', 'emergency', 'accounts')
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_class t ON t.oid = conrelid AND NOT t.relispartition
WHERE connamespace::regnamespace::text IN ('grid', 'cases', 'emergency', 'accounts')
UNION ALL
SELECT 'index', schemaname || '.' || indexname, indexdef FROM pg_indexes
JOIN pg_class t ON t.oid = format('%I.%I', schemaname, tablename)::regclass AND NOT t.relispartition
WHERE schemaname IN ('grid', 'cases', 'emergency', 'accounts')
ORDER BY 1, 2
"""


@pytest.fixture
def empty(city_databases: Databases, worker_id: str) -> Iterator[Engine]:
    with city_databases.clone("template1", f"empty_{worker_id}") as engine:
        yield engine


def describe(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(text(WHAT_THERE_IS)).all()
    return [without_srid(" ".join(row)) for row in rows]


def without_srid(definition: str) -> str:
    return re.sub(r"geometry\((\w+),\d+\)", r"geometry(\1)", definition).replace(
        "geometry(Geometry)", "geometry"
    )


def build_from_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION postgis"))
        connection.execute(
            text("CREATE SCHEMA grid; CREATE SCHEMA cases; CREATE SCHEMA emergency; CREATE SCHEMA accounts")
        )
        connection.exec_driver_sql((MIGRATIONS / "sql" / "case_words.sql").read_text(encoding="utf-8"))
        Base.metadata.create_all(connection)


def test_there_is_one_newest_shape() -> None:
    assert len(list_heads()) == 1


def test_up_down_up_leads_to_the_same_place(empty: Engine) -> None:
    migrate(empty, srid=PLANE_CRS)
    first = describe(empty)
    unmigrate(empty, srid=PLANE_CRS)
    bare = describe(empty)
    migrate(empty, srid=PLANE_CRS)
    assert (bare, describe(empty)) == ([], first)


def test_migrating_twice_changes_nothing(empty: Engine) -> None:
    migrate(empty, srid=PLANE_CRS)
    migrate(empty, srid=PLANE_CRS)
    assert find_current(empty) == list_heads()[0]


def test_a_migrated_database_is_what_the_tables_say(engine: Engine, empty: Engine) -> None:
    build_from_tables(empty)
    assert describe(engine) == describe(empty)


def test_shapes_are_stored_in_the_plane_system_of_the_city(session: Session) -> None:
    found = session.execute(text("SELECT DISTINCT srid FROM geometry_columns")).scalars().all()
    assert found == [PLANE_CRS]


TWO_FACTS = """
INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, to_stage, reason, body,
                        prev_hash, hash)
SELECT 1, seq, now(), '监督员甲', 'inspector', 1, 'report', 'reported', '上报', '{}', '', ''
FROM generate_series(1, 2) AS seq
"""


@pytest.mark.parametrize(
    "statement",
    ["UPDATE cases.fact SET reason = ''", "DELETE FROM cases.fact", "TRUNCATE cases.fact"],
    ids=["changed", "removed", "emptied"],
)
def test_what_happened_to_a_case_cannot_be(session: Session, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_desks_are_told_of_the_newest_fact_once(empty: Engine) -> None:
    migrate(empty, srid=PLANE_CRS)
    with psycopg.connect(libpq_address(empty), autocommit=True) as listener, empty.begin() as connection:
        listener.execute("LISTEN case_fact")
        connection.execute(text("ALTER TABLE cases.fact DROP CONSTRAINT fk_fact_case_id"))
        connection.execute(text(TWO_FACTS))
        connection.commit()
        heard = [message.payload for message in listener.notifies(timeout=1, stop_after=1)]
    assert heard == ["2"]


def libpq_address(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
