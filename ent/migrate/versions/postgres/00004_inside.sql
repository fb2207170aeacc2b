-- +goose Up
-- Who works with whom inside an agency (D5), and the history of a case's state and kind (I1, G3).
CREATE TABLE "teams" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "name" character varying NOT NULL,
  "created_on" bigint NOT NULL,
  "ended_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "team_agency_id" ON "teams" ("agency_id");
CREATE TABLE "memberships" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "group_id" character varying NOT NULL,
  "since" bigint NOT NULL,
  "ended_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "membership_member_id" ON "memberships" ("member_id");
CREATE INDEX "membership_agency_id_group_id" ON "memberships" ("agency_id", "group_id");
CREATE TABLE "case_changes" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_by" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "occurred_on" bigint NULL,
  "from_state" character varying NOT NULL,
  "to_state" character varying NOT NULL,
  "from_kind" character varying NOT NULL,
  "to_kind" character varying NOT NULL,
  "closing_reason" character varying NULL,
  "version" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "casechange_case_id_version" ON "case_changes" ("case_id", "version");

-- sala_holders: the ids under which an access counts for a member (D5), parted by
-- commas: the member, its teams and units, the agency, as far as the agency's
-- need-to-know mode lets each count, and for case workers only: managers stay without
-- IDENTITY in every mode. A mode that it does not know counts the member alone; one who
-- is no open account of the agency is nobody.
CREATE FUNCTION sala_holders(p_agency text, p_member text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(string_agg(h.id, ',' ORDER BY h.id), '')
  FROM members m JOIN agencies a ON a.id = m.agency_id
  CROSS JOIN LATERAL (
    SELECT m.id
    UNION SELECT t.id FROM teams t JOIN memberships g ON g.group_id = t.id AND g.member_id = m.id AND g.ended_on IS NULL
      WHERE t.agency_id = a.id AND t.ended_on IS NULL AND m.roles ? 'CASE_WORKER' AND a.need_to_know IN ('TEAM', 'UNIT', 'AGENCY')
    UNION SELECT u.id FROM agency_units u JOIN memberships g ON g.group_id = u.id AND g.member_id = m.id AND g.ended_on IS NULL
      WHERE u.agency_id = a.id AND m.roles ? 'CASE_WORKER' AND a.need_to_know IN ('UNIT', 'AGENCY')
    UNION SELECT a.id WHERE m.roles ? 'CASE_WORKER' AND a.need_to_know = 'AGENCY') h
  WHERE m.id = p_member AND m.agency_id = p_agency AND m.active
$$;

-- Whether an id is a member, a team or a unit of the asker's agency.
-- +goose StatementBegin
CREATE FUNCTION sala_inside(p_id text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM members m WHERE m.id = p_id AND m.agency_id = sala_agency())
    OR EXISTS (SELECT 1 FROM teams t WHERE t.id = p_id AND t.agency_id = sala_agency())
    OR EXISTS (SELECT 1 FROM agency_units u WHERE u.id = p_id AND u.agency_id = sala_agency());
END $$;
-- +goose StatementEnd

-- sala_open as before, for whomever the asker counts as inside the agency.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_open(p_case text, p_contributor text, p_action text, p_bits bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
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
      AND a.member_id = ANY (v_holders));
END $$;
-- +goose StatementEnd

-- An access names nobody whom its agency has not put on the case.
-- +goose StatementBegin
CREATE FUNCTION sala_access_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.member_id NOT IN ('', NEW.grantee_id)
      AND NOT EXISTS (SELECT 1 FROM assignments s WHERE s.case_id = NEW.case_id AND s.agency_id = NEW.grantee_id
        AND s.member_id = NEW.member_id AND s.ended_on IS NULL)
      AND EXISTS (SELECT 1 FROM accesses a WHERE a.id = NEW.id) THEN
    RAISE EXCEPTION 'an access for one who is not on the case' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER accesses_held AFTER INSERT OR UPDATE ON accesses
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_access_held();

DROP POLICY request_insert ON assignments;
CREATE POLICY request_insert ON assignments FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND sala_inside(member_id) AND (sala_making(case_id) OR sala_open(case_id, NULL, 'READ', 0)));

-- The second wall of the new tables.
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_changes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON teams, memberships TO sala_request;
CREATE POLICY request_select ON teams FOR SELECT TO sala_request USING (agency_id = sala_agency());
CREATE POLICY request_select ON memberships FOR SELECT TO sala_request USING (agency_id = sala_agency());
GRANT SELECT, INSERT ON teams, memberships TO sala_onboarding;
GRANT UPDATE (ended_on) ON teams, memberships TO sala_onboarding;
CREATE POLICY onboarding_select ON teams FOR SELECT TO sala_onboarding USING (true);
CREATE POLICY onboarding_insert ON teams FOR INSERT TO sala_onboarding WITH CHECK (true);
CREATE POLICY onboarding_update ON teams FOR UPDATE TO sala_onboarding USING (true) WITH CHECK (true);
CREATE POLICY onboarding_select ON memberships FOR SELECT TO sala_onboarding USING (true);
CREATE POLICY onboarding_insert ON memberships FOR INSERT TO sala_onboarding WITH CHECK (true);
CREATE POLICY onboarding_update ON memberships FOR UPDATE TO sala_onboarding USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON case_changes TO sala_request;
CREATE POLICY request_select ON case_changes FOR SELECT TO sala_request USING (sala_open(case_id, NULL, 'READ', 0));
CREATE POLICY request_insert ON case_changes FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND sala_owns(case_id));
