-- +goose Up
-- Break-glass: what was opened in an emergency, its review, what was tried, locked cases,
-- and the panel that oversees it (F3, F5).
ALTER TABLE "accesses" ADD COLUMN "break_glass_id" character varying NULL;
ALTER TABLE "issuers" ADD COLUMN "strong_acr_values" jsonb NULL;
CREATE TABLE "break_glasses" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "owner_id" character varying NOT NULL,
  "purpose" character varying NOT NULL,
  "ground" character varying NOT NULL,
  "sealed" bytea NOT NULL,
  "categories" jsonb NOT NULL,
  "refusal_stood" boolean NOT NULL DEFAULT false,
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NOT NULL,
  "ended_on" bigint NULL,
  "closed_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "breakglass_case_id" ON "break_glasses" ("case_id");
CREATE INDEX "breakglass_closed_on_valid_until" ON "break_glasses" ("closed_on", "valid_until");
CREATE INDEX "breakglass_contributor_id_recorded_by" ON "break_glasses" ("contributor_id", "recorded_by");
CREATE TABLE "glass_reviews" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "glass_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "due_on" bigint NOT NULL,
  "verdict" character varying NULL,
  "reviewed_on" bigint NULL,
  "reviewed_by" character varying NULL,
  "told_on" bigint NULL,
  "told_by" character varying NULL,
  "overdue_told_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "glassreview_glass_id" ON "glass_reviews" ("glass_id");
CREATE INDEX "glassreview_case_id" ON "glass_reviews" ("case_id");
CREATE INDEX "glassreview_reviewed_on_due_on" ON "glass_reviews" ("reviewed_on", "due_on");
CREATE TABLE "glass_attempts" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "attempted_on" bigint NOT NULL,
  "outcome" character varying NOT NULL,
  "case_id" character varying NOT NULL DEFAULT '',
  "glass_id" character varying NOT NULL DEFAULT '',
  "confirms_id" character varying NOT NULL DEFAULT '',
  PRIMARY KEY ("id")
);
CREATE INDEX "glassattempt_member_id_attempted_on" ON "glass_attempts" ("member_id", "attempted_on");
CREATE INDEX "glassattempt_case_id" ON "glass_attempts" ("case_id");
CREATE TABLE "case_locks" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "locked_on" bigint NOT NULL,
  "locked_by" character varying NOT NULL,
  "unlocked_on" bigint NULL,
  "unlocked_by" character varying NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "caselock_case_id" ON "case_locks" ("case_id");
CREATE TABLE "oversight_panels" (
  "id" character varying NOT NULL,
  "proposal_id" character varying NOT NULL,
  "agency_ids" jsonb NOT NULL,
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "oversightpanel_valid_until" ON "oversight_panels" ("valid_until");

-- That its end was put on record is no fact of the case.
CREATE TRIGGER break_glasses_fact AFTER INSERT OR UPDATE OF ended_on OR DELETE ON break_glasses FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER case_locks_fact AFTER INSERT OR UPDATE OR DELETE ON case_locks FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();

ALTER TABLE break_glasses ENABLE ROW LEVEL SECURITY;
ALTER TABLE glass_reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE glass_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_locks ENABLE ROW LEVEL SECURITY;
ALTER TABLE oversight_panels ENABLE ROW LEVEL SECURITY;

-- Glass is broken under the policy role: whoever breaks it sees nothing of the case yet.
-- Who asks stands in the settings all the same.
GRANT SELECT ON break_glasses TO sala_request;
GRANT UPDATE (ended_on) ON break_glasses TO sala_request;
GRANT SELECT, INSERT ON break_glasses TO sala_policy;
GRANT UPDATE (ended_on, closed_on) ON break_glasses TO sala_policy;
GRANT SELECT ON break_glasses TO sala_departure;
CREATE POLICY request_select ON break_glasses FOR SELECT TO sala_request
  USING (sala_owns_open(case_id) OR (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_open(case_id, NULL, 'READ', 0)));
CREATE POLICY request_update ON break_glasses FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND recorded_by = sala_member())
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member());
CREATE POLICY policy_select ON break_glasses FOR SELECT TO sala_policy USING (true);
CREATE POLICY policy_insert ON break_glasses FOR INSERT TO sala_policy
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND purpose = sala_purpose() AND sala_flag('glass'));
CREATE POLICY policy_update ON break_glasses FOR UPDATE TO sala_policy USING (true) WITH CHECK (true);
CREATE POLICY departure_select ON break_glasses FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));

GRANT SELECT ON glass_reviews TO sala_request;
GRANT UPDATE (verdict, reviewed_on, reviewed_by, told_on, told_by) ON glass_reviews TO sala_request;
GRANT SELECT, INSERT ON glass_reviews TO sala_policy;
GRANT UPDATE (overdue_told_on) ON glass_reviews TO sala_policy;
CREATE POLICY request_select ON glass_reviews FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_update ON glass_reviews FOR UPDATE TO sala_request
  USING (sala_owns_open(case_id) AND sala_flag('casework'))
  WITH CHECK (sala_owns(case_id));
CREATE POLICY policy_select ON glass_reviews FOR SELECT TO sala_policy USING (true);
CREATE POLICY policy_insert ON glass_reviews FOR INSERT TO sala_policy WITH CHECK (true);
CREATE POLICY policy_update ON glass_reviews FOR UPDATE TO sala_policy USING (true) WITH CHECK (true);

GRANT SELECT, INSERT ON glass_attempts TO sala_request;
CREATE POLICY request_select ON glass_attempts FOR SELECT TO sala_request
  USING (agency_id = sala_agency() AND member_id = sala_member());
CREATE POLICY request_insert ON glass_attempts FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND member_id = sala_member() AND sala_flag('glass'));

GRANT SELECT, INSERT ON case_locks TO sala_request;
GRANT UPDATE (unlocked_on, unlocked_by) ON case_locks TO sala_request;
GRANT SELECT ON case_locks TO sala_policy;
CREATE POLICY request_select ON case_locks FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_insert ON case_locks FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND locked_by = sala_member() AND sala_flag('supervisor') AND sala_owns(case_id));
CREATE POLICY request_update ON case_locks FOR UPDATE TO sala_request
  USING (sala_owns_open(case_id) AND sala_flag('supervisor'))
  WITH CHECK (unlocked_by = sala_member() AND sala_owns(case_id));
CREATE POLICY policy_select ON case_locks FOR SELECT TO sala_policy USING (true);

GRANT SELECT ON oversight_panels TO sala_request, sala_policy;
GRANT SELECT, INSERT ON oversight_panels TO sala_onboarding;
GRANT UPDATE (valid_until) ON oversight_panels TO sala_onboarding;
CREATE POLICY request_select ON oversight_panels FOR SELECT TO sala_request USING (true);
CREATE POLICY policy_select ON oversight_panels FOR SELECT TO sala_policy USING (true);
CREATE POLICY onboarding_select ON oversight_panels FOR SELECT TO sala_onboarding USING (true);
CREATE POLICY onboarding_insert ON oversight_panels FOR INSERT TO sala_onboarding WITH CHECK (true);
CREATE POLICY onboarding_update ON oversight_panels FOR UPDATE TO sala_onboarding USING (true) WITH CHECK (true);
-- Whom to tell that a review is overdue.
GRANT SELECT ON members TO sala_policy;
CREATE POLICY policy_select ON members FOR SELECT TO sala_policy USING (true);

-- Who breaks glass, where and for how long, whoever writes the row. What can change while
-- glass is broken - roles, kinds - is looked at here alone, when it is broken.
-- +goose StatementBegin
CREATE FUNCTION sala_glass_breaks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.ended_on IS DISTINCT FROM OLD.ended_on AND (OLD.ended_on IS NOT NULL OR NEW.ended_on IS NULL OR NEW.ended_on > OLD.valid_until) THEN
      RAISE EXCEPTION 'a break-glass ends once, and before its time' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.purpose NOT IN ('PROTECTION', 'ASSISTANCE') OR sala_bits(NEW.categories) = 0
      OR sala_bits(NEW.categories) & ~sala_bits('["IDENTITY", "CONTACT", "HEALTH", "PROTECTION"]') <> 0 THEN
    RAISE EXCEPTION 'a break-glass opens more than it may' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.valid_until <= NEW.valid_from OR NEW.valid_until > NEW.valid_from + 86400000000 OR NEW.valid_from <> NEW.recorded_on
      OR NEW.ended_on IS NOT NULL OR NEW.closed_on IS NOT NULL THEN
    RAISE EXCEPTION 'a break-glass lasts for 24 hours at most, from when it is broken' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM members m JOIN agencies g ON g.id = m.agency_id AND g.kind IN ('HEALTH', 'SHELTER', 'NGO', 'UNION')
      WHERE m.id = NEW.recorded_by AND m.agency_id = NEW.contributor_id AND m.active AND m.roles ? 'CASE_WORKER') THEN
    RAISE EXCEPTION 'a break-glass by somebody who may not break glass' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM case_files f JOIN agencies o ON o.id = f.owner_id
      WHERE f.id = NEW.case_id AND f.owner_id = NEW.owner_id AND f.owner_id <> NEW.contributor_id AND o.kind NOT IN ('INTERNATIONAL_ORGANISATION', 'REGIONAL_COUNTERPART'))
    OR EXISTS (SELECT 1 FROM case_locks l WHERE l.case_id = NEW.case_id AND l.unlocked_on IS NULL) THEN
    RAISE EXCEPTION 'a break-glass of a case that none opens' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER break_glasses_break BEFORE INSERT OR UPDATE ON break_glasses FOR EACH ROW EXECUTE FUNCTION sala_glass_breaks();

-- A review is by somebody else than its user, and given once; so is that she was told.
-- +goose StatementBegin
CREATE FUNCTION sala_glass_reviewed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (OLD.reviewed_on IS NOT NULL AND (NEW.reviewed_on, NEW.reviewed_by, NEW.verdict) IS DISTINCT FROM (OLD.reviewed_on, OLD.reviewed_by, OLD.verdict))
      OR (OLD.told_on IS NOT NULL AND (NEW.told_on, NEW.told_by) IS DISTINCT FROM (OLD.told_on, OLD.told_by))
      OR (NEW.reviewed_on IS NULL) <> (NEW.reviewed_by IS NULL) OR (NEW.reviewed_on IS NULL) <> (NEW.verdict IS NULL) THEN
    RAISE EXCEPTION 'a review is given whole, and once' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reviewed_by IS NOT NULL AND OLD.reviewed_by IS NULL AND (NEW.reviewed_by <> sala_member()
      OR EXISTS (SELECT 1 FROM break_glasses b WHERE b.id = NEW.glass_id AND b.recorded_by = NEW.reviewed_by)) THEN
    RAISE EXCEPTION 'a review by its user, or in the name of another' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER glass_reviews_reviewed BEFORE UPDATE ON glass_reviews FOR EACH ROW EXECUTE FUNCTION sala_glass_reviewed();

-- What an access by break-glass rests on, written apart from the Rego: one break-glass of
-- this case by this member, for this purpose, that covers its categories and interval; its
-- review and the owner's alert are there with it.
-- +goose StatementBegin
CREATE FUNCTION sala_glass_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  b break_glasses%ROWTYPE;
  v_owner text := (SELECT f.owner_id FROM case_files f WHERE f.id = a.case_id);
  v_bits bigint := a.categories & ~1::bigint; -- CASE is never named (B5)
BEGIN
  IF a.action <> 'READ' OR a.contributor_id <> v_owner OR a.grantee_id = a.contributor_id THEN
    RAISE EXCEPTION 'a break-glass opens the owner''s rows, to be read by another agency' USING ERRCODE = 'check_violation';
  END IF;
  IF a.referral_id <> '' OR a.consent_id <> '' OR a.agreement_id <> '' OR a.referrer_id <> '' OR a.referral_agreement_id <> '' THEN
    RAISE EXCEPTION 'an access by break-glass rests on nothing else' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM members m WHERE m.id = a.member_id AND m.agency_id = a.grantee_id) THEN
    RAISE EXCEPTION 'an access by break-glass of more than one member' USING ERRCODE = 'check_violation'; -- D5
  END IF;
  IF EXISTS (SELECT 1 FROM agencies g WHERE g.id = v_owner AND g.kind IN ('INTERNATIONAL_ORGANISATION', 'REGIONAL_COUNTERPART'))
      OR NOT EXISTS (SELECT 1 FROM agencies g WHERE g.id = a.grantee_id AND g.kind IN ('HEALTH', 'SHELTER', 'NGO', 'UNION')) THEN
    RAISE EXCEPTION 'an access by break-glass of an agency that has none, or into one that opens by its own decision' USING ERRCODE = 'check_violation'; -- A6, F3
  END IF;
  IF EXISTS (SELECT 1 FROM case_locks l WHERE l.case_id = a.case_id AND l.unlocked_on IS NULL) THEN
    RAISE EXCEPTION 'an access by break-glass to a locked case' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO b FROM break_glasses x WHERE x.id = a.break_glass_id AND x.case_id = a.case_id AND x.contributor_id = a.grantee_id
    AND x.recorded_by = a.member_id AND x.owner_id = v_owner AND x.purpose = a.purpose AND x.purpose IN ('PROTECTION', 'ASSISTANCE');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no break-glass of this member' USING ERRCODE = 'check_violation';
  END IF;
  IF v_bits = 0 OR v_bits & ~(sala_bits(b.categories) & sala_bits('["IDENTITY", "CONTACT", "HEALTH", "PROTECTION"]')) <> 0 THEN
    RAISE EXCEPTION 'an access by break-glass to more than was opened' USING ERRCODE = 'check_violation';
  END IF;
  IF a.valid_from < b.valid_from OR a.valid_until > least(b.valid_until, b.ended_on, b.valid_from + 86400000000) THEN
    RAISE EXCEPTION 'an access by break-glass outside its time' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM persons p WHERE p.case_id = a.case_id AND a.valid_from >= p.deceased_on) THEN
    RAISE EXCEPTION 'an access that starts after her death' USING ERRCODE = 'check_violation'; -- C7
  END IF;
  IF NOT EXISTS (SELECT 1 FROM glass_reviews r WHERE r.glass_id = b.id AND r.case_id = b.case_id AND r.agency_id = b.owner_id AND r.due_on <= b.valid_from + 259200000000) THEN
    RAISE EXCEPTION 'an access by break-glass that nobody reviews' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd

-- The dispatcher as before, with what rests on a legal basis or a break-glass: each basis
-- has its own judge, and what names a break-glass has that basis.
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
  IF (NEW.basis = 'BREAK_GLASS') <> (NEW.break_glass_id IS NOT NULL) THEN
    RAISE EXCEPTION 'an access names a break-glass where it rests on one' USING ERRCODE = 'check_violation';
  END IF;
  CASE NEW.basis
    WHEN 'LEGAL_BASIS' THEN PERFORM sala_legal_access_rests(NEW);
    WHEN 'BREAK_GLASS' THEN PERFORM sala_glass_access_rests(NEW);
    ELSE
      IF NEW.grantee_id = NEW.contributor_id THEN
        PERFORM sala_own_access_rests(NEW);
      ELSE
        PERFORM sala_shared_access_rests(NEW);
      END IF;
  END CASE;
  RETURN NULL;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_glass_access_rests(accesses) FROM PUBLIC;

-- As before; who broke glass is not on the case, and is judged above.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_access_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.member_id NOT IN ('', NEW.grantee_id) AND NEW.break_glass_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM assignments s WHERE s.case_id = NEW.case_id AND s.agency_id = NEW.grantee_id
        AND s.member_id = NEW.member_id AND s.ended_on IS NULL)
      AND EXISTS (SELECT 1 FROM accesses a WHERE a.id = NEW.id) THEN
    RAISE EXCEPTION 'an access for one who is not on the case' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- What was opened in an emergency stays on record where its user's agency leaves.
ALTER FUNCTION sala_contributed() RENAME TO sala_contributed_before_glass;
CREATE FUNCTION sala_contributed() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT array_agg(t ORDER BY t) FROM unnest(sala_contributed_before_glass()) AS t WHERE t <> 'break_glasses'
$$;
REVOKE ALL ON FUNCTION sala_contributed() FROM PUBLIC;

-- A case of an import is touched too once glass was broken, or it was locked.
ALTER FUNCTION sala_untouched(text, bigint[]) RENAME TO sala_untouched_before_glass;
REVOKE ALL ON FUNCTION sala_untouched_before_glass(text, bigint[]) FROM sala_request;
-- +goose StatementBegin
CREATE FUNCTION sala_untouched(p_import text, p_rows bigint[]) RETURNS TABLE ("row" bigint, case_id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT u.row, u.case_id FROM sala_untouched_before_glass(p_import, p_rows) u
    WHERE NOT EXISTS (SELECT 1 FROM break_glasses x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM case_locks x WHERE x.case_id = u.case_id);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_untouched(text, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_untouched(text, bigint[]) TO sala_request;

-- The panel's notices are about no case.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_acknowledges(p_subject text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE WHEN split_part(p_subject, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach', 'legalbasis', 'panel')
      THEN split_part(p_subject, '_', 1) ELSE 'case' END
    = ANY (string_to_array(nullif(current_setting('sala.acknowledges', true), ''), ',')), false)
$$;
-- +goose StatementEnd
DROP POLICY request_select ON notices;
CREATE POLICY request_select ON notices FOR SELECT TO sala_request
  USING (agency_id = sala_agency()
    AND (holder_id = '' OR holder_id = ANY (string_to_array(nullif(current_setting('sala.holders', true), ''), ',')))
    AND (sala_flag('casework') OR sala_flag('casenotices')
      OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach', 'legalbasis', 'panel'))
    AND (sala_flag('parties') OR kind NOT IN
      ('AGREEMENT_SUSPENDED', 'AGREEMENT_RESUMED', 'AGREEMENT_IN_FORCE', 'AGREEMENT_ENDED', 'AGREEMENT_SHUT_DOWN', 'AGENCY_SUSPENDED', 'AGENCY_RESUMED',
       'BREACH_REPORTED', 'DELETION_PLANNED', 'DELETION_STOPPED')));
