-- The pyramid of components: how many stand in each square of the web's tiles, by type, state and subdistrict.
-- A square of level 14 is a 16384th of the world's width; each level halves it. Squares of all types go down to
-- level 19, those of one class (type_code of two digits) or type to level 17, where owners are told apart too.
-- Rows are only ever added, also with a count below zero, so that writers never wait for each other; readers add
-- them up, and grid.fold_component_counts joins rows of the same square (docs/decisions/0009).
CREATE OR REPLACE FUNCTION grid.counting_of(source text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format($counting$
        INSERT INTO grid.component_count
            (level, cell_column, cell_row, type_code, owner_code, state, subdistrict_code, n)
        WITH placed AS MATERIALIZED (
            SELECT floor((ST_X(p) + 20037508.342789244) / 40075016.685578488 * 524288)::int AS c,
                   floor((20037508.342789244 - ST_Y(p)) / 40075016.685578488 * 524288)::int AS r,
                   type_code, coalesce(owner_code, '') AS owner_code, state, area, n
            FROM (SELECT ST_Transform(geom, 3857) AS p, type_code, owner_code, state,
                         left(unit_grid_code, 9) AS area, n
                  FROM (%s) AS changed OFFSET 0) AS drawn
        ), of_all AS MATERIALIZED (
            SELECT c, r, state, area, sum(n)::int AS n FROM placed GROUP BY c, r, state, area
        ), of_type AS MATERIALIZED (
            SELECT c >> 2 AS c, r >> 2 AS r, type_code, owner_code, state, area, sum(n)::int AS n FROM placed
            GROUP BY 1, 2, 3, 4, 5, 6
        )
        SELECT 19 - up, c >> up, r >> up, '', '', state, area, sum(n) FROM of_all, generate_series(0, 5) AS up
        GROUP BY 1, 2, 3, state, area HAVING sum(n) <> 0
        UNION ALL
        SELECT 17 - up, c >> up, r >> up, kind, '', state, area, sum(n)
        FROM of_type, generate_series(0, 3) AS up,
             LATERAL (VALUES (left(type_code, 2)), (type_code)) AS of_kind (kind)
        GROUP BY 1, 2, 3, kind, state, area HAVING sum(n) <> 0
        UNION ALL
        SELECT 17 - up, c >> up, r >> up, type_code, owner_code, state, area, sum(n)
        FROM of_type, generate_series(0, 3) AS up WHERE owner_code <> ''
        GROUP BY 1, 2, 3, type_code, owner_code, state, area HAVING sum(n) <> 0
    $counting$, source)
$$;

CREATE OR REPLACE FUNCTION grid.count_changed_components() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    gone constant text := 'SELECT geom, type_code, owner_code, state, unit_grid_code, -1 AS n FROM removed';
    come constant text := 'SELECT geom, type_code, owner_code, state, unit_grid_code, 1 AS n FROM added';
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN EXECUTE grid.counting_of(come);
        WHEN 'DELETE' THEN EXECUTE grid.counting_of(gone);
        WHEN 'UPDATE' THEN EXECUTE grid.counting_of(gone || ' UNION ALL ' || come);
        ELSE PERFORM grid.count_components_anew();
    END CASE;
    RETURN NULL;
END;
$$;

-- After a bulk load with the triggers off, and when counts are in doubt. Writers of components wait at the lock
-- until this transaction ends; readers go on with the counts they see.
CREATE OR REPLACE FUNCTION grid.count_components_anew() RETURNS void
LANGUAGE plpgsql SET work_mem = '256MB' SET jit = off AS $$
BEGIN
    LOCK TABLE grid.component_count IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM grid.component_count;
    EXECUTE grid.counting_of(
        'SELECT geom, type_code, owner_code, state, unit_grid_code, 1 AS n FROM grid.component');
END;
$$;

-- Joins the rows of each square that has several; what is counted does not change.
CREATE OR REPLACE FUNCTION grid.fold_component_counts() RETURNS void
LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM grid.component_count AS one USING (
            SELECT level, cell_column, cell_row, type_code, owner_code, state, subdistrict_code
            FROM grid.component_count
            GROUP BY level, cell_column, cell_row, type_code, owner_code, state, subdistrict_code
            HAVING count(*) > 1
        ) AS several
        WHERE (one.level, one.owner_code, one.type_code, one.cell_column, one.cell_row, one.state,
               one.subdistrict_code)
            = (several.level, several.owner_code, several.type_code, several.cell_column, several.cell_row,
               several.state, several.subdistrict_code)
        RETURNING one.*
    )
    INSERT INTO grid.component_count
        (level, cell_column, cell_row, type_code, owner_code, state, subdistrict_code, n)
    SELECT level, cell_column, cell_row, type_code, owner_code, state, subdistrict_code, sum(n) FROM gone
    GROUP BY level, cell_column, cell_row, type_code, owner_code, state, subdistrict_code HAVING sum(n) <> 0
$$;

CREATE OR REPLACE TRIGGER components_come AFTER INSERT ON grid.component
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION grid.count_changed_components();
CREATE OR REPLACE TRIGGER components_change AFTER UPDATE ON grid.component
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION grid.count_changed_components();
CREATE OR REPLACE TRIGGER components_go AFTER DELETE ON grid.component
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION grid.count_changed_components();
CREATE OR REPLACE TRIGGER components_are_emptied AFTER TRUNCATE ON grid.component
    FOR EACH STATEMENT EXECUTE FUNCTION grid.count_changed_components();
