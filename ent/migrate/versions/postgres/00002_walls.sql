-- +goose Up
-- The second wall. It enforces what the application's predicate says, for a role
-- that owns nothing and cannot bypass it. Who asks, for what and when stands in
-- settings that live as long as the transaction.

-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['sala_request', 'sala_policy', 'sala_ledger', 'sala_onboarding'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- made beside us, or by another database of this cluster
    END;
  END LOOP;
  BEGIN
    -- NOINHERIT: until SET LOCAL ROLE the login role can do nothing at all.
    CREATE ROLE sala_app LOGIN NOINHERIT NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END;
  BEGIN
    GRANT sala_request, sala_policy, sala_ledger, sala_onboarding TO sala_app;
  EXCEPTION WHEN unique_violation OR internal_error THEN NULL; -- granted beside us
  END;
END $$;
-- +goose StatementEnd

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sala_request, sala_policy, sala_ledger, sala_onboarding;

-- Who asks. An empty or missing setting is NULL, and NULL opens nothing.
CREATE FUNCTION sala_agency() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('sala.agency', true), '') $$;
CREATE FUNCTION sala_member() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('sala.member', true), '') $$;
CREATE FUNCTION sala_purpose() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('sala.purpose', true), '') $$;
CREATE FUNCTION sala_now() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('sala.now', true), '')::bigint $$;
CREATE FUNCTION sala_flag(name text) RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT coalesce(current_setting('sala.' || name, true), '') = 'true' $$;

-- One bit a category, in the order of internal/category.
CREATE FUNCTION sala_bits(words jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(bit_or((1::bigint << (array_position(ARRAY['CASE','IDENTITY','CONTACT','WHEREABOUTS','PROFILE','FAMILY',
    'TRAFFICKING','PROTECTION','HEALTH','HEALTH_RESTRICTED','ASSISTANCE','JUSTICE','SUSPECT','NARRATIVE'], w) - 1))), 0)
  FROM jsonb_array_elements_text(words) AS w
$$;

-- sala_open: is an access open to the asker, to the contributor's rows of one of
-- the categories in the case? bits 0 means any category, contributor NULL anybody's.
-- +goose StatementBegin
CREATE FUNCTION sala_open(p_case text, p_contributor text, p_action text, p_bits bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_agency text := sala_agency();
  v_member text := sala_member();
  v_purpose text := sala_purpose();
  v_now bigint := sala_now();
  v_supervisor boolean := sala_flag('supervisor');
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM accesses a
    JOIN case_files f ON f.id = a.case_id AND f.facts_version = a.facts_version AND f.evaluated_version = f.facts_version
    JOIN gates gp ON gp.id = 'policy' AND gp.open AND gp.revision = a.revision
    JOIN gates gg ON gg.id = a.grantee_id AND gg.open
    LEFT JOIN gates ga ON ga.id = a.agreement_id
    WHERE a.case_id = p_case AND (p_contributor IS NULL OR a.contributor_id = p_contributor)
      AND a.grantee_id = v_agency AND a.purpose = v_purpose AND a.action = p_action
      AND (p_bits = 0 OR (a.categories & p_bits) <> 0)
      AND a.valid_from <= v_now AND a.valid_until > v_now
      AND (a.agreement_id = '' OR ga.open)
      AND (a.member_id = v_member OR (v_supervisor AND a.member_id = '')));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION sala_owns_open(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN sala_open(p_case, NULL, 'READ', 0)
    AND EXISTS (SELECT 1 FROM case_files f WHERE f.id = p_case AND f.owner_id = sala_agency());
END $$;
-- +goose StatementEnd

-- sala_making: the asker owns the case, or has accepted a referral of it.
-- +goose StatementBegin
CREATE FUNCTION sala_making(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM case_files f WHERE f.id = p_case AND f.owner_id = sala_agency())
    OR EXISTS (SELECT 1 FROM referrals r WHERE r.case_id = p_case AND r.to_id = sala_agency()
      AND r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART'));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION sala_owns(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM case_files f WHERE f.id = p_case AND f.owner_id = sala_agency());
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION sala_own_statement(p_consent text, p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM consents k WHERE k.id = p_consent AND k.case_id = p_case AND k.contributor_id = sala_agency());
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION sala_open_referral(p_referral text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN sala_flag('casework') AND EXISTS (
    SELECT 1 FROM accesses a
    JOIN case_files f ON f.id = a.case_id AND f.facts_version = a.facts_version AND f.evaluated_version = f.facts_version
    JOIN gates gp ON gp.id = 'policy' AND gp.open AND gp.revision = a.revision
    JOIN gates gg ON gg.id = a.grantee_id AND gg.open
    LEFT JOIN gates ga ON ga.id = a.agreement_id
    WHERE a.referral_id = p_referral AND p_referral <> '' AND a.action = 'PREVIEW' AND a.grantee_id = sala_agency()
      AND a.purpose = sala_purpose() AND a.valid_from <= sala_now() AND a.valid_until > sala_now()
      AND (a.agreement_id = '' OR ga.open));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION sala_open_consent(p_consent text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM accesses a WHERE a.consent_id = p_consent AND p_consent <> '' AND a.action = 'READ'
      AND a.grantee_id = sala_agency() AND sala_open(a.case_id, a.contributor_id, 'READ', a.categories));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION sala_is_party(p_agreement text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM agreement_parties p WHERE p.agreement_id = p_agreement AND p.agency_id = sala_agency());
END $$;
-- +goose StatementEnd

-- What the application's own predicate compares an access with: the versions of
-- cases that some access of or to the asker names, and nothing else of them.
CREATE VIEW case_versions AS
  SELECT f.id, f.facts_version, f.evaluated_version FROM case_files f
  WHERE EXISTS (SELECT 1 FROM accesses a WHERE a.case_id = f.id AND a.grantee_id = sala_agency());
GRANT SELECT ON case_versions TO sala_request, sala_policy, sala_ledger;

-- The answer's recheck holds the cases and gates still until its record is committed.
CREATE FUNCTION sala_hold_cases(ids text[]) RETURNS TABLE (id text, facts_version bigint, evaluated_version bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT f.id, f.facts_version, f.evaluated_version FROM case_files f WHERE f.id = ANY (ids) ORDER BY f.id FOR SHARE
$$;
CREATE FUNCTION sala_hold_gates(ids text[]) RETURNS TABLE (id text, open boolean, revision text, version bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT g.id, g.open, g.revision, g.version FROM gates g WHERE g.id = ANY (ids) ORDER BY g.id FOR SHARE
$$;
REVOKE ALL ON FUNCTION sala_hold_cases(text[]), sala_hold_gates(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_hold_cases(text[]), sala_hold_gates(text[]) TO sala_ledger;


-- Row-level security on every table; without a policy a table shows nothing.
ALTER TABLE accesses ENABLE ROW LEVEL SECURITY;
ALTER TABLE agencies ENABLE ROW LEVEL SECURITY;
ALTER TABLE agency_units ENABLE ROW LEVEL SECURITY;
ALTER TABLE agreements ENABLE ROW LEVEL SECURITY;
ALTER TABLE agreement_parties ENABLE ROW LEVEL SECURITY;
ALTER TABLE assignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE disclosures ENABLE ROW LEVEL SECURITY;
ALTER TABLE gates ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE imported_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE narratives ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE persons ENABLE ROW LEVEL SECURITY;
ALTER TABLE previews ENABLE ROW LEVEL SECURITY;
ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE provisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE referrals ENABLE ROW LEVEL SECURITY;
ALTER TABLE traffickings ENABLE ROW LEVEL SECURITY;

-- The request: a viewer's own operation.

GRANT SELECT, INSERT, UPDATE ON identities TO sala_request;
CREATE POLICY request_select ON identities FOR SELECT TO sala_request
  USING (sala_open(case_id, contributor_id, 'READ', 2));
CREATE POLICY request_insert ON identities FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'ADD', 2));
CREATE POLICY request_update ON identities FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 2))
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 2));

GRANT SELECT, INSERT, UPDATE ON contacts TO sala_request;
CREATE POLICY request_select ON contacts FOR SELECT TO sala_request
  USING (sala_open(case_id, contributor_id, 'READ', 4));
CREATE POLICY request_insert ON contacts FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'ADD', 4));
CREATE POLICY request_update ON contacts FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 4))
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 4));

GRANT SELECT, INSERT, UPDATE ON profiles TO sala_request;
CREATE POLICY request_select ON profiles FOR SELECT TO sala_request
  USING (sala_open(case_id, contributor_id, 'READ', 16));
CREATE POLICY request_insert ON profiles FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'ADD', 16));
CREATE POLICY request_update ON profiles FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 16))
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 16));

GRANT SELECT, INSERT, UPDATE ON traffickings TO sala_request;
CREATE POLICY request_select ON traffickings FOR SELECT TO sala_request
  USING (sala_open(case_id, contributor_id, 'READ', 64));
CREATE POLICY request_insert ON traffickings FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'ADD', 64));
CREATE POLICY request_update ON traffickings FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 64))
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 64));

GRANT SELECT, INSERT, UPDATE ON narratives TO sala_request;
CREATE POLICY request_select ON narratives FOR SELECT TO sala_request
  USING (sala_open(case_id, contributor_id, 'READ', 8192));
CREATE POLICY request_insert ON narratives FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'ADD', 8192));
CREATE POLICY request_update ON narratives FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 8192))
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 8192));

GRANT SELECT, INSERT ON case_files TO sala_request;
GRANT UPDATE (owner_id, kind, state, closing_reason, occurred_on, version, transfer_to_id, transfer_consent_id) ON case_files TO sala_request;
CREATE POLICY request_select ON case_files FOR SELECT TO sala_request
  USING (sala_open(id, NULL, 'READ', 0) OR (sala_flag('casework') AND transfer_to_id = sala_agency()));
CREATE POLICY request_insert ON case_files FOR INSERT TO sala_request
  WITH CHECK (owner_id = sala_agency() AND sala_flag('casework') AND facts_version = 0 AND evaluated_version = -1 AND transfer_to_id = '');
CREATE POLICY request_update ON case_files FOR UPDATE TO sala_request
  USING ((owner_id = sala_agency() AND sala_open(id, NULL, 'READ', 0)) OR (sala_flag('casework') AND transfer_to_id = sala_agency()))
  WITH CHECK (owner_id = sala_agency());

GRANT SELECT, INSERT ON persons TO sala_request;
CREATE POLICY request_select ON persons FOR SELECT TO sala_request
  USING (sala_open(case_id, NULL, 'READ', 0));
CREATE POLICY request_insert ON persons FOR INSERT TO sala_request
  WITH CHECK (sala_making(case_id) AND adult_earliest IS NULL AND adult_latest IS NULL AND age_bounds IS NULL);

GRANT SELECT, INSERT ON consents, provisions TO sala_request;
CREATE POLICY request_select ON consents FOR SELECT TO sala_request
  USING (sala_owns_open(case_id) OR (contributor_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)));
-- Her statements about sharing are the owner's to record; a provision belongs to a
-- statement of the same writer.
CREATE POLICY request_insert ON consents FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND ((kind = 'RECORDING' AND sala_making(case_id)) OR sala_owns(case_id)));
CREATE POLICY request_select ON provisions FOR SELECT TO sala_request
  USING (sala_owns_open(case_id) OR (contributor_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)) OR (recipient_id = sala_agency() AND sala_open_consent(consent_id)));
CREATE POLICY request_insert ON provisions FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_own_statement(consent_id, case_id));

GRANT SELECT, INSERT ON referrals TO sala_request;
GRANT UPDATE (accepted_categories, state, decline_reason, asked_about, outcome, accepted_on, ended_on, version) ON referrals TO sala_request;
CREATE POLICY request_select ON referrals FOR SELECT TO sala_request
  USING ((from_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)) OR (to_id = sala_agency() AND sala_flag('casework')));
CREATE POLICY request_insert ON referrals FOR INSERT TO sala_request
  WITH CHECK (from_id = sala_agency() AND sala_making(case_id) AND state = 'OFFERED' AND accepted_on IS NULL);
CREATE POLICY request_update ON referrals FOR UPDATE TO sala_request
  USING ((from_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)) OR (to_id = sala_agency() AND sala_flag('casework')))
  WITH CHECK (from_id = sala_agency() OR to_id = sala_agency());

GRANT SELECT, INSERT ON previews TO sala_request;
CREATE POLICY request_select ON previews FOR SELECT TO sala_request
  USING ((from_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)) OR sala_open_referral(referral_id));
CREATE POLICY request_insert ON previews FOR INSERT TO sala_request
  WITH CHECK (from_id = sala_agency() AND sala_making(case_id));

GRANT SELECT ON accesses TO sala_request;
CREATE POLICY request_select ON accesses FOR SELECT TO sala_request
  USING (grantee_id = sala_agency() OR (contributor_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)));

GRANT SELECT ON disclosures TO sala_request;
CREATE POLICY request_select ON disclosures FOR SELECT TO sala_request
  USING (contributor_id = sala_agency() AND sala_flag('disclosures'));

GRANT SELECT, INSERT ON assignments TO sala_request;
GRANT UPDATE (ended_on) ON assignments TO sala_request;
CREATE POLICY request_select ON assignments FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
CREATE POLICY request_insert ON assignments FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND (sala_making(case_id) OR sala_open(case_id, NULL, 'READ', 0)));
CREATE POLICY request_update ON assignments FOR UPDATE TO sala_request
  USING (agency_id = sala_agency())
  WITH CHECK (agency_id = sala_agency());

GRANT SELECT ON members, notices TO sala_request;
GRANT SELECT, INSERT ON idempotency_keys, imported_rows TO sala_request;
GRANT DELETE ON idempotency_keys TO sala_request;
CREATE POLICY request_select ON members FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
CREATE POLICY request_select ON notices FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
CREATE POLICY request_select ON idempotency_keys FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
CREATE POLICY request_select ON imported_rows FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
CREATE POLICY request_insert ON idempotency_keys FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency());
CREATE POLICY request_insert ON imported_rows FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency());
CREATE POLICY request_delete ON idempotency_keys FOR DELETE TO sala_request
  USING (agency_id = sala_agency() AND member_id = sala_member());

GRANT SELECT ON agencies, agency_units, gates, agreements, agreement_parties TO sala_request;
GRANT UPDATE (suspended_on) ON agreement_parties TO sala_request;
CREATE POLICY request_select ON agencies FOR SELECT TO sala_request
  USING (sala_agency() IS NOT NULL);
CREATE POLICY request_select ON agency_units FOR SELECT TO sala_request
  USING (sala_agency() IS NOT NULL);
CREATE POLICY request_select ON gates FOR SELECT TO sala_request
  USING (sala_agency() IS NOT NULL);
CREATE POLICY request_select ON agreements FOR SELECT TO sala_request
  USING (sala_is_party(id));
CREATE POLICY request_select ON agreement_parties FOR SELECT TO sala_request
  USING (sala_is_party(agreement_id));
CREATE POLICY request_update ON agreement_parties FOR UPDATE TO sala_request
  USING (agency_id = sala_agency())
  WITH CHECK (agency_id = sala_agency());

-- Policy: reads every fact, writes accesses, gates and notices; no part of a case.
GRANT SELECT ON case_files, persons, consents, provisions, referrals, agreements, agreement_parties, assignments, agencies, gates, accesses TO sala_policy;
CREATE POLICY policy_select ON case_files FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON persons FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON consents FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON provisions FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON referrals FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON agreements FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON agreement_parties FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON assignments FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON agencies FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON gates FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_select ON accesses FOR SELECT TO sala_policy
  USING (true);
GRANT UPDATE (evaluated_version) ON case_files TO sala_policy;
GRANT UPDATE (adult_earliest, adult_latest, age_bounds) ON persons TO sala_policy;
GRANT UPDATE ON gates TO sala_policy;
GRANT INSERT, DELETE ON accesses TO sala_policy;
GRANT INSERT ON notices TO sala_policy;
CREATE POLICY policy_update ON case_files FOR UPDATE TO sala_policy
  USING (true)
  WITH CHECK (true);
CREATE POLICY policy_update ON persons FOR UPDATE TO sala_policy
  USING (true)
  WITH CHECK (true);
CREATE POLICY policy_update ON gates FOR UPDATE TO sala_policy
  USING (true)
  WITH CHECK (true);
CREATE POLICY policy_insert ON accesses FOR INSERT TO sala_policy
  WITH CHECK (true);
CREATE POLICY policy_delete ON accesses FOR DELETE TO sala_policy
  USING (true);
CREATE POLICY policy_insert ON notices FOR INSERT TO sala_policy
  WITH CHECK (true);

-- Ledger: rechecks an answer, writes its record, sequences it.
GRANT SELECT ON accesses, disclosures, ledger_entries, ledger_nodes, case_files, gates TO sala_ledger;
GRANT INSERT ON disclosures, ledger_entries, ledger_nodes TO sala_ledger;
CREATE POLICY ledger_select ON accesses FOR SELECT TO sala_ledger
  USING (true);
CREATE POLICY ledger_select ON disclosures FOR SELECT TO sala_ledger
  USING (true);
CREATE POLICY ledger_select ON ledger_entries FOR SELECT TO sala_ledger
  USING (true);
CREATE POLICY ledger_select ON ledger_nodes FOR SELECT TO sala_ledger
  USING (true);
CREATE POLICY ledger_select ON case_files FOR SELECT TO sala_ledger
  USING (true);
CREATE POLICY ledger_select ON gates FOR SELECT TO sala_ledger
  USING (true);
CREATE POLICY ledger_insert ON disclosures FOR INSERT TO sala_ledger
  WITH CHECK (true);
CREATE POLICY ledger_insert ON ledger_entries FOR INSERT TO sala_ledger
  WITH CHECK (true);
CREATE POLICY ledger_insert ON ledger_nodes FOR INSERT TO sala_ledger
  WITH CHECK (true);

-- Onboarding: agencies, members, agreements, gates; no case data.
GRANT SELECT, INSERT, UPDATE ON agencies, agency_units, members, agreements, agreement_parties, gates TO sala_onboarding;
CREATE POLICY onboarding_select ON agencies FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON agencies FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON agencies FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON agency_units FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON agency_units FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON agency_units FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON members FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON members FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON members FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON agreements FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON agreements FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON agreements FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON agreement_parties FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON agreement_parties FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON agreement_parties FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON gates FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON gates FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON gates FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);

-- Facts. Each change raises the case's facts_version; a commit whose version was
-- not evaluated is refused.
-- +goose StatementBegin
CREATE FUNCTION sala_fact_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
  ELSE
    UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER consents_fact AFTER INSERT OR UPDATE OR DELETE ON consents FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER provisions_fact AFTER INSERT OR UPDATE OR DELETE ON provisions FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER referrals_fact AFTER INSERT OR UPDATE OR DELETE ON referrals FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER assignments_fact AFTER INSERT OR UPDATE OR DELETE ON assignments FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER persons_fact AFTER INSERT OR UPDATE OR DELETE ON persons FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();

-- +goose StatementBegin
CREATE FUNCTION sala_case_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.owner_id IS DISTINCT FROM OLD.owner_id OR NEW.kind IS DISTINCT FROM OLD.kind THEN
    NEW.facts_version := OLD.facts_version + 1;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER case_files_fact BEFORE UPDATE ON case_files FOR EACH ROW EXECUTE FUNCTION sala_case_fact();

-- +goose StatementBegin
CREATE FUNCTION sala_evaluated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM case_files f WHERE f.id = NEW.id AND f.facts_version <> f.evaluated_version) THEN
    RAISE EXCEPTION 'facts of a case changed without an evaluation of policy' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER case_files_evaluated AFTER INSERT OR UPDATE ON case_files
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_evaluated();

-- A forged or wrong access opens nothing: a row to another contributor's rows must
-- rest on a referral of this case with a statement and an agreement that cover its
-- grantee, contributor, categories, purpose and interval. Checked at commit, when
-- the facts are final.
-- +goose StatementBegin
CREATE FUNCTION sala_access_rests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  r referrals%ROWTYPE;
  c consents%ROWTYPE;
  v_bits bigint := NEW.categories & ~1::bigint; -- CASE is never named (B5)
  v_covered bigint;
  v_refused bigint;
  v_previewed bigint;
  v_named boolean;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM accesses a WHERE a.id = NEW.id) THEN
    RETURN NULL; -- replaced in the same transaction
  END IF;
  IF NEW.grantee_id = NEW.contributor_id THEN
    IF NOT EXISTS (SELECT 1 FROM provisions p JOIN consents k ON k.id = p.consent_id
        WHERE p.case_id = NEW.case_id AND k.kind = 'RECORDING' AND p.recipient_id = NEW.grantee_id
          AND p.decision = 'PERMIT' AND p.purposes ? NEW.purpose) THEN
      RAISE EXCEPTION 'an access to own rows rests on no basis for recording' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
  END IF;
  IF NEW.action NOT IN ('READ', 'PREVIEW') THEN
    RAISE EXCEPTION 'an access to change another contributor''s rows' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM persons x WHERE x.case_id = NEW.case_id AND x.adult_latest <= NEW.valid_from) THEN
    RAISE EXCEPTION 'an access to rows of one who is or may be a child' USING ERRCODE = 'check_violation'; -- E1
  END IF;
  SELECT * INTO r FROM referrals x WHERE x.id = NEW.referral_id AND x.case_id = NEW.case_id
    AND x.to_id = NEW.grantee_id AND x.purpose = NEW.purpose
    AND ((NEW.action = 'READ' AND x.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND x.accepted_on <= NEW.valid_from
          AND NEW.valid_until <= x.valid_until AND sala_bits(x.accepted_categories) & sala_bits(x.categories) & v_bits = v_bits)
      OR (NEW.action = 'PREVIEW' AND x.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING') AND v_bits = 0
          AND x.offered_on <= NEW.valid_from AND NEW.valid_until <= x.reply_by));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no referral that covers it' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO c FROM consents x WHERE x.id = NEW.consent_id AND x.case_id = NEW.case_id AND x.kind = 'SHARING' AND x.voice = 'PERSON'
    AND x.basis = 'CONSENT' AND x.interpretation IN ('NONE_NEEDED', 'VETTED') AND x.setting = 'SAFE_PLACE'; -- C6
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no statement of this case' USING ERRCODE = 'check_violation';
  END IF;
  SELECT coalesce(bit_or(sala_bits(p.categories)), 0), coalesce(bool_or(p.contributor_ids ? NEW.contributor_id), false)
    INTO v_covered, v_named FROM provisions p
    WHERE p.consent_id = c.id AND p.decision = 'PERMIT' AND p.recipient_id = NEW.grantee_id AND p.purposes ? NEW.purpose
      AND p.valid_from <= NEW.valid_from AND NEW.valid_until <= p.valid_until;
  IF v_covered = 0 OR v_covered & v_bits <> v_bits THEN
    RAISE EXCEPTION 'an access goes beyond the statement that it rests on' USING ERRCODE = 'check_violation';
  END IF;
  IF r.from_id <> NEW.contributor_id AND NOT v_named THEN
    RAISE EXCEPTION 'an access opens rows of a contributor that the statement does not name' USING ERRCODE = 'check_violation';
  END IF;
  -- Her own later no; a caregiver's decides about a child, for whom nothing is open (C4, E1).
  SELECT coalesce(bit_or(sala_bits(p.categories)), 0) INTO v_refused
    FROM provisions p JOIN consents k ON k.id = p.consent_id
    WHERE p.case_id = NEW.case_id AND k.kind = 'SHARING' AND k.voice = 'PERSON' AND p.decision = 'DENY'
      AND p.recipient_id = NEW.grantee_id AND p.purposes ? NEW.purpose AND k.given_on >= c.given_on;
  -- A preview names no category: it stands on any that referral and statement share (D2).
  v_previewed := v_covered & sala_bits(r.categories) & ~v_refused;
  IF v_refused & v_bits <> 0 OR (NEW.action = 'PREVIEW' AND v_previewed = 0) THEN
    RAISE EXCEPTION 'an access stands against a later refusal' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM agreements g
      JOIN agreement_parties p1 ON p1.agreement_id = g.id AND p1.agency_id = NEW.contributor_id
      JOIN agreement_parties p2 ON p2.agreement_id = g.id AND p2.agency_id = NEW.grantee_id
      WHERE g.id = NEW.agreement_id AND g.countersigned_on IS NOT NULL AND g.purposes ? NEW.purpose
        AND sala_bits(g.categories) & v_bits = v_bits
        AND (NEW.action = 'READ' OR sala_bits(g.categories) & v_previewed <> 0)
        AND g.valid_from <= NEW.valid_from AND NEW.valid_until <= g.valid_until) THEN
    RAISE EXCEPTION 'an access rests on no agreement that covers it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER accesses_rest AFTER INSERT OR UPDATE ON accesses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_access_rests();

-- The ledger is append-only, for its own role too.
-- +goose StatementBegin
CREATE FUNCTION sala_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER ledger_entries_append BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION sala_append_only();
CREATE TRIGGER ledger_nodes_append BEFORE UPDATE OR DELETE ON ledger_nodes FOR EACH ROW EXECUTE FUNCTION sala_append_only();

