-- Who looked at whose contact, and what was erased, is history as facts are (append_only.sql).
CREATE OR REPLACE TRIGGER access_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.contact_access
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();

CREATE OR REPLACE TRIGGER deed_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.privacy_deed
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
