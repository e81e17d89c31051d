-- Facts are history: nobody changes or removes them, the owner of the database included.
CREATE OR REPLACE FUNCTION public.refuse_change_of_history() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Correct a fact by recording a new one.';
END;
$$;

CREATE OR REPLACE TRIGGER fact_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.fact
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
