-- Facts of incidents are history: nobody changes or removes them, the owner of the database included.
CREATE OR REPLACE TRIGGER incident_fact_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON emergency.incident_fact
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_history();

-- Desks and walls hear of incidents at commit; the payload is the incident's number.
CREATE OR REPLACE FUNCTION emergency.tell_of_incidents() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('incident', incident_no)
    FROM emergency.incident WHERE id IN (SELECT DISTINCT incident_id FROM added);
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER incident_fact_is_told
    AFTER INSERT ON emergency.incident_fact
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION emergency.tell_of_incidents();
