-- +goose Up
-- A change of policy while reads go on: what the next revision decides is written beside
-- what the live one decided, and one gate switches. Each access, and each case, says under
-- which revisions, by their numbers, it was decided; the gate says which number is live. A
-- case that was not decided under the live one is closed.

ALTER TABLE "gates" ADD COLUMN "sequence" bigint NOT NULL DEFAULT 0;
ALTER TABLE "accesses" ADD COLUMN "first_sequence" bigint NOT NULL DEFAULT 0;
ALTER TABLE "accesses" ADD COLUMN "last_sequence" bigint NOT NULL DEFAULT 1000000000000;
ALTER TABLE "case_files" ADD COLUMN "first_sequence" bigint NOT NULL DEFAULT 0;
ALTER TABLE "case_files" ADD COLUMN "last_sequence" bigint NOT NULL DEFAULT 0;
CREATE TABLE "revisions" (
  "id" character varying NOT NULL,
  "sequence" bigint NOT NULL,
  "revision" character varying NOT NULL,
  "bundles" jsonb NULL,
  "state" character varying NOT NULL,
  "begun_on" bigint NOT NULL,
  "live_on" bigint NULL,
  "ended_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "revision_state" ON "revisions" ("state");

-- Which revisions there are is for the role that changes gates; the bundles hold no
-- personal data, and who reads one verifies it anew.
ALTER TABLE revisions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON revisions TO sala_onboarding;
GRANT UPDATE (state, live_on, ended_on) ON revisions TO sala_onboarding;
CREATE POLICY onboarding_select ON revisions FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON revisions FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON revisions FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);

-- An access is otherwise not changed: only how far, in revisions, it counts.
GRANT UPDATE (first_sequence, last_sequence) ON accesses TO sala_policy;
GRANT UPDATE (first_sequence, last_sequence) ON case_files TO sala_policy;
CREATE POLICY policy_update ON accesses FOR UPDATE TO sala_policy
  USING (true)
  WITH CHECK (true);

-- How far an access counts rests on nothing: what it says is looked at when it is written,
-- and only a change of that is looked at again.
DROP TRIGGER accesses_rest ON accesses;
CREATE CONSTRAINT TRIGGER accesses_rest AFTER INSERT OR UPDATE OF id, case_id, grantee_id, member_id, contributor_id, action, categories, purpose, basis,
    referral_id, consent_id, agreement_id, referrer_id, referral_agreement_id, legal_basis_id, break_glass_id, first_referral_id, first_agreement_id, first_referrer_id, obligations, valid_from, valid_until, facts_version ON accesses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.grantee_id <> NEW.contributor_id) EXECUTE FUNCTION sala_access_rests();
DROP TRIGGER accesses_held ON accesses;
CREATE CONSTRAINT TRIGGER accesses_held AFTER INSERT OR UPDATE OF id, case_id, grantee_id, member_id, contributor_id, action, categories, purpose, basis,
    referral_id, consent_id, agreement_id, referrer_id, referral_agreement_id, legal_basis_id, break_glass_id, first_referral_id, first_agreement_id, first_referrer_id, obligations, valid_from, valid_until, facts_version ON accesses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.grantee_id <> NEW.contributor_id) EXECUTE FUNCTION sala_access_held();
DROP TRIGGER case_files_evaluated ON case_files;
CREATE CONSTRAINT TRIGGER case_files_evaluated AFTER INSERT OR UPDATE OF id, owner_id, kind, facts_version, evaluated_version ON case_files
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_evaluated();

CREATE OR REPLACE VIEW case_versions AS
  SELECT f.id, f.facts_version, f.evaluated_version, f.first_sequence, f.last_sequence FROM case_files f
  WHERE EXISTS (SELECT 1 FROM accesses a WHERE a.case_id = f.id AND a.grantee_id = sala_agency());

-- sala_live: does the number of the live revision lie between two?
-- +goose StatementBegin
CREATE FUNCTION sala_live(p_first bigint, p_last bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM gates g WHERE g.id = 'policy' AND g.open AND g.sequence BETWEEN p_first AND p_last);
END $$;
-- +goose StatementEnd

-- What asked for the revision of an access asks for its number, and for the case's. The
-- rest of these functions stays as it is.
-- +goose StatementBegin
DO $$
DECLARE
  f record;
  v_text text;
  v_done int := 0;
BEGIN
  FOR f IN SELECT p.oid, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = 'public' AND (p.proname IN ('sala_making', 'sala_open_consent') OR p.prosrc LIKE '%gp.revision = a.revision%') LOOP
    v_text := pg_get_functiondef(f.oid);
    v_text := replace(v_text, 'gp.revision = a.revision',
      'gp.sequence BETWEEN a.first_sequence AND a.last_sequence AND gp.sequence BETWEEN f.first_sequence AND f.last_sequence');
    IF f.proname = 'sala_making' THEN
      v_text := replace(v_text, 'a.referrer_id <> ''''', 'a.referrer_id <> '''' AND sala_live(a.first_sequence, a.last_sequence)');
    ELSIF f.proname = 'sala_open_consent' THEN
      v_text := replace(v_text, 'a.consent_id = p_consent', 'a.consent_id = p_consent AND sala_live(a.first_sequence, a.last_sequence)');
    END IF;
    EXECUTE v_text;
    v_done := v_done + 1;
  END LOOP;
  IF v_done < 4 OR (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = 'public' AND p.prosrc LIKE '%first_sequence%') < 4 THEN
    RAISE EXCEPTION 'a function that asks which revision is live was not found';
  END IF;
END $$;
-- +goose StatementEnd

-- Who evaluates a change holds the gate of policy together with others until its commit,
-- so that the revision that it decided by is live then; who switches holds it alone.
-- +goose StatementBegin
CREATE FUNCTION sala_live_policy() RETURNS TABLE (revision text, sequence bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(sala_lock_key('gate', 'policy'));
  RETURN QUERY SELECT g.revision::text, g.sequence FROM gates g WHERE g.id = 'policy' AND g.open;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sala_lock_policy() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(sala_lock_key('gate', 'policy'));
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_live_policy(), sala_lock_policy() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_live_policy() TO sala_policy;
GRANT EXECUTE ON FUNCTION sala_lock_policy() TO sala_onboarding;

-- Trying a policy reads what policy reads, and writes nothing.
-- +goose StatementBegin
DO $$
DECLARE t record;
BEGIN
  BEGIN
    CREATE ROLE sala_trial NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- made beside us, or by another database of this cluster
  END;
  BEGIN
    GRANT sala_trial TO sala_app;
  EXCEPTION WHEN unique_violation OR internal_error THEN NULL; -- granted beside us
  END;
  GRANT USAGE ON SCHEMA public TO sala_trial;
  FOR t IN SELECT c.relname, c.relkind, c.relrowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'public' AND c.relkind IN ('r', 'v') AND has_table_privilege('sala_policy', c.oid, 'SELECT')
        AND c.relname NOT IN ('notices', 'disclosures') LOOP
    EXECUTE format('GRANT SELECT ON %I TO sala_trial', t.relname);
    IF t.relkind = 'r' AND t.relrowsecurity THEN
      EXECUTE format('CREATE POLICY trial_select ON %I FOR SELECT TO sala_trial USING (true)', t.relname);
    END IF;
  END LOOP;
END $$;
-- +goose StatementEnd
