-- +goose Up
-- Children, and who decides for those who cannot (E1 to E6, C7): who speaks for a child,
-- what was decided in her best interests and by whom it is signed, spells of incapacity;
-- and the second wall's own judgment of what was said.

ALTER TABLE "consents" ADD COLUMN "guardianship_id" character varying NULL;
ALTER TABLE "consents" ADD COLUMN "best_interests_id" character varying NULL;
ALTER TABLE "consents" ADD COLUMN "childs_views" character varying NULL;
ALTER TABLE "consents" ADD COLUMN "mature_and_safe" boolean NOT NULL DEFAULT false;
CREATE INDEX "person_adult_latest" ON "persons" ("adult_latest");
CREATE TABLE "guardianships" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "relation" character varying NOT NULL,
  "capacity" character varying NOT NULL,
  "sealed" bytea NOT NULL,
  "agency_id" character varying NOT NULL DEFAULT '',
  "conflict" boolean NOT NULL DEFAULT false,
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "guardianship_case_id" ON "guardianships" ("case_id");
CREATE TABLE "best_interests" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "kind" character varying NOT NULL,
  "matter" character varying NOT NULL,
  "stands_for" jsonb NOT NULL,
  "panel" jsonb NULL,
  "sealed" bytea NOT NULL,
  "decided_on" bigint NOT NULL,
  "review_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "bestinterests_case_id" ON "best_interests" ("case_id");
CREATE TABLE "interests_signatures" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "interests_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "capacity" character varying NOT NULL,
  "signed_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "interestssignature_interests_id_member_id" ON "interests_signatures" ("interests_id", "member_id");
CREATE INDEX "interestssignature_case_id" ON "interests_signatures" ("case_id");
CREATE TABLE "incapacities" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "kind" character varying NOT NULL,
  "sealed" bytea NOT NULL,
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "incapacity_case_id" ON "incapacities" ("case_id");

CREATE TRIGGER guardianships_fact AFTER INSERT OR UPDATE OR DELETE ON guardianships FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER best_interests_fact AFTER INSERT OR UPDATE OR DELETE ON best_interests FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER interests_signatures_fact AFTER INSERT OR UPDATE OR DELETE ON interests_signatures FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER incapacities_fact AFTER INSERT OR UPDATE OR DELETE ON incapacities FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();

-- Who may sign a decision in her best interests, and as what: whoever recorded an
-- assessment, and a supervisor of the owner who did not; whoever a determination names.
-- +goose StatementBegin
CREATE FUNCTION sala_may_sign(p_interests text, p_case text, p_capacity text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM best_interests b JOIN case_files f ON f.id = b.case_id
    WHERE b.id = p_interests AND b.case_id = p_case AND CASE p_capacity
      WHEN 'WORKER' THEN b.kind = 'ASSESSMENT' AND f.owner_id = sala_agency() AND b.recorded_by = sala_member() AND sala_flag('casework')
      WHEN 'SUPERVISOR' THEN b.kind = 'ASSESSMENT' AND f.owner_id = sala_agency() AND b.recorded_by <> sala_member() AND sala_flag('supervisor')
      WHEN 'PANEL' THEN b.kind = 'DETERMINATION' AND b.panel @> jsonb_build_array(jsonb_build_object('agency', sala_agency(), 'member', sala_member()))
      ELSE false END);
END $$;
-- +goose StatementEnd

ALTER TABLE guardianships ENABLE ROW LEVEL SECURITY;
ALTER TABLE best_interests ENABLE ROW LEVEL SECURITY;
ALTER TABLE interests_signatures ENABLE ROW LEVEL SECURITY;
ALTER TABLE incapacities ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON guardianships, best_interests, interests_signatures, incapacities TO sala_request;
GRANT UPDATE (conflict, valid_until) ON guardianships TO sala_request;
GRANT UPDATE (valid_until) ON incapacities TO sala_request;
GRANT SELECT ON guardianships, best_interests, interests_signatures, incapacities TO sala_policy;
GRANT SELECT ON guardianships, best_interests, incapacities TO sala_departure;
CREATE POLICY request_select ON guardianships FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_insert ON guardianships FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_flag('casework') AND sala_owns(case_id));
CREATE POLICY policy_select ON guardianships FOR SELECT TO sala_policy USING (true);
CREATE POLICY departure_select ON guardianships FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY request_select ON best_interests FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_insert ON best_interests FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_flag('casework') AND sala_owns(case_id));
CREATE POLICY policy_select ON best_interests FOR SELECT TO sala_policy USING (true);
CREATE POLICY departure_select ON best_interests FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY request_select ON incapacities FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_insert ON incapacities FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_flag('casework') AND sala_owns(case_id));
CREATE POLICY policy_select ON incapacities FOR SELECT TO sala_policy USING (true);
CREATE POLICY departure_select ON incapacities FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY request_update ON guardianships FOR UPDATE TO sala_request
  USING (sala_owns_open(case_id) AND sala_flag('casework'))
  WITH CHECK (sala_owns(case_id));
CREATE POLICY request_update ON incapacities FOR UPDATE TO sala_request
  USING (sala_owns_open(case_id) AND sala_flag('casework'))
  WITH CHECK (sala_owns(case_id));
CREATE POLICY request_select ON interests_signatures FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_insert ON interests_signatures FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND member_id = sala_member() AND sala_may_sign(interests_id, case_id, capacity));
CREATE POLICY policy_select ON interests_signatures FOR SELECT TO sala_policy USING (true);
-- A statement of somebody else's, or of a decision, names one of the same case.
-- +goose StatementBegin
CREATE FUNCTION sala_statement_names() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.guardianship_id IS NOT NULL AND (NEW.voice <> 'CAREGIVER'
      OR NOT EXISTS (SELECT 1 FROM guardianships g WHERE g.id = NEW.guardianship_id AND g.case_id = NEW.case_id)) THEN
    RAISE EXCEPTION 'a statement by a guardian of nobody here' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.best_interests_id IS NOT NULL) <> (NEW.voice = 'BEST_INTERESTS') OR (NEW.best_interests_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM best_interests b WHERE b.id = NEW.best_interests_id AND b.case_id = NEW.case_id)) THEN
    RAISE EXCEPTION 'a statement of no decision in her best interests' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER consents_names BEFORE INSERT OR UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION sala_statement_names();

-- What was recorded of who decides for her stays where its contributor leaves, as her own
-- statements do: others' access rests on it.
CREATE OR REPLACE FUNCTION sala_contributed() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT array_agg(c.table_name::text ORDER BY c.table_name) FROM information_schema.columns c
    JOIN information_schema.columns k ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = 'case_id'
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'public' AND c.column_name = 'contributor_id'
      AND c.table_name NOT IN ('consents', 'provisions', 'guardianships', 'best_interests', 'incapacities',
        'case_changes', 'case_transfers', 'accesses', 'disclosures')
$$;

-- A case of an import is touched too once somebody speaks or decides for her.
ALTER FUNCTION sala_untouched(text, bigint[]) RENAME TO sala_untouched_parts;
REVOKE ALL ON FUNCTION sala_untouched_parts(text, bigint[]) FROM sala_request;
-- +goose StatementBegin
CREATE FUNCTION sala_untouched(p_import text, p_rows bigint[]) RETURNS TABLE ("row" bigint, case_id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT u.row, u.case_id FROM sala_untouched_parts(p_import, p_rows) u
    WHERE NOT EXISTS (SELECT 1 FROM guardianships x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM best_interests x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM incapacities x WHERE x.case_id = u.case_id);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_untouched(text, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_untouched(text, bigint[]) TO sala_request;

-- sala_recorded as before; a guardian in conflict counts for nothing, and each guardian's
-- own latest statement counts (C4, E4).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_recorded(p_case text, p_agency text, p_purpose text, p_from bigint, p_until bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_adult bigint;
  v_many bigint;
  v_voice text;
  v_yes boolean;
  v_categories jsonb;
BEGIN
  -- Where she alone has spoken, and once, there is nothing to weigh: most cases, and every
  -- one of an import. What follows comes to the same.
  SELECT count(*), min(k.voice), bool_and(p.decision = 'PERMIT' AND p.valid_from <= p_from AND p_until <= p.valid_until), (array_agg(p.categories))[1]
    INTO v_many, v_voice, v_yes, v_categories
    FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'RECORDING'
    WHERE p.case_id = p_case AND p.recipient_id = p_agency AND p.purposes ? p_purpose;
  IF v_many = 0 THEN
    RETURN 0;
  END IF;
  IF v_many = 1 AND v_voice = 'PERSON' THEN
    RETURN CASE WHEN v_yes THEN sala_bits(v_categories) ELSE 0 END;
  END IF;
  v_adult := sala_adult_from(p_case);
  RETURN (WITH leaf AS (
      SELECT w.word, k.voice, coalesce(k.guardianship_id, '') AS guardian, k.given_on, p.decision, p.valid_from, p.valid_until
      FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'RECORDING'
      CROSS JOIN LATERAL jsonb_array_elements_text(p.categories) AS w(word)
      WHERE p.case_id = p_case AND p.recipient_id = p_agency AND p.purposes ? p_purpose
        AND NOT EXISTS (SELECT 1 FROM guardianships g WHERE g.id = k.guardianship_id AND (g.conflict OR g.agency_id = p_agency))),
    counted AS (
      SELECT l.* FROM leaf l WHERE l.voice = 'PERSON'
        OR NOT EXISTS (SELECT 1 FROM leaf h WHERE h.word = l.word AND h.voice = 'PERSON' AND h.given_on >= v_adult)),
    last AS (
      SELECT c.* FROM counted c
      WHERE c.given_on = (SELECT max(d.given_on) FROM counted d WHERE d.word = c.word AND d.voice = c.voice AND d.guardian = c.guardian)),
    stands AS (
      SELECT l.word FROM last l GROUP BY l.word
      HAVING bool_and(l.decision = 'PERMIT' AND l.valid_from <= p_from AND p_until <= l.valid_until))
    SELECT coalesce(bit_or(sala_bits(jsonb_build_array(s.word))), 0) FROM stands s);
END $$;
-- +goose StatementEnd

-- sala_in_effect: an assessment is signed by a case worker and another as supervisor, both
-- of the owner; a determination by at least three people of at least two agencies (E5).
-- +goose StatementBegin
CREATE FUNCTION sala_in_effect(p_interests text, p_kind text, p_owner text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN CASE p_kind
    WHEN 'ASSESSMENT' THEN EXISTS (SELECT 1 FROM interests_signatures w JOIN interests_signatures s ON s.interests_id = w.interests_id
      WHERE w.interests_id = p_interests AND w.capacity = 'WORKER' AND w.agency_id = p_owner
        AND s.capacity = 'SUPERVISOR' AND s.agency_id = p_owner AND s.member_id <> w.member_id)
    WHEN 'DETERMINATION' THEN (SELECT count(DISTINCT s.member_id) >= 3 AND count(DISTINCT s.agency_id) >= 2
      FROM interests_signatures s WHERE s.interests_id = p_interests AND s.capacity = 'PANEL')
    ELSE false END;
END $$;
-- +goose StatementEnd

-- sala_leaf: what was said to an agency of one category for a purpose, as far as it
-- counts: not what a guardian in conflict said (E4), nor a yes of somebody who is not
-- known by name. opens is whether it opens the contributor's rows at all; valid_from and
-- valid_until are within the guardian's time, and a decision's until its review.
-- +goose StatementBegin
CREATE FUNCTION sala_leaf(a accesses, p_word text, p_owner text)
RETURNS TABLE (voice text, guardian text, kind text, given_on bigint, permit boolean, by_class boolean, opens boolean,
  written boolean, views boolean, mature boolean, stands_for jsonb, valid_from bigint, valid_until bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT k.voice::text, coalesce(k.guardianship_id, '')::text, coalesce(b.kind, '')::text, k.given_on,
    p.decision = 'PERMIT', p.recipient_class IS NOT NULL,
    coalesce(p.decision = 'PERMIT' AND k.basis = 'CONSENT' AND k.interpretation IN ('NONE_NEEDED', 'VETTED') AND k.setting = 'SAFE_PLACE' -- C6
      -- Police, prosecutors and courts are never named by class (C3), and what is named
      -- singly is named by a provision of its own (B1).
      AND (p.recipient_class IS NULL OR NOT EXISTS (SELECT 1 FROM agencies x WHERE x.id = a.grantee_id AND x.kind IN ('POLICE', 'PROSECUTOR', 'COURT')))
      AND (p_word NOT IN ('WHEREABOUTS', 'HEALTH_RESTRICTED') OR jsonb_array_length(p.categories) = 1)
      AND (a.contributor_id = p_owner OR coalesce(p.contributor_ids ? a.contributor_id, false)) -- A2
      AND (k.voice <> 'CAREGIVER' OR (g.valid_from <= k.given_on AND k.given_on < g.valid_until))
      AND (k.voice <> 'BEST_INTERESTS' OR sala_in_effect(b.id, b.kind, p_owner)), false),
    coalesce(k.form IN ('WRITTEN', 'THUMBPRINT'), false), k.childs_views IS NOT NULL, k.mature_and_safe, coalesce(b.stands_for, '[]'),
    greatest(p.valid_from, g.valid_from),
    least(p.valid_until, g.valid_until, b.review_on, CASE b.kind WHEN 'ASSESSMENT' THEN k.given_on + 2592000000000 END)
    FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.case_id = p.case_id AND k.kind = 'SHARING'
    LEFT JOIN guardianships g ON g.id = k.guardianship_id AND g.case_id = k.case_id
    LEFT JOIN best_interests b ON b.id = k.best_interests_id AND b.case_id = k.case_id
    WHERE p.case_id = a.case_id AND p.recipient_id = a.grantee_id AND p.purposes ? a.purpose AND p.categories ? p_word
      AND NOT (k.voice = 'CAREGIVER' AND CASE WHEN k.guardianship_id IS NULL THEN p.decision = 'PERMIT'
        ELSE coalesce(g.conflict OR g.agency_id IN (p_owner, a.grantee_id), false) END);
END $$;
-- +goose StatementEnd

-- sala_word_said: whether what was said lets the access open the category throughout its
-- interval: her own latest word as an adult, or what others decide while she is incapable
-- (C4, C7); before that the voices that her band of age requires (E2), a panel's
-- determination for JUSTICE and RETURN (E5), and at 18 what may stay for 30 days (E6).
-- +goose StatementBegin
CREATE FUNCTION sala_word_said(a accesses, p_word text, p_owner text, p_adult bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v record;
  v_need text := 'ALL';
  v_end bigint := 9223372036854775807;
  v_child boolean := p_adult IS NULL OR a.valid_from < p_adult;
  v_panel boolean;
  v_person boolean;
  v_carer boolean;
BEGIN
  WITH said AS MATERIALIZED (SELECT * FROM sala_leaf(a, p_word, p_owner)),
    leaf AS (SELECT s.*, s.opens AND s.given_on <= a.valid_from AND s.valid_from <= a.valid_from AND a.valid_until <= s.valid_until AS yes
      FROM said s WHERE NOT v_child OR p_adult IS NULL OR s.given_on < p_adult),
    last AS (SELECT l.* FROM leaf l WHERE l.given_on = (SELECT max(m.given_on) FROM leaf m
      WHERE m.voice = l.voice AND m.guardian = l.guardian AND m.kind = l.kind)),
    named AS (SELECT l.* FROM leaf l WHERE NOT l.by_class AND l.given_on = (SELECT max(m.given_on) FROM leaf m
      WHERE NOT m.by_class AND m.voice = l.voice AND m.guardian = l.guardian AND m.kind = l.kind)),
    refused AS (SELECT l.voice FROM last l WHERE NOT l.permit UNION SELECT n.voice FROM named n WHERE NOT n.permit)
  SELECT
    coalesce(bool_and(l.yes) FILTER (WHERE l.voice = 'PERSON'), false) AS p,
    coalesce(bool_and(l.written) FILTER (WHERE l.voice = 'PERSON'), false) AS p_written,
    coalesce(bool_and(l.mature AND l.given_on >= p_adult - 94608000000000) FILTER (WHERE l.voice = 'PERSON'), false) AS p_mature,
    coalesce(bool_and(l.given_on >= p_adult AND NOT EXISTS (SELECT 1 FROM incapacities i
      WHERE i.case_id = a.case_id AND i.valid_from <= l.given_on AND l.given_on < i.valid_until)) FILTER (WHERE l.voice = 'PERSON'), false) AS p_grown,
    coalesce(bool_and(l.yes) FILTER (WHERE l.voice = 'CAREGIVER'), false) AS c,
    coalesce(bool_and(l.views) FILTER (WHERE l.voice = 'CAREGIVER'), false) AS c_views,
    coalesce(bool_and(l.yes) FILTER (WHERE l.kind = 'DETERMINATION'), false) AS d,
    coalesce(bool_and(l.yes AND l.stands_for ? 'PERSON') FILTER (WHERE l.kind = 'DETERMINATION'), false) AS d_p,
    coalesce(bool_and(l.yes AND l.stands_for ? 'CAREGIVER') FILTER (WHERE l.kind = 'DETERMINATION'), false) AS d_c,
    coalesce(bool_and(l.yes AND l.stands_for ? 'PERSON') FILTER (WHERE l.kind = 'ASSESSMENT'), false) AS a_p,
    coalesce(bool_and(l.yes AND l.stands_for ? 'CAREGIVER') FILTER (WHERE l.kind = 'ASSESSMENT'), false) AS a_c,
    'PERSON' IN (SELECT r.voice FROM refused r) AS p_no,
    'CAREGIVER' IN (SELECT r.voice FROM refused r) AS c_no,
    'BEST_INTERESTS' IN (SELECT r.voice FROM refused r) AS b_no,
    EXISTS (SELECT 1 FROM said s WHERE s.voice = 'PERSON' AND s.given_on >= p_adult) AS spoke_grown
    INTO v FROM last l;
  v_panel := a.purpose NOT IN ('JUSTICE', 'RETURN') OR v.d;
  IF NOT v_child THEN
    RETURN (v.p AND v.p_grown AND NOT v.p_no)
      OR ((v.d_p OR v.a_p) AND v_panel AND NOT v.p_no AND NOT v.b_no AND EXISTS (SELECT 1 FROM incapacities i
        WHERE i.case_id = a.case_id AND i.valid_from <= a.valid_from AND a.valid_until <= i.valid_until));
  END IF;
  IF p_adult IS NOT NULL THEN
    CASE
      WHEN a.valid_from < p_adult - 378604800000000 THEN v_need := 'VIEWS'; v_end := p_adult - 378604800000000;
      WHEN a.valid_from < p_adult - 189302400000000 THEN v_need := 'ASSENT'; v_end := p_adult - 189302400000000;
      WHEN a.valid_from < p_adult - 94608000000000 THEN v_need := 'WRITTEN'; v_end := p_adult - 94608000000000;
      ELSE
        v_need := 'OWN';
        v_end := p_adult + CASE WHEN a.action = 'READ' AND a.purpose IN ('PROTECTION', 'ASSISTANCE') THEN 2592000000000 ELSE 0 END;
    END CASE;
  END IF;
  v_person := (v.p AND NOT v.p_no AND (v_need = 'ASSENT' OR v.p_written)) OR v.d_p OR (NOT v.p_no AND (v.a_p OR v_need = 'VIEWS'));
  v_carer := (v.c AND NOT v.c_no AND (v.c_views OR v_need IN ('WRITTEN', 'OWN'))) OR v.d_c OR (v.a_c AND NOT v.c_no);
  RETURN a.valid_until <= v_end AND NOT v.spoke_grown AND NOT v.b_no AND v_panel
    AND ((v_person AND v_carer) OR (v_need = 'OWN' AND v.p AND NOT v.p_no AND v.p_mature));
END $$;
-- +goose StatementEnd

-- sala_said: of the categories named, those that what was said lets the access open.
-- +goose StatementBegin
CREATE FUNCTION sala_said(a accesses, p_words jsonb, p_owner text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_adult bigint := sala_adult_from(a.case_id);
  v_word text;
  v_bits bigint := 0;
BEGIN
  IF v_adult < -2208988800000000 THEN
    RETURN 0; -- such a date can only be a mistake
  END IF;
  FOR v_word IN SELECT w.word FROM jsonb_array_elements_text(p_words) AS w(word) LOOP
    IF coalesce(sala_word_said(a, v_word, p_owner, v_adult), false) THEN
      v_bits := v_bits | sala_bits(jsonb_build_array(v_word));
    END IF;
  END LOOP;
  RETURN v_bits;
END $$;
-- +goose StatementEnd

-- What an access to another contributor's rows rests on: a referral of this case by its
-- owner, with what was said, recording and agreements that cover its grantee,
-- contributor, categories, purpose and interval.
-- +goose StatementBegin
CREATE FUNCTION sala_shared_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
  IF a.purpose = 'JUSTICE' AND v_bits & sala_bits('["WHEREABOUTS", "HEALTH", "HEALTH_RESTRICTED", "NARRATIVE"]') <> 0 THEN
    RAISE EXCEPTION 'an access for justice to what needs a consent of its own' USING ERRCODE = 'check_violation'; -- C9
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
    IF a.purpose = 'JUSTICE' THEN
      v_previewed := v_previewed & ~sala_bits('["WHEREABOUTS", "HEALTH", "HEALTH_RESTRICTED", "NARRATIVE"]');
    END IF;
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

-- sala_access_rests as before, but for what concerns the rows of others, which is above.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_access_rests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM accesses a WHERE a.id = NEW.id) THEN
    RETURN NULL; -- replaced in the same transaction
  END IF;
  IF EXISTS (SELECT 1 FROM agencies g WHERE g.id IN (NEW.grantee_id, NEW.contributor_id) AND g.kind = 'REGIONAL_COUNTERPART') THEN
    RAISE EXCEPTION 'an access of a regional counterpart' USING ERRCODE = 'check_violation'; -- J7
  END IF;
  IF NEW.member_id NOT IN ('', NEW.grantee_id) AND NOT EXISTS (SELECT 1 FROM members m WHERE m.id = NEW.member_id AND m.agency_id = NEW.grantee_id)
      AND NOT EXISTS (SELECT 1 FROM teams t WHERE t.id = NEW.member_id AND t.agency_id = NEW.grantee_id)
      AND NOT EXISTS (SELECT 1 FROM agency_units u WHERE u.id = NEW.member_id AND u.agency_id = NEW.grantee_id) THEN
    RAISE EXCEPTION 'an access of somebody who is no member of the agency' USING ERRCODE = 'check_violation'; -- D5
  END IF;
  IF NEW.grantee_id = NEW.contributor_id THEN
    PERFORM sala_own_access_rests(NEW);
  ELSE
    PERFORM sala_shared_access_rests(NEW);
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- These answer about any case, whoever asks: they are for the triggers alone.
REVOKE ALL ON FUNCTION sala_in_effect(text, text, text), sala_leaf(accesses, text, text), sala_word_said(accesses, text, text, bigint),
  sala_said(accesses, jsonb, text), sala_shared_access_rests(accesses) FROM PUBLIC;
