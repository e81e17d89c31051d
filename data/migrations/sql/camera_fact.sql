-- Facts of cameras are history: nobody changes or removes them, the owner of the database included.
CREATE OR REPLACE TRIGGER camera_fact_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON grid.camera_fact
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
