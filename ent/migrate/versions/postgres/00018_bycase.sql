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
--
-- The same for another member, team or unit, or to correct beside to add, rests on the
-- same: of each the one with the lowest id is looked at, where this transaction made it
-- too. Then its own check has been, or will be, in this transaction, on the same version
-- of the facts; policy's role can neither alter an access nor lower a version.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_own_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_owner text;
BEGIN
  IF a.action NOT IN ('READ', 'ADD', 'CORRECT') THEN
    RAISE EXCEPTION 'an access of an unknown kind to own rows' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM accesses b WHERE b.case_id = a.case_id AND b.contributor_id = a.contributor_id AND b.grantee_id = a.grantee_id
      AND b.id < a.id AND b.xmin = pg_current_xact_id()::xid AND b.facts_version = a.facts_version AND b.purpose = a.purpose
      AND (b.action = a.action AND a.action = 'READ'
        OR a.action <> 'READ' AND b.action IN ('ADD', 'CORRECT') AND b.categories = a.categories AND b.referral_id = a.referral_id
          AND b.valid_from = a.valid_from AND b.valid_until = a.valid_until)) THEN
    RETURN;
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
