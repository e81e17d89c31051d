-- Who looked at whose contact, and what was erased, is history as facts are (append_only.sql). Looks are kept for a
-- time (retention.yaml): the nightly cleaning says in its transaction from when on they stay, and takes older ones only.
CREATE OR REPLACE FUNCTION cases.refuse_change_of_accesses() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    kept_from timestamptz := nullif(current_setting('citygrid.accesses_kept_from', true), '');
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

CREATE OR REPLACE TRIGGER access_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.contact_access
    FOR EACH STATEMENT EXECUTE FUNCTION cases.refuse_change_of_accesses();

CREATE OR REPLACE TRIGGER access_stays_its_time
    BEFORE DELETE ON cases.contact_access
    FOR EACH ROW EXECUTE FUNCTION cases.refuse_change_of_accesses();

CREATE OR REPLACE TRIGGER deed_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.privacy_deed
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
