-- +goose Up
-- Consent that is confirmed (C6), and apart for justice (C9); her time to recover and
-- reflect (D7).
ALTER TABLE "consents" ADD COLUMN "legal_advice_offered" boolean NOT NULL DEFAULT false;
ALTER TABLE "consents" ADD COLUMN "confirms_id" character varying NULL;
CREATE TABLE "recovery_periods" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NOT NULL,
  "decision" character varying NOT NULL DEFAULT 'UNDECIDED',
  "decided_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "recoveryperiod_case_id" ON "recovery_periods" ("case_id");
CREATE TRIGGER recovery_periods_fact AFTER INSERT OR UPDATE OR DELETE ON recovery_periods FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
ALTER TABLE recovery_periods ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON recovery_periods TO sala_request;
GRANT UPDATE (valid_until, decision, decided_on) ON recovery_periods TO sala_request;
GRANT SELECT ON recovery_periods TO sala_policy;
GRANT SELECT ON recovery_periods TO sala_departure;
CREATE POLICY request_select ON recovery_periods FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_insert ON recovery_periods FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_flag('casework') AND sala_owns(case_id));
CREATE POLICY request_update ON recovery_periods FOR UPDATE TO sala_request
  USING (sala_owns_open(case_id) AND sala_flag('casework'))
  WITH CHECK (sala_owns(case_id));
CREATE POLICY policy_select ON recovery_periods FOR SELECT TO sala_policy USING (true);
CREATE POLICY departure_select ON recovery_periods FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));

-- It is not shortened: only her own word ends it before its time (D7).
-- +goose StatementBegin
CREATE FUNCTION sala_recovery_lasts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.valid_until < OLD.valid_until THEN
    RAISE EXCEPTION 'a period of recovery and reflection is not shortened' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER recovery_periods_last BEFORE UPDATE OF valid_until ON recovery_periods FOR EACH ROW EXECUTE FUNCTION sala_recovery_lasts();

CREATE OR REPLACE FUNCTION sala_contributed() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT array_agg(c.table_name::text ORDER BY c.table_name) FROM information_schema.columns c
    JOIN information_schema.columns k ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = 'case_id'
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'public' AND c.column_name = 'contributor_id'
      AND c.table_name NOT IN ('consents', 'provisions', 'guardianships', 'best_interests', 'incapacities', 'recovery_periods',
        'case_changes', 'case_transfers', 'accesses', 'disclosures')
$$;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_untouched(p_import text, p_rows bigint[]) RETURNS TABLE ("row" bigint, case_id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT u.row, u.case_id FROM sala_untouched_parts(p_import, p_rows) u
    WHERE NOT EXISTS (SELECT 1 FROM guardianships x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM best_interests x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM incapacities x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM recovery_periods x WHERE x.case_id = u.case_id);
END $$;
-- +goose StatementEnd

-- sala_leaf as before, with what a provisional statement opens (C6) and what takes a
-- consent apart (C9).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_leaf(a accesses, p_word text, p_owner text)
RETURNS TABLE (voice text, guardian text, kind text, given_on bigint, permit boolean, by_class boolean, opens boolean,
  written boolean, views boolean, mature boolean, stands_for jsonb, valid_from bigint, valid_until bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT k.voice::text, coalesce(k.guardianship_id, '')::text, coalesce(b.kind, '')::text, k.given_on,
    p.decision = 'PERMIT', p.recipient_class IS NOT NULL,
    coalesce(p.decision = 'PERMIT' AND k.basis = 'CONSENT'
      -- Provisional, it opens the minimum for 7 days; for justice not out of custody (C6).
      AND (full_said OR (p_word IN ('IDENTITY', 'CONTACT', 'PROFILE') AND (a.purpose <> 'JUSTICE' OR k.setting = 'SAFE_PLACE')))
      -- Her story, her health and where she is for justice: apart, after legal advice (C9).
      AND (a.purpose <> 'JUSTICE' OR p_word NOT IN ('NARRATIVE', 'HEALTH', 'WHEREABOUTS', 'HEALTH_RESTRICTED')
        OR (p_word <> 'HEALTH_RESTRICTED' AND full_said AND jsonb_array_length(p.purposes) = 1 AND jsonb_array_length(p.categories) = 1
          AND p.recipient_class IS NULL AND k.legal_advice_offered))
      -- Police, prosecutors and courts are never named by class (C3), and what is named
      -- singly is named by a provision of its own (B1).
      AND (p.recipient_class IS NULL OR NOT EXISTS (SELECT 1 FROM agencies x WHERE x.id = a.grantee_id AND x.kind IN ('POLICE', 'PROSECUTOR', 'COURT')))
      AND (p_word NOT IN ('WHEREABOUTS', 'HEALTH_RESTRICTED') OR jsonb_array_length(p.categories) = 1)
      AND (a.contributor_id = p_owner OR coalesce(p.contributor_ids ? a.contributor_id, false)) -- A2
      AND (k.voice <> 'CAREGIVER' OR (g.valid_from <= k.given_on AND k.given_on < g.valid_until))
      AND (k.voice <> 'BEST_INTERESTS' OR sala_in_effect(b.id, b.kind, p_owner)), false),
    coalesce(k.form IN ('WRITTEN', 'THUMBPRINT'), false), k.childs_views IS NOT NULL, k.mature_and_safe, coalesce(b.stands_for, '[]'),
    greatest(p.valid_from, g.valid_from),
    least(p.valid_until, g.valid_until, b.review_on, CASE b.kind WHEN 'ASSESSMENT' THEN k.given_on + 2592000000000 END,
      CASE WHEN NOT full_said THEN k.given_on + 604800000000 END)
    FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.case_id = p.case_id AND k.kind = 'SHARING'
    CROSS JOIN LATERAL (SELECT k.interpretation IN ('NONE_NEEDED', 'VETTED') AND k.setting = 'SAFE_PLACE' AS full_said) fs
    LEFT JOIN guardianships g ON g.id = k.guardianship_id AND g.case_id = k.case_id
    LEFT JOIN best_interests b ON b.id = k.best_interests_id AND b.case_id = k.case_id
    WHERE p.case_id = a.case_id AND p.recipient_id = a.grantee_id AND p.purposes ? a.purpose AND p.categories ? p_word
      AND NOT (k.voice = 'CAREGIVER' AND CASE WHEN k.guardianship_id IS NULL THEN p.decision = 'PERMIT'
        ELSE coalesce(g.conflict OR g.agency_id IN (p_owner, a.grantee_id), false) END);
END $$;
-- +goose StatementEnd

-- As before, with the time to recover and reflect (D7).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_shared_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  r referrals%ROWTYPE;
  v_owner text := (SELECT f.owner_id FROM case_files f WHERE f.id = a.case_id);
  v_deceased bigint := (SELECT x.deceased_on FROM persons x WHERE x.case_id = a.case_id);
  v_bits bigint := a.categories & ~1::bigint; -- CASE is never named (B5)
  v_words jsonb;
  v_said bigint;
  v_kept bigint;
  v_previewed bigint := 0;
BEGIN
  IF a.action NOT IN ('READ', 'PREVIEW') THEN
    RAISE EXCEPTION 'an access to change another contributor''s rows' USING ERRCODE = 'check_violation';
  END IF;
  IF a.purpose = 'JUSTICE' AND EXISTS (SELECT 1 FROM recovery_periods p WHERE p.case_id = a.case_id AND p.decision <> 'ASKS'
      AND p.valid_from <= a.valid_from AND a.valid_from < p.valid_until) THEN
    RAISE EXCEPTION 'an access for justice that starts while she recovers' USING ERRCODE = 'check_violation'; -- D7
  END IF;
  IF v_deceased IS NOT NULL AND (a.action = 'PREVIEW' OR a.valid_from >= v_deceased) THEN
    RAISE EXCEPTION 'an access that starts after her death' USING ERRCODE = 'check_violation'; -- C7
  END IF;
  SELECT * INTO r FROM referrals x WHERE x.id = a.referral_id AND x.case_id = a.case_id AND x.from_id = v_owner
    AND a.referrer_id = v_owner AND x.to_id = a.grantee_id AND x.purpose = a.purpose
    AND ((a.action = 'READ' AND x.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND x.accepted_on <= a.valid_from
          AND a.valid_until <= x.valid_until AND sala_bits(x.accepted_categories) & sala_bits(x.categories) & v_bits = v_bits)
      OR (a.action = 'PREVIEW' AND x.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING') AND v_bits = 0
          AND x.offered_on <= a.valid_from AND a.valid_until <= x.reply_by));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no referral of the owner that covers it' USING ERRCODE = 'check_violation'; -- D1, D4
  END IF;
  IF NOT EXISTS (SELECT 1 FROM consents k JOIN provisions p ON p.consent_id = k.id
      WHERE k.id = a.consent_id AND k.case_id = a.case_id AND k.kind = 'SHARING' AND k.given_on <= a.valid_from
        AND p.decision = 'PERMIT' AND p.recipient_id = a.grantee_id AND p.purposes ? a.purpose) THEN
    RAISE EXCEPTION 'an access rests on no statement of this case' USING ERRCODE = 'check_violation';
  END IF;
  IF v_owner <> a.contributor_id AND EXISTS (SELECT 1 FROM agencies g WHERE g.id = a.contributor_id AND g.kind = 'INTERNATIONAL_ORGANISATION') THEN
    RAISE EXCEPTION 'an access opens rows of an international organisation' USING ERRCODE = 'check_violation'; -- A6
  END IF;
  -- A preview names no category, nor does what supervisors see: it stands on any that all
  -- it rests on share (D2, D5).
  v_words := CASE WHEN a.action = 'READ' THEN r.accepted_categories ELSE r.categories END;
  IF v_bits <> 0 THEN
    v_words := (SELECT jsonb_agg(w.word) FROM jsonb_array_elements_text(v_words) AS w(word) WHERE sala_bits(jsonb_build_array(w.word)) & v_bits <> 0);
  END IF;
  v_said := sala_said(a, v_words, v_owner);
  IF v_said = 0 OR v_bits & ~v_said <> 0 THEN
    RAISE EXCEPTION 'an access goes beyond what was said' USING ERRCODE = 'check_violation'; -- C2, C4, C6, E1 to E6
  END IF;
  v_kept := sala_recorded(a.case_id, a.contributor_id, a.purpose, a.valid_from, a.valid_until);
  IF v_owner <> a.contributor_id AND sala_recorded(a.case_id, v_owner, a.purpose, a.valid_from, a.valid_until) = 0 THEN
    v_kept := 0;
  END IF;
  IF v_bits & ~v_kept <> 0 THEN
    RAISE EXCEPTION 'an access opens what is in safekeeping' USING ERRCODE = 'check_violation'; -- C8
  END IF;
  IF a.action = 'PREVIEW' THEN
    v_previewed := v_said & sala_bits(r.categories) & v_kept;
    IF v_previewed = 0 THEN
      RAISE EXCEPTION 'a preview of what is not shared' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  -- The contributor's agreement with the grantee and the referrer's: both, or the one (A2, D6).
  IF NOT sala_agreed(a.agreement_id, a.contributor_id, a.grantee_id, a.case_id, a.purpose, v_bits, v_previewed, a.valid_from, a.valid_until)
    OR NOT sala_agreed(a.referral_agreement_id, v_owner, a.grantee_id, a.case_id, a.purpose, v_bits, v_previewed, a.valid_from, a.valid_until) THEN
    RAISE EXCEPTION 'an access rests on no agreement that covers it' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd

-- As before; what she says of a transfer while she is incapable is not hers (C7).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_transfer_agreed(p_case text, p_from text, p_to text, p_consent text, p_now bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM provisions p
    JOIN consents k ON k.id = p.consent_id AND k.case_id = p.case_id
    JOIN case_files f ON f.id = p.case_id
    JOIN persons x ON x.case_id = p.case_id AND x.deceased_on IS NULL
    JOIN agencies t ON t.id = p.recipient_id AND t.kind <> 'REGIONAL_COUNTERPART'
    JOIN gates g1 ON g1.id = p_from AND g1.open
    JOIN gates g2 ON g2.id = p_to AND g2.open
    JOIN agreements g ON g.countersigned_on IS NOT NULL AND g.purposes @> p.purposes AND g.case_kinds ? f.kind
      AND g.valid_from <= p_now AND p_now < g.valid_until
    JOIN gates gg ON gg.id = g.id AND gg.open
    JOIN agreement_parties p1 ON p1.agreement_id = g.id AND p1.agency_id = p_from
    JOIN agreement_parties p2 ON p2.agreement_id = g.id AND p2.agency_id = p_to
    WHERE p.case_id = p_case AND p.consent_id = p_consent AND p.recipient_id = p_to AND p.recipient_class IS NULL AND p.decision = 'PERMIT'
      AND p.valid_from <= p_now AND p_now < p.valid_until
      AND k.kind = 'TRANSFER' AND k.voice = 'PERSON' AND k.basis = 'CONSENT'
      AND k.interpretation IN ('NONE_NEEDED', 'VETTED') AND k.setting = 'SAFE_PLACE'
      AND sala_adult_from(p_case) >= -2208988800000000 AND sala_adult_from(p_case) <= k.given_on AND k.given_on <= p_now
      AND NOT EXISTS (SELECT 1 FROM incapacities i WHERE i.case_id = p_case AND i.valid_from <= k.given_on AND k.given_on < i.valid_until)
      AND NOT EXISTS (SELECT 1 FROM provisions n JOIN consents kn ON kn.id = n.consent_id
        WHERE n.case_id = p_case AND n.recipient_id = p_to AND n.decision = 'DENY' AND kn.given_on >= k.given_on));
END $$;
-- +goose StatementEnd
