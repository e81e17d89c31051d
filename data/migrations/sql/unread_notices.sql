-- How many of the newest notices of somebody are unread, counted no further than `most` for each audience. Asked
-- together with the session of whoever opens a page, so that its bell costs no statement of its own.
CREATE OR REPLACE FUNCTION cases.unread_notices(reader bigint, roles text[], organisation text, most integer)
RETURNS integer
LANGUAGE sql STABLE AS $$
    WITH mine AS (
        (SELECT id, by_person_id FROM cases.notice WHERE person_id = reader ORDER BY id DESC LIMIT most)
        UNION
        (SELECT id, by_person_id FROM cases.notice
         WHERE organisation_code = organisation AND 'department' = ANY(roles) ORDER BY id DESC LIMIT most)
        UNION
        (SELECT n.id, n.by_person_id FROM unnest(roles) AS held(post)
         CROSS JOIN LATERAL (SELECT id, by_person_id FROM cases.notice WHERE notice.post = held.post
                             ORDER BY id DESC LIMIT most) n)
    )
    SELECT least(count(*), most)::integer FROM mine
    WHERE by_person_id IS DISTINCT FROM reader
      AND id > coalesce((SELECT read_until_id FROM cases.notice_wish WHERE person_id = reader), 0)
      AND NOT EXISTS (SELECT FROM cases.notice_read r WHERE r.person_id = reader AND r.notice_id = mine.id)
$$;
