-- What happened to the frame is history: nobody changes or removes it.
CREATE OR REPLACE TRIGGER frame_change_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON grid.frame_change
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
