-- +goose Up
-- Legal bases: a court's order, a statutory duty, a vital interest (F1, F2); and the counts
-- of a duty to notify refusals (F4).
ALTER TABLE "accesses" ADD COLUMN "legal_basis_id" character varying NULL;
CREATE TABLE "legal_bases" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "kind" character varying NOT NULL,
  "reference" character varying NOT NULL,
  "source_id" character varying NOT NULL,
  "purpose" character varying NOT NULL,
  "categories" jsonb NOT NULL,
  "sealed" bytea NOT NULL,
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NOT NULL,
  "delayed_until" bigint NULL,
  "state" character varying NOT NULL DEFAULT 'WAITING',
  "checked_on" bigint NULL,
  "checked_by" character varying NOT NULL DEFAULT '',
  "checked_agency" character varying NOT NULL DEFAULT '',
  "refusal" character varying NULL,
  "ended_on" bigint NULL,
  "ended_by" character varying NOT NULL DEFAULT '',
  PRIMARY KEY ("id")
);
CREATE INDEX "legalbasis_case_id" ON "legal_bases" ("case_id");
CREATE INDEX "legalbasis_contributor_id_recorded_on" ON "legal_bases" ("contributor_id", "recorded_on");
CREATE INDEX "legalbasis_source_id_recorded_on" ON "legal_bases" ("source_id", "recorded_on");

-- One that waits is no fact: entering it, or taking it back, neither locks nor evaluates a
-- case, so that it takes as long whether there is one or not. One that is in effect is.
CREATE TRIGGER legal_bases_fact AFTER UPDATE ON legal_bases FOR EACH ROW WHEN (NEW.case_id <> '' AND 'CONFIRMED' IN (OLD.state, NEW.state)) EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER legal_bases_fact_deleted AFTER DELETE ON legal_bases FOR EACH ROW WHEN (OLD.case_id <> '' AND OLD.state = 'CONFIRMED') EXECUTE FUNCTION sala_fact_changed();

-- It waits, is decided about once, by a focal point of the agency whose rows they are who
-- did not enter it, and ends for good (F1).
-- +goose StatementBegin
CREATE FUNCTION sala_legal_basis_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'WAITING' OR NEW.checked_on IS NOT NULL OR NEW.checked_by <> '' OR NEW.checked_agency <> '' OR NEW.refusal IS NOT NULL OR NEW.ended_on IS NOT NULL
        OR NEW.ended_by <> '' OR NEW.source_id = NEW.contributor_id THEN
      RAISE EXCEPTION 'a legal basis begins by waiting for another agency' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.case_id, NEW.contributor_id, NEW.recorded_on, NEW.recorded_by, NEW.kind, NEW.reference, NEW.source_id, NEW.purpose, NEW.categories, NEW.sealed,
        NEW.valid_from, NEW.valid_until, NEW.delayed_until)
      IS DISTINCT FROM (OLD.case_id, OLD.contributor_id, OLD.recorded_on, OLD.recorded_by, OLD.kind, OLD.reference, OLD.source_id, OLD.purpose, OLD.categories, OLD.sealed,
        OLD.valid_from, OLD.valid_until, OLD.delayed_until) THEN
    RAISE EXCEPTION 'what a legal basis says is not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state = 'WAITING' AND NEW.state IN ('CONFIRMED', 'REFUSED') THEN
    IF NOT coalesce(NEW.checked_by <> OLD.recorded_by AND NEW.checked_agency = OLD.source_id AND NEW.checked_on >= OLD.recorded_on AND NEW.ended_on IS NULL
        AND (NEW.state = 'REFUSED') = (NEW.refusal IS NOT NULL) AND (NEW.state = 'REFUSED' OR OLD.case_id <> '')
        AND EXISTS (SELECT 1 FROM members m WHERE m.id = NEW.checked_by AND m.agency_id = OLD.source_id AND m.active
          AND m.roles ? 'DATA_PROTECTION_FOCAL_POINT'), false) THEN
      RAISE EXCEPTION 'a legal basis that was not checked by the agency whose rows it asks for' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state IN ('WAITING', 'CONFIRMED') AND NEW.state = 'ENDED' AND NEW.ended_on IS NOT NULL
      AND (NEW.checked_on, NEW.checked_by, NEW.checked_agency, NEW.refusal) IS NOT DISTINCT FROM (OLD.checked_on, OLD.checked_by, OLD.checked_agency, OLD.refusal) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a legal basis is decided about once' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER legal_bases_move BEFORE INSERT OR UPDATE ON legal_bases FOR EACH ROW EXECUTE FUNCTION sala_legal_basis_moves();

-- What a notice is about, as ent/rule says it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_acknowledges(p_subject text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE WHEN split_part(p_subject, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach', 'legalbasis')
      THEN split_part(p_subject, '_', 1) ELSE 'case' END
    = ANY (string_to_array(nullif(current_setting('sala.acknowledges', true), ''), ',')), false)
$$;
-- +goose StatementEnd
DROP POLICY request_select ON notices;
CREATE POLICY request_select ON notices FOR SELECT TO sala_request
  USING (agency_id = sala_agency()
    AND (holder_id = '' OR holder_id = ANY (string_to_array(nullif(current_setting('sala.holders', true), ''), ',')))
    AND (sala_flag('casework') OR sala_flag('casenotices')
      OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach', 'legalbasis'))
    AND (sala_flag('parties') OR kind NOT IN
      ('AGREEMENT_SUSPENDED', 'AGREEMENT_RESUMED', 'AGREEMENT_IN_FORCE', 'AGREEMENT_ENDED', 'AGREEMENT_SHUT_DOWN', 'AGENCY_SUSPENDED', 'AGENCY_RESUMED',
       'BREACH_REPORTED', 'DELETION_PLANNED', 'DELETION_STOPPED')));

-- To whoever entered it, to the focal point of the agency that is asked, and within the
-- case to its owner and that agency. Who acknowledges notices about it checks it.
ALTER TABLE legal_bases ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON legal_bases TO sala_request;
GRANT UPDATE (state, checked_on, checked_by, checked_agency, refusal, ended_on, ended_by) ON legal_bases TO sala_request;
GRANT SELECT ON legal_bases TO sala_policy, sala_departure;
CREATE POLICY request_select ON legal_bases FOR SELECT TO sala_request
  USING ((contributor_id = sala_agency() AND sala_flag('casework'))
    OR (source_id = sala_agency() AND (sala_acknowledges('legalbasis_') OR sala_open(case_id, sala_agency(), 'READ', 0)))
    OR sala_owns_open(case_id));
CREATE POLICY request_insert ON legal_bases FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_flag('casework'));
CREATE POLICY request_update ON legal_bases FOR UPDATE TO sala_request
  USING ((source_id = sala_agency() AND sala_acknowledges('legalbasis_')) OR (contributor_id = sala_agency() AND sala_flag('casework')))
  WITH CHECK ((state IN ('CONFIRMED', 'REFUSED') AND source_id = sala_agency() AND checked_by = sala_member() AND sala_acknowledges('legalbasis_'))
    OR (state = 'ENDED' AND ended_by = sala_member()));
CREATE POLICY policy_select ON legal_bases FOR SELECT TO sala_policy USING (true);
CREATE POLICY departure_select ON legal_bases FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));

-- Once it is in effect, whoever entered it is on the case (D5).
GRANT INSERT ON assignments TO sala_policy;
CREATE POLICY policy_insert ON assignments FOR INSERT TO sala_policy WITH CHECK (ended_on IS NULL AND EXISTS (SELECT 1 FROM legal_bases b
  WHERE b.case_id = assignments.case_id AND b.contributor_id = assignments.agency_id AND b.recorded_by = assignments.member_id AND b.state = 'CONFIRMED'));

CREATE OR REPLACE FUNCTION sala_contributed() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT array_agg(c.table_name::text ORDER BY c.table_name) FROM information_schema.columns c
    JOIN information_schema.columns k ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = 'case_id'
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'public' AND c.column_name = 'contributor_id'
      AND c.table_name NOT IN ('consents', 'provisions', 'guardianships', 'best_interests', 'incapacities', 'recovery_periods', 'legal_bases',
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
      AND NOT EXISTS (SELECT 1 FROM recovery_periods x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM legal_bases x WHERE x.case_id = u.case_id);
END $$;
-- +goose StatementEnd

-- As before; and what rests on no agreement passes the gate of the agency whose rows it
-- opens. Of own rows that is the grantee's own, which is asked for in any case.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_gates_open(p_agreement text, p_referral_agreement text, p_referrer text, p_contributor text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM gates g WHERE g.id = p_contributor AND g.open)
    AND (p_agreement = '' OR (
      EXISTS (SELECT 1 FROM gates g WHERE g.id = p_agreement AND g.open)
      AND EXISTS (SELECT 1 FROM gates g WHERE g.id = p_referral_agreement AND g.open)
      AND EXISTS (SELECT 1 FROM gates g WHERE g.id = p_referrer AND g.open)));
END $$;
-- +goose StatementEnd
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
    WHERE EXISTS (SELECT 1 FROM gates g WHERE g.id = a.contributor_id AND g.open)
      AND (a.agreement_id = '' OR EXISTS (SELECT 1 FROM gates g WHERE g.id = a.agreement_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.referral_agreement_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.referrer_id AND g.open)));
END $$;
-- +goose StatementEnd

-- sala_refused_to_be_helped: whether she refuses what a vital interest would open of one
-- category throughout the access: to the agency that asks, or that the category be recorded
-- by the agency whose rows they are or by the owner. What she said as a child, or while
-- incapable, does not bind while she is still either (F2, C7).
-- +goose StatementBegin
CREATE FUNCTION sala_refused_to_be_helped(a accesses, p_word text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_owner text := (SELECT f.owner_id FROM case_files f WHERE f.id = a.case_id);
  v_adult bigint := sala_adult_from(a.case_id);
  v_helpable boolean;
  v_any boolean;
  v_bound boolean;
BEGIN
  v_helpable := v_adult IS NULL OR (v_adult >= -2208988800000000 AND (a.valid_until <= v_adult OR EXISTS (SELECT 1 FROM incapacities i
    WHERE i.case_id = a.case_id AND i.valid_from <= a.valid_from AND a.valid_until <= i.valid_until)));
  WITH hers AS (
      SELECT k.kind || ' ' || p.recipient_id AS list, k.given_on, p.decision = 'DENY' AS no, p.recipient_class IS NULL AS named,
        coalesce(k.given_on >= v_adult, false) AND NOT EXISTS (SELECT 1 FROM incapacities i
          WHERE i.case_id = a.case_id AND i.valid_from <= k.given_on AND k.given_on < i.valid_until) AS binding
      FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.case_id = p.case_id
      WHERE p.case_id = a.case_id AND k.voice = 'PERSON' AND p.purposes ? a.purpose AND p.categories ? p_word
        AND ((k.kind = 'SHARING' AND p.recipient_id = a.grantee_id) OR (k.kind = 'RECORDING' AND p.recipient_id IN (a.contributor_id, v_owner)))),
    marked AS (SELECT h.no, h.binding,
        h.given_on = max(h.given_on) OVER (PARTITION BY h.list)
          OR (h.named AND h.given_on = max(h.given_on) FILTER (WHERE h.named) OVER (PARTITION BY h.list)) AS last,
        h.given_on = max(h.given_on) FILTER (WHERE h.binding) OVER (PARTITION BY h.list)
          OR (h.named AND h.given_on = max(h.given_on) FILTER (WHERE h.named AND h.binding) OVER (PARTITION BY h.list)) AS last_binding
      FROM hers h)
  SELECT coalesce(bool_or(m.no AND m.last), false), coalesce(bool_or(m.no AND m.binding AND m.last_binding), false) INTO v_any, v_bound FROM marked m;
  RETURN v_bound OR (v_any AND NOT v_helpable);
END $$;
-- +goose StatementEnd

-- What an access by a legal basis rests on: one of this case that the agency whose rows
-- they are has checked, that covers grantee, contributor, categories, purpose and interval,
-- and that such a basis may open (F1, F2, B1, C7, C9, D7).
-- +goose StatementBegin
CREATE FUNCTION sala_legal_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  b legal_bases%ROWTYPE;
  v_bits bigint := a.categories & ~1::bigint; -- CASE is never named (B5)
  v_guarded bigint := sala_bits('["WHEREABOUTS", "HEALTH", "HEALTH_RESTRICTED", "NARRATIVE"]');
  v_words text[];
  v_refused bigint;
BEGIN
  IF a.action <> 'READ' OR a.referral_id <> '' OR a.consent_id <> '' OR a.agreement_id <> '' OR a.referrer_id <> '' OR a.referral_agreement_id <> '' THEN
    RAISE EXCEPTION 'an access by a legal basis that is more than one' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO b FROM legal_bases x WHERE x.id = a.legal_basis_id AND x.case_id = a.case_id AND x.contributor_id = a.grantee_id
    AND x.source_id = a.contributor_id AND x.purpose = a.purpose AND x.state = 'CONFIRMED' AND x.valid_from <= a.valid_from
    AND x.checked_on <= a.valid_from AND a.valid_until <= x.valid_until;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no legal basis that covers it' USING ERRCODE = 'check_violation'; -- F1
  END IF;
  IF b.checked_by = b.recorded_by OR b.checked_agency <> a.contributor_id OR NOT EXISTS (SELECT 1 FROM members m WHERE m.id = b.checked_by AND m.agency_id = a.contributor_id) THEN
    RAISE EXCEPTION 'an access by a legal basis that its own agency approved' USING ERRCODE = 'check_violation'; -- F1
  END IF;
  IF NOT EXISTS (SELECT 1 FROM case_files f WHERE f.id = a.case_id AND f.owner_id = a.contributor_id)
      AND NOT EXISTS (SELECT 1 FROM case_contributors c WHERE c.case_id = a.case_id AND c.contributor_id = a.contributor_id) THEN
    RAISE EXCEPTION 'an access by a legal basis to rows of an agency that has none' USING ERRCODE = 'check_violation'; -- A1
  END IF;
  IF v_bits & ~sala_bits(b.categories) <> 0 OR jsonb_array_length(b.categories) = 0
      OR (b.categories ?| ARRAY['WHEREABOUTS', 'HEALTH_RESTRICTED'] AND jsonb_array_length(b.categories) <> 1) THEN
    RAISE EXCEPTION 'an access goes beyond what its legal basis names' USING ERRCODE = 'check_violation'; -- B1
  END IF;
  IF a.purpose = 'JUSTICE' AND (b.kind = 'VITAL_INTEREST' OR (b.kind <> 'COURT_ORDER'
      AND (v_bits & v_guarded <> 0 OR sala_bits(b.categories) & ~v_guarded = 0))) THEN
    RAISE EXCEPTION 'an access for justice that takes a court''s order' USING ERRCODE = 'check_violation'; -- C9, F2
  END IF;
  IF a.purpose = 'JUSTICE' AND b.kind = 'STATUTORY_DUTY' AND EXISTS (SELECT 1 FROM recovery_periods p WHERE p.case_id = a.case_id AND p.decision <> 'ASKS'
      AND p.valid_from <= a.valid_from AND a.valid_from < p.valid_until) THEN
    RAISE EXCEPTION 'an access for justice that starts while she recovers' USING ERRCODE = 'check_violation'; -- D7
  END IF;
  IF b.kind <> 'VITAL_INTEREST' THEN
    IF b.kind NOT IN ('COURT_ORDER', 'STATUTORY_DUTY') THEN
      RAISE EXCEPTION 'an access by a legal basis of an unknown kind' USING ERRCODE = 'check_violation';
    END IF;
    RETURN;
  END IF;
  IF a.valid_until > b.checked_on + 259200000000 THEN
    RAISE EXCEPTION 'an access by a vital interest beyond 72 hours' USING ERRCODE = 'check_violation'; -- F2
  END IF;
  IF EXISTS (SELECT 1 FROM persons x WHERE x.case_id = a.case_id AND x.deceased_on <= a.valid_from) THEN
    RAISE EXCEPTION 'an access by a vital interest after her death' USING ERRCODE = 'check_violation'; -- C7
  END IF;
  SELECT array_agg(w.word) INTO v_words FROM jsonb_array_elements_text(b.categories) AS w(word)
    WHERE v_bits = 0 OR sala_bits(jsonb_build_array(w.word)) & v_bits <> 0;
  SELECT count(*) INTO v_refused FROM unnest(v_words) AS w(word) WHERE sala_refused_to_be_helped(a, w.word);
  -- What supervisors see may hold no category: then one that she does not refuse is enough.
  IF v_refused > 0 AND (v_bits <> 0 OR v_refused = cardinality(v_words)) THEN
    RAISE EXCEPTION 'an access over her refusal' USING ERRCODE = 'check_violation'; -- F2
  END IF;
END $$;
-- +goose StatementEnd

-- sala_access_rests as before, with what rests on no referral.
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
  ELSIF NEW.basis = 'LEGAL_BASIS' THEN
    PERFORM sala_legal_access_rests(NEW);
  ELSIF NEW.basis = 'BREAK_GLASS' THEN
    PERFORM sala_glass_access_rests(NEW);
  ELSE
    PERFORM sala_shared_access_rests(NEW);
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- sala_refusals: of how many persons a refusal to be identified, protected or assisted was
-- recorded in a time, by the agency and unit that recorded the first and by sex (F4). The
-- counts are small and not for showing: ent/store sums them up by region and withholds.
-- +goose StatementBegin
CREATE FUNCTION sala_refusals(p_from bigint, p_until bigint) RETURNS TABLE (agency text, unit text, sex text, persons bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT g.code::text, coalesce((SELECT min(u.code) FROM memberships m JOIN agency_units u ON u.id = m.group_id
        WHERE m.member_id = first.recorded_by AND m.since <= first.recorded_on AND (m.ended_on IS NULL OR m.ended_on > first.recorded_on)), '')::text,
      coalesce((SELECT x.sex FROM profiles x WHERE x.case_id = first.case_id AND x.contributor_id = f.owner_id), '')::text, count(*)
    FROM (SELECT DISTINCT ON (k.case_id) k.case_id, k.contributor_id, k.recorded_by, k.recorded_on
      FROM consents k JOIN provisions p ON p.consent_id = k.id AND p.case_id = k.case_id
      WHERE k.kind = 'RECORDING' AND k.voice = 'PERSON' AND p.decision = 'DENY' AND k.recorded_on >= p_from AND k.recorded_on < p_until
        AND p.purposes ?| ARRAY['IDENTIFICATION', 'PROTECTION', 'ASSISTANCE']
      ORDER BY k.case_id, k.recorded_on, k.id) first
    JOIN case_files f ON f.id = first.case_id JOIN agencies g ON g.id = first.contributor_id
    GROUP BY 1, 2, 3;
END $$;
-- +goose StatementEnd

-- These answer about any case, whoever asks.
REVOKE ALL ON FUNCTION sala_refused_to_be_helped(accesses, text), sala_legal_access_rests(accesses), sala_legal_basis_moves(), sala_refusals(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_refusals(bigint, bigint) TO sala_policy;
