-- Row-level security for PostGraphile as its users are told to write it, for
-- `make bench-peer`: what is open to the asker is found once a statement and kept as a
-- set. It opens to a case worker what sala_request does; it is no part of Sala.
DO $$ BEGIN
  CREATE ROLE sala_peer NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object THEN NULL; -- roles are of the whole server
END $$;
GRANT sala_peer TO sala_app;
GRANT USAGE ON SCHEMA public TO sala_peer;

CREATE FUNCTION peer_open() RETURNS TABLE (case_id varchar, contributor_id varchar, categories bigint, owned boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.case_id, a.contributor_id, a.categories, a.basis = 'OWNERSHIP'
  FROM accesses a JOIN case_files f ON f.id = a.case_id AND f.facts_version = a.facts_version AND f.evaluated_version = f.facts_version
  JOIN gates gp ON gp.id = 'policy' AND gp.open AND gp.revision = a.revision
  JOIN gates gg ON gg.id = a.grantee_id AND gg.open
  WHERE a.grantee_id = sala_agency() AND a.member_id = ANY (string_to_array(current_setting('sala.holders', true), ','))
    AND a.purpose = sala_purpose() AND a.action = 'READ' AND a.valid_from <= sala_now() AND a.valid_until > sala_now()
    AND (a.agreement_id = '' OR (a.agreement_id IN (SELECT g.id FROM gates g WHERE g.open)
      AND a.referral_agreement_id IN (SELECT g.id FROM gates g WHERE g.open)
      AND a.referrer_id IN (SELECT g.id FROM gates g WHERE g.open)
      AND a.contributor_id IN (SELECT g.id FROM gates g WHERE g.open)))
$$;
GRANT EXECUTE ON FUNCTION peer_open() TO sala_peer;

GRANT SELECT ON case_files, identities, profiles, consents, provisions, referrals, agencies TO sala_peer;
CREATE POLICY peer_select ON agencies FOR SELECT TO sala_peer USING (true);
CREATE POLICY peer_select ON case_files FOR SELECT TO sala_peer
  USING (id IN (SELECT o.case_id FROM peer_open() o));
CREATE POLICY peer_select ON identities FOR SELECT TO sala_peer
  USING ((case_id, contributor_id) IN (SELECT o.case_id, o.contributor_id FROM peer_open() o WHERE o.categories & 2 <> 0));
CREATE POLICY peer_select ON profiles FOR SELECT TO sala_peer
  USING ((case_id, contributor_id) IN (SELECT o.case_id, o.contributor_id FROM peer_open() o WHERE o.categories & 16 <> 0));
CREATE POLICY peer_select ON consents FOR SELECT TO sala_peer
  USING (case_id IN (SELECT o.case_id FROM peer_open() o WHERE o.owned)
    OR contributor_id = sala_agency() AND case_id IN (SELECT o.case_id FROM peer_open() o));
CREATE POLICY peer_select ON provisions FOR SELECT TO sala_peer
  USING (case_id IN (SELECT o.case_id FROM peer_open() o WHERE o.owned)
    OR (contributor_id = sala_agency() OR recipient_id = sala_agency()) AND case_id IN (SELECT o.case_id FROM peer_open() o));
CREATE POLICY peer_select ON referrals FOR SELECT TO sala_peer
  USING (to_id = sala_agency() OR from_id = sala_agency() AND case_id IN (SELECT o.case_id FROM peer_open() o));
