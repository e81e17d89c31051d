-- What may be published, as views, and the role that the services for others read them with.
-- A migration that changes a column named here drops the view first; this file makes it anew.
-- Every view has a key `id` (text), its geometry in the city's plane system (column `geom`), and says
-- whether its rows are drawn (`is_synthetic`). No view has a person, a contact or free words in it.
CREATE SCHEMA IF NOT EXISTS open_data;
COMMENT ON SCHEMA open_data IS 'What may be published: read by the role citygrid_reader and by nobody else''s leave.';

DROP VIEW IF EXISTS open_data.divisions, open_data.zones, open_data.unit_grids, open_data.responsibility_grids,
    open_data.streets, open_data.components, open_data.cases_public;

CREATE VIEW open_data.divisions AS
SELECT code::text AS id, code::text, name, level::text, kind::text, parent_code::text, valid_from, source,
       shape_source, is_synthetic, geom
FROM grid.division
WHERE valid_to IS NULL;

CREATE VIEW open_data.zones AS
SELECT code::text AS id, code::text, name, valid_from, source, is_synthetic, geom
FROM grid.zone
WHERE valid_to IS NULL;

CREATE VIEW open_data.unit_grids AS
SELECT code::text AS id, code::text, name, community_code::text, responsibility_code::text, zone_code::text,
       area_m2, land_use::text, valid_from, source, is_synthetic, geom
FROM grid.unit_grid
WHERE valid_to IS NULL;

CREATE VIEW open_data.responsibility_grids AS
SELECT code::text AS id, code::text, name, subdistrict_code::text, valid_from, is_synthetic, geom
FROM grid.responsibility_grid
WHERE valid_to IS NULL;

CREATE VIEW open_data.streets AS
SELECT id::text AS id, name, rank::text, width_m, name_source, is_synthetic, geom
FROM grid.street;

-- Who owns, answers for or maintains a component is not published.
CREATE VIEW open_data.components AS
SELECT code::text AS id, code::text, type_code::text, name, state::text, unit_grid_code::text,
       first_surveyed_on, changed_on, source, is_synthetic, geom
FROM grid.component;

-- Cases as the public map shows them (cases/mapping.py): open ones, and those closed in the last seven days.
-- Left out: drills, the number, the words, the place in words, who reported, who handles, the unit grid of private types
-- (cases.private_type). The place is rounded to 100 m; the key is a digest that holds the case's secret tracking code, so that it leads back to no number.
DO $view$
BEGIN
EXECUTE format($$
CREATE VIEW open_data.cases_public AS
SELECT left(encode(sha256(convert_to(case_no || track_code, 'UTF8')), 'hex'), 20) AS id,
       kind::text, type_code::text,
       CASE WHEN stage IN ('reported', 'verifying') THEN 'received'
            WHEN stage = 'closed' THEN 'done'
            ELSE 'handling' END AS stage_public,
       (reported_at AT TIME ZONE 'Asia/Shanghai')::date AS reported_on,
       CASE WHEN NOT EXISTS (SELECT FROM cases.private_type AS private
                             WHERE (private.kind, private.type_code) = (c.kind, c.type_code))
            THEN unit_grid_code::text END AS unit_grid_code,
       is_synthetic, ST_SnapToGrid(geom, 100)::geometry(Point, %s) AS geom
FROM cases."case" AS c
WHERE id >= 0 AND (closed_at IS NULL OR closed_at > now() - interval '7 days') AND stage NOT IN ('declined', 'voided')
$$, Find_SRID('cases', 'case', 'geom'));
END;
$view$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'citygrid_reader') THEN
        IF NOT (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            RAISE NOTICE 'role citygrid_reader is missing and % may not create it: services for others stay off',
                current_user;
            RETURN;
        END IF;
        BEGIN
            -- No password: it comes in by the private socket alone, until somebody gives it one.
            CREATE ROLE citygrid_reader LOGIN NOINHERIT CONNECTION LIMIT 32;
            ALTER ROLE citygrid_reader SET default_transaction_read_only = on;
            ALTER ROLE citygrid_reader SET statement_timeout = '5s';
            ALTER ROLE citygrid_reader SET idle_in_transaction_session_timeout = '10s';
            ALTER ROLE citygrid_reader SET work_mem = '8MB';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this server was migrated at the same moment
        END;
    END IF;
    GRANT USAGE ON SCHEMA open_data TO citygrid_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA open_data TO citygrid_reader;
END;
$$;
