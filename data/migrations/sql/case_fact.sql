-- Desks and walls hear of facts at commit: one message a statement, its payload the newest fact's id.
CREATE OR REPLACE FUNCTION cases.tell_of_facts() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    newest bigint;
BEGIN
    SELECT max(id) INTO newest FROM added;
    IF newest IS NOT NULL THEN
        PERFORM pg_notify('case_fact', newest::text);
    END IF;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER fact_is_told
    AFTER INSERT ON cases.fact
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION cases.tell_of_facts();
