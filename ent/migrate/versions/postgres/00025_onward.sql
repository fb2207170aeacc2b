-- +goose Up
-- What is passed on (D4), what contributors decide themselves (A6), referrals to parties
-- outside Sala and tracing (D8), case conferences (D9).
ALTER TABLE "referrals" ADD COLUMN "onward_of" character varying NOT NULL DEFAULT '';
ALTER TABLE "accesses" ADD COLUMN "first_referral_id" character varying NOT NULL DEFAULT '';
ALTER TABLE "accesses" ADD COLUMN "first_agreement_id" character varying NOT NULL DEFAULT '';
ALTER TABLE "accesses" ADD COLUMN "first_referrer_id" character varying NOT NULL DEFAULT '';
CREATE TABLE "permissions" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "recipient_id" character varying NOT NULL,
  "asker_id" character varying NOT NULL DEFAULT '',
  "referral_id" character varying NOT NULL DEFAULT '',
  "purpose" character varying NOT NULL,
  "categories" jsonb NOT NULL,
  "state" character varying NOT NULL,
  "decided_on" bigint NULL,
  "decided_by" character varying NOT NULL DEFAULT '',
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "permission_referral_id" ON "permissions" ("referral_id");
CREATE INDEX "permission_case_id" ON "permissions" ("case_id");
CREATE TABLE "external_referrals" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "purpose" character varying NOT NULL,
  "named_fields" jsonb NOT NULL,
  "sealed" bytea NOT NULL,
  "form" character varying NOT NULL,
  "language" character varying NULL,
  "interpretation" character varying NOT NULL,
  "setting" character varying NOT NULL,
  "checks" jsonb NOT NULL,
  "legal_advice_offered" boolean NOT NULL DEFAULT false,
  "guardianship_id" character varying NOT NULL DEFAULT '',
  "childs_views" character varying NULL,
  "given_on" bigint NOT NULL,
  "valid_until" bigint NOT NULL,
  "recipient_key" character varying NOT NULL DEFAULT '',
  "state" character varying NOT NULL,
  "sheets" bigint NOT NULL DEFAULT 0,
  "reply_by" bigint NOT NULL,
  "delete_by" bigint NOT NULL,
  "handed_over_on" bigint NULL,
  "replied_on" bigint NULL,
  "withdrawn_on" bigint NULL,
  "deleted_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "externalreferral_case_id" ON "external_referrals" ("case_id");
CREATE TABLE "conferences" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "purpose" character varying NOT NULL,
  "consent_id" character varying NOT NULL,
  "participants" jsonb NOT NULL,
  "agency_ids" jsonb NOT NULL,
  "sealed" bytea NOT NULL,
  "held_on" bigint NOT NULL,
  "concluded_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "conference_case_id" ON "conferences" ("case_id");
CREATE TABLE "conference_tasks" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "conference_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "sealed" bytea NOT NULL,
  "due_on" bigint NOT NULL,
  "done_on" bigint NULL,
  "done_by" character varying NOT NULL DEFAULT '',
  PRIMARY KEY ("id")
);
CREATE INDEX "conferencetask_conference_id" ON "conference_tasks" ("conference_id");
CREATE INDEX "conferencetask_case_id" ON "conference_tasks" ("case_id");

CREATE TRIGGER permissions_fact AFTER INSERT OR UPDATE OR DELETE ON permissions FOR EACH ROW EXECUTE FUNCTION sala_fact_changed();

-- Who traces learns nothing of exploitation, not even of its own recording (D8).
-- +goose StatementBegin
CREATE FUNCTION sala_tracer_learns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an access for tracing to what tells of exploitation' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE format('CREATE TRIGGER accesses_tracing BEFORE INSERT OR UPDATE ON accesses FOR EACH ROW WHEN (NEW.purpose = ''TRACING'' AND NEW.categories & %s <> 0) EXECUTE FUNCTION sala_tracer_learns()',
    sala_bits('["TRAFFICKING", "NARRATIVE", "JUSTICE", "SUSPECT", "HEALTH_RESTRICTED"]'));
END $$;
-- +goose StatementEnd

ALTER TABLE permissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_referrals ENABLE ROW LEVEL SECURITY;
ALTER TABLE conferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE conference_tasks ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON permissions, external_referrals, conferences, conference_tasks TO sala_request;
GRANT UPDATE (state, decided_on, decided_by) ON permissions TO sala_request;
GRANT UPDATE (sealed, state, sheets, handed_over_on, replied_on, withdrawn_on, deleted_on) ON external_referrals TO sala_request;
GRANT UPDATE (sealed, concluded_on) ON conferences TO sala_request;
GRANT UPDATE (done_on, done_by) ON conference_tasks TO sala_request;
GRANT SELECT, INSERT ON permissions TO sala_policy;
GRANT SELECT ON external_referrals TO sala_policy;
GRANT SELECT ON permissions, external_referrals, conferences, conference_tasks TO sala_departure;

CREATE POLICY request_select ON permissions FOR SELECT TO sala_request
  USING ((contributor_id = sala_agency() OR asker_id = sala_agency()) AND sala_open(case_id, NULL, 'READ', 0));
CREATE POLICY request_insert ON permissions FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND asker_id = '' AND state = 'GRANTED' AND recorded_by = sala_member()
    AND sala_flag('casework') AND sala_open(case_id, NULL, 'READ', 0));
CREATE POLICY request_update ON permissions FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND sala_flag('casework') AND sala_open(case_id, NULL, 'READ', 0))
  WITH CHECK (contributor_id = sala_agency());
CREATE POLICY policy_select ON permissions FOR SELECT TO sala_policy USING (true);
-- What an agency asks of a contributor is no more than asked.
CREATE POLICY policy_insert ON permissions FOR INSERT TO sala_policy WITH CHECK (state = 'ASKED' AND asker_id <> '' AND referral_id <> '');
CREATE POLICY departure_select ON permissions FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));

CREATE POLICY request_select ON external_referrals FOR SELECT TO sala_request
  USING (sala_owns_open(case_id));
CREATE POLICY request_insert ON external_referrals FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND state = 'RECORDED' AND sheets = 0
    AND sala_flag('casework') AND sala_owns(case_id));
CREATE POLICY request_update ON external_referrals FOR UPDATE TO sala_request
  USING (sala_owns_open(case_id) AND sala_flag('casework'))
  WITH CHECK (sala_owns(case_id));
CREATE POLICY policy_select ON external_referrals FOR SELECT TO sala_policy USING (true);
CREATE POLICY departure_select ON external_referrals FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));

CREATE POLICY request_select ON conferences FOR SELECT TO sala_request
  USING (purpose = sala_purpose() AND agency_ids ? sala_agency() AND sala_open(case_id, NULL, 'READ', 0));
CREATE POLICY request_insert ON conferences FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND purpose = sala_purpose() AND sala_flag('casework') AND sala_owns(case_id));
CREATE POLICY request_update ON conferences FOR UPDATE TO sala_request
  USING (contributor_id = sala_agency() AND sala_flag('casework') AND purpose = sala_purpose() AND sala_open(case_id, NULL, 'READ', 0))
  WITH CHECK (contributor_id = sala_agency());
CREATE POLICY departure_select ON conferences FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));

-- A task is seen with its conference: the policy on that table looks.
CREATE POLICY request_select ON conference_tasks FOR SELECT TO sala_request
  USING (EXISTS (SELECT 1 FROM conferences c WHERE c.id = conference_tasks.conference_id AND c.case_id = conference_tasks.case_id));
CREATE POLICY request_insert ON conference_tasks FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_flag('casework')
    AND EXISTS (SELECT 1 FROM conferences c WHERE c.id = conference_tasks.conference_id AND c.case_id = conference_tasks.case_id
      AND c.contributor_id = conference_tasks.contributor_id AND c.agency_ids ? conference_tasks.agency_id));
CREATE POLICY request_update ON conference_tasks FOR UPDATE TO sala_request
  USING ((contributor_id = sala_agency() OR agency_id = sala_agency()) AND sala_flag('casework')
    AND EXISTS (SELECT 1 FROM conferences c WHERE c.id = conference_tasks.conference_id AND c.case_id = conference_tasks.case_id))
  WITH CHECK (contributor_id = sala_agency() OR agency_id = sala_agency());
CREATE POLICY departure_select ON conference_tasks FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));

-- What was asked is granted or refused, what was granted taken back: nothing else.
-- +goose StatementBegin
CREATE FUNCTION sala_permission_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ((OLD.state = 'ASKED' AND NEW.state IN ('GRANTED', 'REFUSED')) OR (OLD.state = 'GRANTED' AND NEW.state = 'WITHDRAWN')) THEN
    RAISE EXCEPTION 'a permission does not come from that state to that' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER permissions_move BEFORE UPDATE ON permissions FOR EACH ROW EXECUTE FUNCTION sala_permission_moves();

-- What was taken back makes no sheet, and nothing is handed over after her consent's end.
-- +goose StatementBegin
CREATE FUNCTION sala_external_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state IS DISTINCT FROM OLD.state AND NOT ((OLD.state = 'RECORDED' AND NEW.state = 'HANDED_OVER')
      OR (OLD.state = 'HANDED_OVER' AND NEW.state = 'REPLIED')
      OR (OLD.state IN ('RECORDED', 'HANDED_OVER', 'REPLIED') AND NEW.state = 'WITHDRAWN')
      OR (OLD.state IN ('HANDED_OVER', 'REPLIED', 'WITHDRAWN') AND NEW.state = 'DELETED')) THEN
    RAISE EXCEPTION 'an external referral does not come from that state to that' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.sheets <> OLD.sheets AND NOT (NEW.sheets = OLD.sheets + 1 AND OLD.state = 'RECORDED' AND sala_now() < OLD.valid_until) THEN
    RAISE EXCEPTION 'a sheet is made while her consent stands, before it is handed over' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'HANDED_OVER' AND OLD.state = 'RECORDED' AND (OLD.sheets = 0 OR coalesce(NEW.handed_over_on >= OLD.valid_until, true)) THEN
    RAISE EXCEPTION 'what no sheet was made of, or no consent covers, is not handed over' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER external_referrals_move BEFORE UPDATE ON external_referrals FOR EACH ROW EXECUTE FUNCTION sala_external_moves();

-- A conference is of agencies that may read the case for its purpose, and that her statement
-- names; it opens nothing (D9).
-- +goose StatementBegin
CREATE FUNCTION sala_conference_sits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM jsonb_array_elements_text(NEW.agency_ids) AS x(id) WHERE x.id <> NEW.contributor_id AND NOT (
      EXISTS (SELECT 1 FROM accesses a WHERE a.case_id = NEW.case_id AND a.grantee_id = x.id AND a.purpose = NEW.purpose AND a.action = 'READ'
        AND a.grantee_id <> a.contributor_id AND a.valid_from <= NEW.recorded_on AND NEW.recorded_on < a.valid_until)
      AND EXISTS (SELECT 1 FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'SHARING'
        WHERE p.case_id = NEW.case_id AND p.consent_id = NEW.consent_id AND p.recipient_id = x.id AND p.decision = 'PERMIT' AND p.purposes ? NEW.purpose))) THEN
    RAISE EXCEPTION 'a conference with an agency that may not read the case, or that she has not named' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER conferences_sit BEFORE INSERT ON conferences FOR EACH ROW EXECUTE FUNCTION sala_conference_sits();

-- What contributors decided and what went out stays where its contributor leaves, as her own
-- statements do; what a conference wrote down goes.
ALTER FUNCTION sala_contributed() RENAME TO sala_contributed_before_onward;
CREATE FUNCTION sala_contributed() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT array_agg(t ORDER BY t) FROM unnest(sala_contributed_before_onward()) AS t WHERE t NOT IN ('permissions', 'external_referrals')
$$;
REVOKE ALL ON FUNCTION sala_contributed_before_onward() FROM PUBLIC;

-- A case of an import is touched too once any of these is about it.
ALTER FUNCTION sala_untouched(text, bigint[]) RENAME TO sala_untouched_before_onward;
REVOKE ALL ON FUNCTION sala_untouched_before_onward(text, bigint[]) FROM sala_request;
-- +goose StatementBegin
CREATE FUNCTION sala_untouched(p_import text, p_rows bigint[]) RETURNS TABLE ("row" bigint, case_id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT u.row, u.case_id FROM sala_untouched_before_onward(p_import, p_rows) u
    WHERE NOT EXISTS (SELECT 1 FROM permissions x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM external_referrals x WHERE x.case_id = u.case_id)
      AND NOT EXISTS (SELECT 1 FROM conferences x WHERE x.case_id = u.case_id);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_untouched(text, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_untouched(text, bigint[]) TO sala_request;

-- The gates of the first link of what is passed on.
-- +goose StatementBegin
CREATE FUNCTION sala_first_open(p_agreement text, p_referrer text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (p_agreement = '' AND p_referrer = '')
    OR (EXISTS (SELECT 1 FROM gates g WHERE g.id = p_agreement AND g.open) AND EXISTS (SELECT 1 FROM gates g WHERE g.id = p_referrer AND g.open));
END $$;
-- +goose StatementEnd

-- sala_adds_onward: the third agency adds rows of its own by an accepted referral that
-- passes on, within the one by which its sender reads (A4, D4).
-- +goose StatementBegin
CREATE FUNCTION sala_adds_onward(a accesses, p_owner text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM referrals r JOIN referrals f ON f.id = r.onward_of AND f.case_id = r.case_id
    WHERE r.id = a.referral_id AND r.case_id = a.case_id AND r.to_id = a.grantee_id AND r.from_id = f.to_id AND r.purpose = a.purpose
      AND f.from_id = p_owner AND f.onward_of = '' AND f.purpose = a.purpose
      AND r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND f.state IN ('ACCEPTED', 'ACCEPTED_IN_PART')
      AND greatest(r.accepted_on, f.accepted_on) <= a.valid_from AND a.valid_until <= least(r.valid_until, f.valid_until));
END $$;
-- +goose StatementEnd

-- Functions that stand are changed where they ask, whichever version of them stands: they
-- ask for the first link's gates too, let the third agency add, and want a consent for
-- TRACING that names that alone.
-- +goose StatementBegin
DO $$
DECLARE
  v record;
  v_text text;
BEGIN
  FOR v IN SELECT * FROM (VALUES
    ('sala_open(text,text,text,bigint)', 'WHERE g.id = a.contributor_id AND g.open)',
      'WHERE g.id = a.contributor_id AND g.open) AND sala_first_open(a.first_agreement_id, a.first_referrer_id)'),
    ('sala_open_referral(text)', 'sala_gates_open(a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id)',
      'sala_gates_open(a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id) AND sala_first_open(a.first_agreement_id, a.first_referrer_id)'),
    ('sala_making(text)', 'sala_gates_open(a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id)',
      'sala_gates_open(a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id) AND sala_first_open(a.first_agreement_id, a.first_referrer_id)'),
    ('sala_own_access_rests(accesses)', 'IF v_owner IS DISTINCT FROM a.grantee_id AND NOT EXISTS (SELECT 1 FROM referrals r',
      'IF v_owner IS DISTINCT FROM a.grantee_id AND NOT sala_adds_onward(a, v_owner) AND NOT EXISTS (SELECT 1 FROM referrals r'),
    ('sala_leaf(accesses,text,text)', 'coalesce(p.decision = ''PERMIT'' AND k.basis = ''CONSENT''',
      'coalesce(p.decision = ''PERMIT'' AND k.basis = ''CONSENT'' AND (a.purpose <> ''TRACING'' OR jsonb_array_length(p.purposes) = 1)')
  ) AS t(name, was, becomes) LOOP
    v_text := pg_get_functiondef(v.name::regprocedure);
    IF position(v.was IN v_text) = 0 THEN
      RAISE EXCEPTION 'the function % does not ask as this migration knows it', v.name;
    END IF;
    EXECUTE replace(v_text, v.was, v.becomes);
  END LOOP;
END $$;
-- +goose StatementEnd

-- sala_permitted: of which categories a contributor permits its rows to reach a recipient
-- for a purpose throughout an interval, by certain referrals (A6, D4).
-- +goose StatementBegin
CREATE FUNCTION sala_permitted(p_case text, p_contributor text, p_recipient text, p_purpose text, p_referrals text[], p_from bigint, p_until bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(bit_or(sala_bits(p.categories)), 0) FROM permissions p
    WHERE p.case_id = p_case AND p.contributor_id = p_contributor AND p.recipient_id = p_recipient AND p.purpose = p_purpose
      AND p.state = 'GRANTED' AND p.referral_id = ANY (p_referrals) AND p.valid_from <= p_from AND p_until <= p.valid_until);
END $$;
-- +goose StatementEnd

-- sala_decided: of which categories a contributor's rows may reach a recipient by a
-- referral: all, but for an international organisation what it decided itself (A6).
-- +goose StatementBegin
CREATE FUNCTION sala_decided(a accesses, p_referrer text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF a.contributor_id = p_referrer OR NOT EXISTS (SELECT 1 FROM agencies g WHERE g.id = a.contributor_id AND g.kind = 'INTERNATIONAL_ORGANISATION') THEN
    RETURN -1;
  END IF;
  RETURN sala_permitted(a.case_id, a.contributor_id, a.grantee_id, a.purpose, ARRAY['', a.referral_id], a.valid_from, a.valid_until);
END $$;
-- +goose StatementEnd

-- sala_passes: of which categories an agency lets be passed on, by one referral, what it
-- gave under an agreement (D4).
-- +goose StatementBegin
CREATE FUNCTION sala_passes(a accesses, p_agency text, p_agreement text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN CASE (SELECT g.onward FROM agreements g WHERE g.id = p_agreement)
    WHEN 'YES' THEN -1
    WHEN 'ASK' THEN sala_permitted(a.case_id, p_agency, a.grantee_id, a.purpose, ARRAY[a.referral_id], a.valid_from, a.valid_until)
    ELSE 0 END;
END $$;
-- +goose StatementEnd

-- sala_let_on: whoever spoke last about the agency that passes on lets it pass on the
-- category: she alone once she has spoken as an adult, until then all who spoke (D4).
-- +goose StatementBegin
CREATE FUNCTION sala_let_on(p_case text, p_sharer text, p_purpose text, p_word text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (WITH leaf AS (
      SELECT k.voice, coalesce(k.guardianship_id, '') AS guardian, k.given_on, p.onward
      FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'SHARING'
      WHERE p.case_id = p_case AND p.recipient_id = p_sharer AND p.purposes ? p_purpose AND p.categories ? p_word),
    counted AS (SELECT l.* FROM leaf l WHERE l.voice = 'PERSON'
      OR NOT EXISTS (SELECT 1 FROM leaf h WHERE h.voice = 'PERSON' AND h.given_on >= sala_adult_from(p_case)))
    SELECT coalesce(bool_and(c.onward), false) FROM counted c
      WHERE c.given_on = (SELECT max(d.given_on) FROM counted d WHERE d.voice = c.voice AND d.guardian = c.guardian));
END $$;
-- +goose StatementEnd

-- sala_onward_rests: an access that passes on rests on the owner's referral to the one who
-- passes on, which would open the same to that agency, and on that agency's own referral,
-- what was said, and agreement (D4).
-- +goose StatementBegin
CREATE FUNCTION sala_onward_rests(a accesses, p_owner text, r referrals) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  f referrals%ROWTYPE;
  v_first accesses := a;
  v_bits bigint := a.categories & ~1::bigint;
  v_words jsonb := CASE WHEN a.action = 'READ' THEN r.accepted_categories ELSE r.categories END;
  v_word text;
  v_open bigint := 0;
BEGIN
  SELECT * INTO f FROM referrals x WHERE x.id = a.first_referral_id AND x.case_id = a.case_id AND x.id = r.onward_of
    AND x.onward_of = '' AND x.from_id = p_owner AND x.to_id = a.referrer_id AND x.purpose = a.purpose;
  IF NOT FOUND OR a.first_referrer_id <> p_owner OR a.referrer_id IN (p_owner, a.contributor_id) OR a.grantee_id IN (p_owner, a.contributor_id, a.referrer_id) THEN
    RAISE EXCEPTION 'an access is passed on by no one who reads' USING ERRCODE = 'check_violation';
  END IF;
  v_first.grantee_id := a.referrer_id;
  v_first.action := 'READ';
  v_first.referral_id := f.id;
  v_first.referrer_id := p_owner;
  v_first.referral_agreement_id := a.first_agreement_id;
  v_first.first_referral_id := '';
  v_first.first_agreement_id := '';
  v_first.first_referrer_id := '';
  v_first.consent_id := coalesce((SELECT p.consent_id FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'SHARING' AND k.given_on <= a.valid_from
    WHERE p.case_id = a.case_id AND p.recipient_id = a.referrer_id AND p.decision = 'PERMIT' AND p.purposes ? a.purpose LIMIT 1), '');
  -- Category by category: where an access names none, some has to stand (D2, D5).
  FOR v_word IN SELECT w.word FROM jsonb_array_elements_text(v_words) AS w(word) LOOP
    v_first.categories := sala_bits(jsonb_build_array(v_word));
    CONTINUE WHEN v_bits <> 0 AND v_bits & v_first.categories = 0;
    IF sala_let_on(a.case_id, a.referrer_id, a.purpose, v_word)
        AND sala_passes(a, a.contributor_id, a.agreement_id) & v_first.categories <> 0
        AND sala_passes(a, p_owner, a.first_agreement_id) & v_first.categories <> 0
        AND sala_decided(a, a.referrer_id) & v_first.categories <> 0
        AND sala_said(a, jsonb_build_array(v_word), p_owner) <> 0
        AND sala_agreed(a.referral_agreement_id, a.referrer_id, a.grantee_id, a.case_id, a.purpose, v_first.categories, 0, a.valid_from, a.valid_until) THEN
      BEGIN
        PERFORM sala_shared_access_rests(v_first);
        v_open := v_open | v_first.categories;
      EXCEPTION WHEN check_violation THEN
        NULL; -- the one who passes on does not read it
      END;
    END IF;
  END LOOP;
  IF v_open = 0 OR v_bits & ~v_open <> 0 THEN
    RAISE EXCEPTION 'an access passes on what is not to be passed on' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd

-- As before, with what is passed on (D4) and what an international organisation decides (A6).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_shared_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  r referrals%ROWTYPE;
  v_owner text := (SELECT f.owner_id FROM case_files f WHERE f.id = a.case_id);
  v_deceased bigint := (SELECT x.deceased_on FROM persons x WHERE x.case_id = a.case_id);
  v_bits bigint := a.categories & ~1::bigint; -- CASE is never named (B5)
  v_onward boolean := a.first_referral_id <> '' OR a.first_agreement_id <> '' OR a.first_referrer_id <> '';
  v_words jsonb;
  v_said bigint;
  v_kept bigint;
  v_decided bigint;
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
  SELECT * INTO r FROM referrals x WHERE x.id = a.referral_id AND x.case_id = a.case_id AND x.from_id = a.referrer_id
    AND x.to_id = a.grantee_id AND x.purpose = a.purpose
    AND CASE WHEN v_onward THEN x.onward_of <> '' ELSE x.onward_of = '' AND x.from_id = v_owner END
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
  IF v_onward THEN
    PERFORM sala_onward_rests(a, v_owner, r);
    RETURN;
  END IF;
  v_decided := sala_decided(a, v_owner);
  IF v_decided = 0 OR v_bits & ~v_decided <> 0 THEN
    RAISE EXCEPTION 'an access opens rows of an international organisation without its decision' USING ERRCODE = 'check_violation'; -- A6
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
    v_previewed := v_said & sala_bits(r.categories) & v_kept & v_decided;
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

-- These answer about any case, whoever asks: they are for the triggers alone.
REVOKE ALL ON FUNCTION sala_adds_onward(accesses, text), sala_permitted(text, text, text, text, text[], bigint, bigint), sala_decided(accesses, text),
  sala_passes(accesses, text, text), sala_let_on(text, text, text, text), sala_onward_rests(accesses, text, referrals) FROM PUBLIC;
