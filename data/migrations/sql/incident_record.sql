-- Versions of reports on incidents, and the log of destroyed personal data, are never changed.
CREATE OR REPLACE TRIGGER after_action_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON emergency.after_action
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();

CREATE OR REPLACE TRIGGER personal_data_destroyed_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON emergency.personal_data_destroyed
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
