-- Who looked at whose track, and who watched which camera, is history as looks at contacts are (privacy_log.sql):
-- it goes when its time is over.
CREATE OR REPLACE FUNCTION grid.refuse_change_of_looks() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    kept_from timestamptz := nullif(current_setting('citygrid.looks_kept_from', true), '');
BEGIN
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'STATEMENT' AND kept_from IS NOT NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' AND OLD.at < kept_from THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Looks go when their time is over: citygrid privacy retention.';
END;
$$;

CREATE OR REPLACE TRIGGER look_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON grid.track_look
    FOR EACH STATEMENT EXECUTE FUNCTION grid.refuse_change_of_looks();

CREATE OR REPLACE TRIGGER look_stays_its_time
    BEFORE DELETE ON grid.track_look
    FOR EACH ROW EXECUTE FUNCTION grid.refuse_change_of_looks();

CREATE OR REPLACE TRIGGER watch_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON grid.camera_watch
    FOR EACH STATEMENT EXECUTE FUNCTION grid.refuse_change_of_looks();

CREATE OR REPLACE TRIGGER watch_stays_its_time
    BEFORE DELETE ON grid.camera_watch
    FOR EACH ROW EXECUTE FUNCTION grid.refuse_change_of_looks();
