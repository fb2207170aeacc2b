-- +goose Up
-- What asks about one case finds its rows by that case, whatever the planner last knew of
-- a table's size: while a table is new, or within the transaction that fills it, it cannot
-- tell which of two indexes is the narrow one, and an agency's rows are all of its cases'.

DROP INDEX "provision_recipient_id";
CREATE INDEX "provision_recipient_id_case_id" ON "provisions" ("recipient_id", "case_id");

-- Each asks for the case's owner first, and compares then.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_owns(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN coalesce((SELECT f.owner_id FROM case_files f WHERE f.id = p_case) = sala_agency(), false);
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_owns_open(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN sala_open(p_case, NULL, 'READ', 0)
    AND coalesce((SELECT f.owner_id FROM case_files f WHERE f.id = p_case) = sala_agency(), false);
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_making(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN coalesce((SELECT f.owner_id FROM case_files f WHERE f.id = p_case) = sala_agency(), false)
    OR EXISTS (SELECT 1 FROM referrals r
      JOIN accesses a ON a.referral_id = r.id AND a.case_id = r.case_id AND a.grantee_id = r.to_id AND a.referrer_id <> ''
      JOIN gates gg ON gg.id = a.grantee_id AND gg.open
      WHERE r.case_id = p_case AND r.to_id = sala_agency() AND r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART')
        AND a.valid_from <= sala_now() AND a.valid_until > sala_now()
        AND sala_gates_open(a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id));
END $$;
-- +goose StatementEnd

-- What an access to own rows rests on: a file of one's own (A3, A8), a basis for
-- recording (C1), and for adding the case or an accepted referral of it (A4).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_own_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_owner text;
BEGIN
  IF a.action NOT IN ('READ', 'ADD', 'CORRECT') THEN
    RAISE EXCEPTION 'an access of an unknown kind to own rows' USING ERRCODE = 'check_violation';
  END IF;
  SELECT f.owner_id INTO v_owner FROM case_files f WHERE f.id = a.case_id;
  IF NOT EXISTS (SELECT 1 FROM provisions p JOIN consents k ON k.id = p.consent_id
      WHERE p.case_id = a.case_id AND k.kind = 'RECORDING' AND p.recipient_id = a.grantee_id
        AND p.decision = 'PERMIT' AND p.purposes ? a.purpose) THEN
    RAISE EXCEPTION 'an access to own rows rests on no basis for recording' USING ERRCODE = 'check_violation';
  END IF;
  IF a.action = 'READ' THEN
    IF v_owner IS DISTINCT FROM a.grantee_id
      AND NOT EXISTS (SELECT 1 FROM case_contributors c WHERE c.case_id = a.case_id AND c.contributor_id = a.grantee_id) THEN
      RAISE EXCEPTION 'an access to own rows of an agency that has none' USING ERRCODE = 'check_violation';
    END IF;
    RETURN;
  END IF;
  IF (a.categories & ~1::bigint) & ~sala_recorded(a.case_id, a.grantee_id, a.purpose, a.valid_from, a.valid_until) <> 0 THEN
    RAISE EXCEPTION 'an access to add what may not be recorded' USING ERRCODE = 'check_violation';
  END IF;
  IF v_owner IS DISTINCT FROM a.grantee_id AND NOT EXISTS (SELECT 1 FROM referrals r
      WHERE r.id = a.referral_id AND r.case_id = a.case_id AND r.from_id = v_owner AND r.to_id = a.grantee_id AND r.purpose = a.purpose
        AND r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND r.accepted_on <= a.valid_from AND a.valid_until <= r.valid_until) THEN
    RAISE EXCEPTION 'an access to add rests on no accepted referral' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd

-- Accesses to own rows are looked at once a statement, all together: an evaluation writes
-- a dozen a case, which differ in whom they are for, and an import thousands. They are
-- written on the facts as these stand; a fact that changes afterwards raises the case's
-- version, and then they open nothing.
-- +goose StatementBegin
CREATE FUNCTION sala_own_accesses_rest() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  a accesses;
BEGIN
  IF EXISTS (SELECT 1 FROM (SELECT DISTINCT m.grantee_id FROM made m WHERE m.grantee_id = m.contributor_id) m
      JOIN agencies g ON g.id = m.grantee_id AND g.kind = 'REGIONAL_COUNTERPART') THEN
    RAISE EXCEPTION 'an access of a regional counterpart' USING ERRCODE = 'check_violation'; -- J7
  END IF;
  IF EXISTS (SELECT 1 FROM (SELECT DISTINCT m.grantee_id, m.member_id FROM made m WHERE m.grantee_id = m.contributor_id AND m.member_id NOT IN ('', m.grantee_id)) m
      WHERE NOT EXISTS (SELECT 1 FROM members x WHERE x.id = m.member_id AND x.agency_id = m.grantee_id)
        AND NOT EXISTS (SELECT 1 FROM teams x WHERE x.id = m.member_id AND x.agency_id = m.grantee_id)
        AND NOT EXISTS (SELECT 1 FROM agency_units x WHERE x.id = m.member_id AND x.agency_id = m.grantee_id)) THEN
    RAISE EXCEPTION 'an access of somebody who is no member of the agency' USING ERRCODE = 'check_violation'; -- D5
  END IF;
  IF EXISTS (SELECT 1 FROM (SELECT DISTINCT m.case_id, m.grantee_id, m.member_id FROM made m WHERE m.grantee_id = m.contributor_id AND m.member_id NOT IN ('', m.grantee_id)) m
      WHERE NOT EXISTS (SELECT 1 FROM assignments s WHERE s.case_id = m.case_id AND s.agency_id = m.grantee_id AND s.member_id = m.member_id AND s.ended_on IS NULL)) THEN
    RAISE EXCEPTION 'an access for one who is not on the case' USING ERRCODE = 'check_violation'; -- D5
  END IF;
  -- To correct rests on what to add does, and reading on no category and no interval.
  FOR a IN SELECT DISTINCT ON (m.case_id, m.grantee_id, m.purpose, replace(m.action, 'CORRECT', 'ADD'), m.referral_id,
        CASE WHEN m.action = 'READ' THEN '' ELSE m.categories || ' ' || m.valid_from || ' ' || m.valid_until END) m.*
      FROM made m WHERE m.grantee_id = m.contributor_id LOOP
    PERFORM sala_own_access_rests(a);
  END LOOP;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER accesses_own_made AFTER INSERT ON accesses REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION sala_own_accesses_rest();
CREATE TRIGGER accesses_own_changed AFTER UPDATE ON accesses REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION sala_own_accesses_rest();

-- The others one by one, at the commit, as before.
DROP TRIGGER accesses_rest ON accesses;
CREATE CONSTRAINT TRIGGER accesses_rest AFTER INSERT OR UPDATE ON accesses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.grantee_id <> NEW.contributor_id) EXECUTE FUNCTION sala_access_rests();
DROP TRIGGER accesses_held ON accesses;
CREATE CONSTRAINT TRIGGER accesses_held AFTER INSERT OR UPDATE ON accesses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.grantee_id <> NEW.contributor_id) EXECUTE FUNCTION sala_access_held();

-- sala_open as before. Each holder is looked up by all of an access's index: asked for a
-- list of them at once, the planner would rather read all that the agency has.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_open(p_case text, p_contributor text, p_action text, p_bits bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_agency text := sala_agency();
  v_holders text[] := string_to_array(nullif(current_setting('sala.holders', true), ''), ',');
  v_purpose text := sala_purpose();
  v_now bigint := sala_now();
BEGIN
  IF v_holders IS NULL THEN
    RETURN false;
  END IF;
  IF sala_flag('supervisor') THEN
    v_holders := array_append(v_holders, '');
  END IF;
  RETURN EXISTS (
    SELECT 1 FROM unnest(v_holders) AS h(id)
    CROSS JOIN LATERAL (SELECT a.* FROM accesses a
      WHERE a.grantee_id = v_agency AND a.member_id = h.id AND a.purpose = v_purpose AND a.action = p_action AND a.case_id = p_case
        AND (p_contributor IS NULL OR a.contributor_id = p_contributor) AND (p_bits = 0 OR (a.categories & p_bits) <> 0)
        AND a.valid_from <= v_now AND a.valid_until > v_now OFFSET 0) a
    JOIN case_files f ON f.id = p_case AND f.facts_version = a.facts_version AND f.evaluated_version = f.facts_version
    JOIN gates gp ON gp.id = 'policy' AND gp.open AND gp.revision = a.revision
    JOIN gates gg ON gg.id = v_agency AND gg.open
    WHERE a.agreement_id = '' OR EXISTS (SELECT 1 FROM gates g WHERE g.id = a.agreement_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.referral_agreement_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.referrer_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.contributor_id AND g.open));
END $$;
-- +goose StatementEnd
