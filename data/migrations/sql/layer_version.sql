-- Every transaction that changes what a layer of the map shows leaves its number, once. Nobody waits for
-- anybody here: versions are read from these numbers (grid.layer_version), not counted under a lock.
CREATE OR REPLACE FUNCTION grid.note_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO grid.layer_change (layer, xact) VALUES (TG_ARGV[0], pg_current_xact_id()::text::bigint)
    ON CONFLICT DO NOTHING;
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

-- The version of a layer in this very snapshot: the newest change that is settled (no older transaction still
-- runs), then those that came before their elders. Two snapshots have the same version only when they see the
-- same changes (docs/decisions/0008).
CREATE OR REPLACE FUNCTION grid.layer_version(wanted text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT max(xact) FROM grid.layer_change WHERE layer = wanted AND xact < low), 0)::text
        || coalesce((SELECT '.' || string_agg(xact::text, '.' ORDER BY xact) FROM grid.layer_change
                     WHERE layer = wanted AND xact >= low AND xact < high), '')
    FROM (SELECT pg_snapshot_xmin(s)::text::bigint AS low, pg_snapshot_xmax(s)::text::bigint AS high
          FROM pg_current_snapshot() AS s) AS here
$$;

-- The same for cases, whose facts carry their transaction already.
CREATE OR REPLACE FUNCTION cases.layer_version() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT max(xact) FROM cases.fact WHERE xact < low), 0)::text
        || coalesce((SELECT '.' || string_agg(DISTINCT xact::text, '.') FROM cases.fact
                     WHERE xact >= low AND xact < high), '')
    FROM (SELECT pg_snapshot_xmin(s)::text::bigint AS low, pg_snapshot_xmax(s)::text::bigint AS high
          FROM pg_current_snapshot() AS s) AS here
$$;

-- Settled changes that a newer settled one outdates say nothing more.
CREATE OR REPLACE FUNCTION grid.forget_old_changes() RETURNS void
LANGUAGE sql AS $$
    DELETE FROM grid.layer_change AS old USING (
        SELECT layer, max(xact) AS newest FROM grid.layer_change
        WHERE xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint GROUP BY layer
    ) AS settled
    WHERE old.layer = settled.layer AND old.xact < settled.newest
$$;
