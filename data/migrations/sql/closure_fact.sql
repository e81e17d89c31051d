-- What was done to closures is history: nobody changes or removes it, the owner of the database included.
CREATE OR REPLACE TRIGGER closure_fact_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON emergency.closure_fact
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
