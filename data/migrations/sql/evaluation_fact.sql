-- What was frozen and signed is history, as facts of cases are; so are the figures below it.
CREATE OR REPLACE TRIGGER evaluation_fact_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.evaluation_fact
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();

CREATE OR REPLACE TRIGGER evaluation_figure_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON cases.evaluation_figure
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();
