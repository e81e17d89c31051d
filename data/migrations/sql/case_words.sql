-- What a text search can ask for: every character of a text and every pair of neighbours, in lower case.
-- Two-character words are the rule in Chinese; trigrams do not serve them.
CREATE OR REPLACE FUNCTION cases.word_parts(words text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 2000 AS $$
DECLARE
    signs text[] := regexp_split_to_array(lower(words), '');
    parts text[] := signs;
BEGIN
    FOR i IN 1 .. coalesce(array_length(signs, 1), 0) - 1 LOOP
        parts := parts || (signs[i] || signs[i + 1]);
    END LOOP;
    RETURN parts;
END;
$$;
