-- +goose Up
-- sala_holders as before, in a language whose plans a connection keeps: each operation
-- asks, and planning it cost more than the answer.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_holders(p_agency text, p_member text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(string_agg(h.id, ',' ORDER BY h.id), '')
    FROM members m JOIN agencies a ON a.id = m.agency_id
    CROSS JOIN LATERAL (
      SELECT m.id
      UNION SELECT t.id FROM teams t JOIN memberships g ON g.group_id = t.id AND g.member_id = m.id AND g.ended_on IS NULL
        WHERE t.agency_id = a.id AND t.ended_on IS NULL AND m.roles ? 'CASE_WORKER' AND a.need_to_know IN ('TEAM', 'UNIT', 'AGENCY')
      UNION SELECT u.id FROM agency_units u JOIN memberships g ON g.group_id = u.id AND g.member_id = m.id AND g.ended_on IS NULL
        WHERE u.agency_id = a.id AND m.roles ? 'CASE_WORKER' AND a.need_to_know IN ('UNIT', 'AGENCY')
      UNION SELECT a.id WHERE m.roles ? 'CASE_WORKER' AND a.need_to_know = 'AGENCY') h
    WHERE m.id = p_member AND m.agency_id = p_agency AND m.active);
END $$;
-- +goose StatementEnd
