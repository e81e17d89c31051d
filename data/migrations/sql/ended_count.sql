-- How many ended cases (closed, declined, voided) lie in each square of the web's tiles of level 15, by what desks ask
-- for: stage, subdistrict, zone, department. A square of level 15 is a 32768th of the world's width; it lies in one
-- square of every coarser level. sum_right and sum_down add up how far the cases lie from its western and northern
-- edge, each in 2^-32 of its side, so that the middle of any set of squares is that of its cases.
-- Cases of drills, whose ids are below zero, are not counted.
-- Rows are only ever added, also with a count below zero, so that writers never wait for each other; readers add
-- them up, and cases.fold_ended_counts joins rows of the same square (docs/decisions/0014).
CREATE OR REPLACE FUNCTION cases.counting_of_ended(source text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format($counting$
        INSERT INTO cases.ended_count (cell_column, cell_row, stage, subdistrict_code, zone_code, department_code,
            n, sum_right, sum_down)
        SELECT floor(east)::int, floor(south)::int, stage, subdistrict_code, zone_code, department_code, sum(n),
               sum(n * floor((east - floor(east)) * 4294967296)::bigint),
               sum(n * floor((south - floor(south)) * 4294967296)::bigint)
        FROM (SELECT (ST_X(p) + 20037508.342789244) / 40075016.685578488 * 32768 AS east,
                     (20037508.342789244 - ST_Y(p)) / 40075016.685578488 * 32768 AS south,
                     stage, left(unit_grid_code, 9) AS subdistrict_code, zone_code, department_code, n
              FROM (SELECT ST_Transform(geom, 3857) AS p, stage, unit_grid_code, zone_code, department_code, n
                    FROM (%s) AS changed OFFSET 0) AS drawn) AS placed
        GROUP BY 1, 2, stage, subdistrict_code, zone_code, department_code
        HAVING sum(n) <> 0 OR sum(n * floor((east - floor(east)) * 4294967296)::bigint) <> 0
            OR sum(n * floor((south - floor(south)) * 4294967296)::bigint) <> 0
    $counting$, source)
$$;

-- Most statements change open cases only, and end at the first question. An ended case that a statement leaves as it
-- was, as far as it is counted, cancels itself out before anything is projected.
CREATE OR REPLACE FUNCTION cases.count_changed_ended() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    counted constant text := 'geom, stage, unit_grid_code, zone_code, department_code';
    gone constant text := 'SELECT ' || counted || ', -1 AS n FROM removed WHERE closed_at IS NOT NULL AND id >= 0';
    come constant text := 'SELECT ' || counted || ', 1 AS n FROM added WHERE closed_at IS NOT NULL AND id >= 0';
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN
            IF EXISTS (SELECT FROM added WHERE closed_at IS NOT NULL AND id >= 0) THEN
                EXECUTE cases.counting_of_ended(come);
            END IF;
        WHEN 'DELETE' THEN
            IF EXISTS (SELECT FROM removed WHERE closed_at IS NOT NULL AND id >= 0) THEN
                EXECUTE cases.counting_of_ended(gone);
            END IF;
        WHEN 'UPDATE' THEN
            IF EXISTS (SELECT FROM removed WHERE closed_at IS NOT NULL)
                OR EXISTS (SELECT FROM added WHERE closed_at IS NOT NULL AND id >= 0)
            THEN
                EXECUTE cases.counting_of_ended(format(
                    'SELECT %1$s, sum(n)::int AS n FROM (%2$s UNION ALL %3$s) AS before_and_after'
                    ' GROUP BY %1$s HAVING sum(n) <> 0', counted, gone, come));
            END IF;
        ELSE PERFORM cases.count_ended_anew();
    END CASE;
    RETURN NULL;
END;
$$;

-- After a bulk load with the triggers off, and when counts are in doubt. Who ends a case waits at the lock until this
-- transaction ends; everybody else goes on.
CREATE OR REPLACE FUNCTION cases.count_ended_anew() RETURNS void
LANGUAGE plpgsql SET work_mem = '256MB' SET jit = off AS $$
BEGIN
    LOCK TABLE cases.ended_count IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM cases.ended_count;
    EXECUTE cases.counting_of_ended(
        'SELECT geom, stage, unit_grid_code, zone_code, department_code, 1 AS n FROM cases."case"'
        ' WHERE closed_at IS NOT NULL AND id >= 0');
END;
$$;

-- Joins the rows of each square that has several of a kind; what is counted does not change.
CREATE OR REPLACE FUNCTION cases.fold_ended_counts() RETURNS void
LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM cases.ended_count AS one USING (
            SELECT cell_column, cell_row, stage, subdistrict_code, zone_code, department_code FROM cases.ended_count
            GROUP BY 1, 2, 3, 4, 5, 6 HAVING count(*) > 1
        ) AS several
        WHERE (one.cell_column, one.cell_row, one.stage, one.subdistrict_code)
            = (several.cell_column, several.cell_row, several.stage, several.subdistrict_code)
            AND one.zone_code IS NOT DISTINCT FROM several.zone_code
            AND one.department_code IS NOT DISTINCT FROM several.department_code
        RETURNING one.*
    )
    INSERT INTO cases.ended_count (cell_column, cell_row, stage, subdistrict_code, zone_code, department_code,
        n, sum_right, sum_down)
    SELECT cell_column, cell_row, stage, subdistrict_code, zone_code, department_code,
           sum(n), sum(sum_right), sum(sum_down) FROM gone
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0 OR sum(sum_right) <> 0 OR sum(sum_down) <> 0
$$;

CREATE OR REPLACE TRIGGER ended_cases_come AFTER INSERT ON cases."case"
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION cases.count_changed_ended();
CREATE OR REPLACE TRIGGER ended_cases_change AFTER UPDATE ON cases."case"
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION cases.count_changed_ended();
CREATE OR REPLACE TRIGGER ended_cases_go AFTER DELETE ON cases."case"
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION cases.count_changed_ended();
CREATE OR REPLACE TRIGGER ended_cases_are_emptied AFTER TRUNCATE ON cases."case"
    FOR EACH STATEMENT EXECUTE FUNCTION cases.count_changed_ended();
