-- Facts of resources are history: nobody changes or removes them, the owner of the database included.
CREATE OR REPLACE TRIGGER resource_fact_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON emergency.resource_fact
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
