-- Every transaction that changes what a layer of the map shows leaves its number, once. Nobody waits for
-- anybody here: versions are read from these numbers (grid.layer_version), not counted under a lock. Open maps are
-- told of it at commit (web/live.py), once a transaction, however many statements an import writes.
CREATE OR REPLACE FUNCTION grid.note_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO grid.layer_change (layer, xact) VALUES (TG_ARGV[0], pg_current_xact_id()::text::bigint)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM pg_notify('layer', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER change_is_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grid.division
    FOR EACH STATEMENT EXECUTE FUNCTION grid.note_change('frame');
CREATE OR REPLACE TRIGGER change_is_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grid.zone
    FOR EACH STATEMENT EXECUTE FUNCTION grid.note_change('frame');
CREATE OR REPLACE TRIGGER change_is_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grid.unit_grid
    FOR EACH STATEMENT EXECUTE FUNCTION grid.note_change('frame');
CREATE OR REPLACE TRIGGER change_is_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grid.street
    FOR EACH STATEMENT EXECUTE FUNCTION grid.note_change('ground');
CREATE OR REPLACE TRIGGER change_is_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grid.ground
    FOR EACH STATEMENT EXECUTE FUNCTION grid.note_change('ground');
CREATE OR REPLACE TRIGGER change_is_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grid.component
    FOR EACH STATEMENT EXECUTE FUNCTION grid.note_change('components');

-- The version of a layer in this very snapshot: its newest change, and what tells apart two sets of changes with
-- the same newest one, for a transaction may commit after those that began later. As long as every transaction
-- that still runs is younger than the 32 newest changes, these 32 say it all, and the version stays while nothing
-- changes. Otherwise the newest settled change and all after it do (docs/decisions/0008).
CREATE OR REPLACE FUNCTION grid.version_of(low bigint, settled bigint, unsettled bigint[], newest bigint[])
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(newest[1], 0)::text || '.' || left(md5(
        CASE WHEN cardinality(newest) < 32 OR low > newest[32] THEN array_to_string(newest, ',')
             ELSE coalesce(settled, 0)::text || '~' || array_to_string(unsettled, ',') END), 10)
$$;

CREATE OR REPLACE FUNCTION grid.layer_version(wanted text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT grid.version_of(
        low,
        (SELECT max(xact) FROM grid.layer_change WHERE layer = wanted AND xact < low),
        ARRAY(SELECT xact FROM grid.layer_change WHERE layer = wanted AND xact >= low AND xact < high
              ORDER BY xact),
        ARRAY(SELECT xact FROM grid.layer_change WHERE layer = wanted AND xact < high
              ORDER BY xact DESC LIMIT 32))
    FROM (SELECT pg_snapshot_xmin(s)::text::bigint AS low, pg_snapshot_xmax(s)::text::bigint AS high
          FROM pg_current_snapshot() AS s) AS here
$$;

-- The newest transactions that wrote facts before one, the last first. Seeding and imports write very many facts in
-- one transaction, so each step asks the index for the next lower number instead of passing by them all.
CREATE OR REPLACE FUNCTION cases.newest_xacts(before bigint, most integer) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE step AS (
        SELECT (SELECT max(xact) FROM cases.fact WHERE xact < before) AS xact, 1 AS place
        UNION ALL
        SELECT (SELECT max(fact.xact) FROM cases.fact WHERE fact.xact < step.xact), step.place + 1 FROM step
        WHERE step.xact IS NOT NULL AND step.place < most
    )
    SELECT ARRAY(SELECT xact FROM step WHERE xact IS NOT NULL ORDER BY place)
$$;

-- All transactions that wrote facts from one on and before another, the first first; found in the same way.
CREATE OR REPLACE FUNCTION cases.xacts_between(low bigint, high bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE step AS (
        SELECT (SELECT min(xact) FROM cases.fact WHERE xact >= low AND xact < high) AS xact
        UNION ALL
        SELECT (SELECT min(fact.xact) FROM cases.fact WHERE fact.xact > step.xact AND fact.xact < high) FROM step
        WHERE step.xact IS NOT NULL
    )
    SELECT ARRAY(SELECT xact FROM step WHERE xact IS NOT NULL ORDER BY xact)
$$;

-- The same for cases, whose facts carry their transaction already.
CREATE OR REPLACE FUNCTION cases.layer_version() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT grid.version_of(
        low,
        (SELECT max(xact) FROM cases.fact WHERE xact < low),
        cases.xacts_between(low, high),
        cases.newest_xacts(high, 32))
    FROM (SELECT pg_snapshot_xmin(s)::text::bigint AS low, pg_snapshot_xmax(s)::text::bigint AS high
          FROM pg_current_snapshot() AS s) AS here
$$;

-- Changes that 32 newer settled ones outdate say nothing more.
CREATE OR REPLACE FUNCTION grid.forget_old_changes() RETURNS void
LANGUAGE sql AS $$
    DELETE FROM grid.layer_change AS old USING (
        SELECT layer, xact, row_number() OVER (PARTITION BY layer ORDER BY xact DESC) AS place
        FROM grid.layer_change WHERE xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ) AS settled
    WHERE old.layer = settled.layer AND old.xact = settled.xact AND settled.place > 33
$$;
