-- +goose Up
-- What rows were before they were corrected, and who owned a case before (I2, A4).

ALTER TABLE "identities" ADD COLUMN "corrected_on" bigint NULL, ADD COLUMN "corrected_by" character varying NULL;
CREATE TABLE "identity_versions" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "row_id" character varying NOT NULL,
  "version" bigint NOT NULL,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "superseded_on" bigint NOT NULL,
  "superseded_by" character varying NOT NULL,
  "reason" character varying NULL,
  "sealed" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "identityversion_row_id_version" ON "identity_versions" ("row_id", "version");
CREATE INDEX "identityversion_case_id_contributor_id" ON "identity_versions" ("case_id", "contributor_id");
ALTER TABLE "contacts" ADD COLUMN "corrected_on" bigint NULL, ADD COLUMN "corrected_by" character varying NULL;
CREATE TABLE "contact_versions" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "row_id" character varying NOT NULL,
  "version" bigint NOT NULL,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "superseded_on" bigint NOT NULL,
  "superseded_by" character varying NOT NULL,
  "reason" character varying NULL,
  "sealed" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "contactversion_row_id_version" ON "contact_versions" ("row_id", "version");
CREATE INDEX "contactversion_case_id_contributor_id" ON "contact_versions" ("case_id", "contributor_id");
ALTER TABLE "profiles" ADD COLUMN "corrected_on" bigint NULL, ADD COLUMN "corrected_by" character varying NULL;
CREATE TABLE "profile_versions" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "row_id" character varying NOT NULL,
  "version" bigint NOT NULL,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "superseded_on" bigint NOT NULL,
  "superseded_by" character varying NOT NULL,
  "reason" character varying NULL,
  "sealed" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "profileversion_row_id_version" ON "profile_versions" ("row_id", "version");
CREATE INDEX "profileversion_case_id_contributor_id" ON "profile_versions" ("case_id", "contributor_id");
ALTER TABLE "traffickings" ADD COLUMN "corrected_on" bigint NULL, ADD COLUMN "corrected_by" character varying NULL;
CREATE TABLE "trafficking_versions" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "row_id" character varying NOT NULL,
  "version" bigint NOT NULL,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "superseded_on" bigint NOT NULL,
  "superseded_by" character varying NOT NULL,
  "reason" character varying NULL,
  "sealed" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "traffickingversion_row_id_version" ON "trafficking_versions" ("row_id", "version");
CREATE INDEX "traffickingversion_case_id_contributor_id" ON "trafficking_versions" ("case_id", "contributor_id");
ALTER TABLE "narratives" ADD COLUMN "corrected_on" bigint NULL, ADD COLUMN "corrected_by" character varying NULL;
CREATE TABLE "narrative_versions" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "row_id" character varying NOT NULL,
  "version" bigint NOT NULL,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "superseded_on" bigint NOT NULL,
  "superseded_by" character varying NOT NULL,
  "reason" character varying NULL,
  "sealed" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "narrativeversion_row_id_version" ON "narrative_versions" ("row_id", "version");
CREATE INDEX "narrativeversion_case_id_contributor_id" ON "narrative_versions" ("case_id", "contributor_id");
CREATE TABLE "case_transfers" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "from_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "recorded_by" character varying NOT NULL,
  "recorded_on" bigint NOT NULL,
  "version" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "casetransfer_case_id_version" ON "case_transfers" ("case_id", "version");

-- The second wall: a former version opens as its row does, to its contributor alone. It
-- is stored in the transaction that corrects the row, as the row stands then.
ALTER TABLE identity_versions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON identity_versions TO sala_request;
CREATE POLICY request_select ON identity_versions FOR SELECT TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'READ', 2));
CREATE POLICY request_insert ON identity_versions FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 2)
    AND superseded_on = sala_now() AND superseded_by = sala_member()
    AND EXISTS (SELECT 1 FROM identities r WHERE r.id = row_id AND r.case_id = identity_versions.case_id AND r.contributor_id = identity_versions.contributor_id
      AND r.version = identity_versions.version AND r.occurred_on IS NOT DISTINCT FROM identity_versions.occurred_on
      AND coalesce(r.corrected_on, r.recorded_on) = identity_versions.recorded_on AND coalesce(r.corrected_by, r.recorded_by) = identity_versions.recorded_by));

ALTER TABLE contact_versions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON contact_versions TO sala_request;
CREATE POLICY request_select ON contact_versions FOR SELECT TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'READ', 4));
CREATE POLICY request_insert ON contact_versions FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 4)
    AND superseded_on = sala_now() AND superseded_by = sala_member()
    AND EXISTS (SELECT 1 FROM contacts r WHERE r.id = row_id AND r.case_id = contact_versions.case_id AND r.contributor_id = contact_versions.contributor_id
      AND r.version = contact_versions.version AND r.occurred_on IS NOT DISTINCT FROM contact_versions.occurred_on
      AND coalesce(r.corrected_on, r.recorded_on) = contact_versions.recorded_on AND coalesce(r.corrected_by, r.recorded_by) = contact_versions.recorded_by));

ALTER TABLE profile_versions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON profile_versions TO sala_request;
CREATE POLICY request_select ON profile_versions FOR SELECT TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'READ', 16));
CREATE POLICY request_insert ON profile_versions FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 16)
    AND superseded_on = sala_now() AND superseded_by = sala_member()
    AND EXISTS (SELECT 1 FROM profiles r WHERE r.id = row_id AND r.case_id = profile_versions.case_id AND r.contributor_id = profile_versions.contributor_id
      AND r.version = profile_versions.version AND r.occurred_on IS NOT DISTINCT FROM profile_versions.occurred_on
      AND coalesce(r.corrected_on, r.recorded_on) = profile_versions.recorded_on AND coalesce(r.corrected_by, r.recorded_by) = profile_versions.recorded_by));

ALTER TABLE trafficking_versions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON trafficking_versions TO sala_request;
CREATE POLICY request_select ON trafficking_versions FOR SELECT TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'READ', 64));
CREATE POLICY request_insert ON trafficking_versions FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 64)
    AND superseded_on = sala_now() AND superseded_by = sala_member()
    AND EXISTS (SELECT 1 FROM traffickings r WHERE r.id = row_id AND r.case_id = trafficking_versions.case_id AND r.contributor_id = trafficking_versions.contributor_id
      AND r.version = trafficking_versions.version AND r.occurred_on IS NOT DISTINCT FROM trafficking_versions.occurred_on
      AND coalesce(r.corrected_on, r.recorded_on) = trafficking_versions.recorded_on AND coalesce(r.corrected_by, r.recorded_by) = trafficking_versions.recorded_by));

ALTER TABLE narrative_versions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON narrative_versions TO sala_request;
CREATE POLICY request_select ON narrative_versions FOR SELECT TO sala_request
  USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'READ', 8192));
CREATE POLICY request_insert ON narrative_versions FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, 'CORRECT', 8192)
    AND superseded_on = sala_now() AND superseded_by = sala_member()
    AND EXISTS (SELECT 1 FROM narratives r WHERE r.id = row_id AND r.case_id = narrative_versions.case_id AND r.contributor_id = narrative_versions.contributor_id
      AND r.version = narrative_versions.version AND r.occurred_on IS NOT DISTINCT FROM narrative_versions.occurred_on
      AND coalesce(r.corrected_on, r.recorded_on) = narrative_versions.recorded_on AND coalesce(r.corrected_by, r.recorded_by) = narrative_versions.recorded_by));

-- Who owned a case before is its owner's to know, and each agency's that had it itself.
ALTER TABLE case_transfers ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON case_transfers TO sala_request;
CREATE POLICY request_select ON case_transfers FOR SELECT TO sala_request
  USING (sala_open(case_id, NULL, 'READ', 0) AND (sala_agency() IN (from_id, contributor_id) OR sala_owns(case_id)));
CREATE POLICY request_insert ON case_transfers FOR INSERT TO sala_request
  WITH CHECK (contributor_id = sala_agency() AND recorded_by = sala_member() AND recorded_on = sala_now()
    AND EXISTS (SELECT 1 FROM case_files f WHERE f.id = case_id AND f.owner_id = from_id AND f.transfer_to_id = contributor_id
      AND f.version + 1 = case_transfers.version));

-- A row is corrected only where what it was has been kept, whoever corrects it.
-- +goose StatementBegin
CREATE FUNCTION sala_part_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_kept boolean;
BEGIN
  IF (NEW.id, NEW.case_id, NEW.contributor_id, NEW.recorded_on, NEW.recorded_by)
      IS DISTINCT FROM (OLD.id, OLD.case_id, OLD.contributor_id, OLD.recorded_on, OLD.recorded_by) OR NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'a correction that does not raise the version, or changes where the row comes from' USING ERRCODE = 'check_violation';
  END IF;
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I v WHERE v.row_id = $1 AND v.version = $2 AND v.case_id = $3 AND v.contributor_id = $4
    AND v.superseded_on = $5 AND v.superseded_by = $6)', TG_ARGV[0])
    INTO v_kept USING OLD.id, OLD.version, OLD.case_id, OLD.contributor_id, NEW.corrected_on, NEW.corrected_by;
  IF NOT v_kept THEN
    RAISE EXCEPTION 'a row is corrected without keeping what it was' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

-- A version is kept of what was corrected, not of what still stands.
-- +goose StatementBegin
CREATE FUNCTION sala_version_superseded() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_corrected boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I r WHERE r.id = $1 AND r.version > $2)', TG_ARGV[0]) INTO v_corrected USING NEW.row_id, NEW.version;
  IF NOT v_corrected THEN
    RAISE EXCEPTION 'a former version of a row that still stands' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- What was is not changed, and goes with the case alone (H4).
-- +goose StatementBegin
CREATE FUNCTION sala_history_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL
      AND e.stopped_on IS NULL AND e.done_on IS NULL) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the history of a case is not changed' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd

CREATE TRIGGER identities_kept BEFORE UPDATE ON identities FOR EACH ROW EXECUTE FUNCTION sala_part_kept('identity_versions');
CREATE CONSTRAINT TRIGGER identity_versions_superseded AFTER INSERT ON identity_versions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_version_superseded('identities');
CREATE TRIGGER identity_versions_stay BEFORE UPDATE OR DELETE ON identity_versions FOR EACH ROW EXECUTE FUNCTION sala_history_stays();
CREATE TRIGGER contacts_kept BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION sala_part_kept('contact_versions');
CREATE CONSTRAINT TRIGGER contact_versions_superseded AFTER INSERT ON contact_versions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_version_superseded('contacts');
CREATE TRIGGER contact_versions_stay BEFORE UPDATE OR DELETE ON contact_versions FOR EACH ROW EXECUTE FUNCTION sala_history_stays();
CREATE TRIGGER profiles_kept BEFORE UPDATE ON profiles FOR EACH ROW EXECUTE FUNCTION sala_part_kept('profile_versions');
CREATE CONSTRAINT TRIGGER profile_versions_superseded AFTER INSERT ON profile_versions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_version_superseded('profiles');
CREATE TRIGGER profile_versions_stay BEFORE UPDATE OR DELETE ON profile_versions FOR EACH ROW EXECUTE FUNCTION sala_history_stays();
CREATE TRIGGER traffickings_kept BEFORE UPDATE ON traffickings FOR EACH ROW EXECUTE FUNCTION sala_part_kept('trafficking_versions');
CREATE CONSTRAINT TRIGGER trafficking_versions_superseded AFTER INSERT ON trafficking_versions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_version_superseded('traffickings');
CREATE TRIGGER trafficking_versions_stay BEFORE UPDATE OR DELETE ON trafficking_versions FOR EACH ROW EXECUTE FUNCTION sala_history_stays();
CREATE TRIGGER narratives_kept BEFORE UPDATE ON narratives FOR EACH ROW EXECUTE FUNCTION sala_part_kept('narrative_versions');
CREATE CONSTRAINT TRIGGER narrative_versions_superseded AFTER INSERT ON narrative_versions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_version_superseded('narratives');
CREATE TRIGGER narrative_versions_stay BEFORE UPDATE OR DELETE ON narrative_versions FOR EACH ROW EXECUTE FUNCTION sala_history_stays();
CREATE TRIGGER case_changes_stay BEFORE UPDATE OR DELETE ON case_changes FOR EACH ROW EXECUTE FUNCTION sala_history_stays();
CREATE TRIGGER case_transfers_stay BEFORE UPDATE OR DELETE ON case_transfers FOR EACH ROW EXECUTE FUNCTION sala_history_stays();

-- An assignment ends once, and is otherwise not changed (D5).
-- +goose StatementBegin
CREATE FUNCTION sala_assignment_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_on IS NOT NULL OR NEW.ended_on IS NULL
      OR (NEW.id, NEW.case_id, NEW.agency_id, NEW.member_id, NEW.since) IS DISTINCT FROM (OLD.id, OLD.case_id, OLD.agency_id, OLD.member_id, OLD.since) THEN
    RAISE EXCEPTION 'an assignment is changed otherwise than by ending it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER assignments_end BEFORE UPDATE ON assignments FOR EACH ROW EXECUTE FUNCTION sala_assignment_ends();

-- No owner without the record of it.
-- +goose StatementBegin
CREATE FUNCTION sala_owner_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.owner_id <> OLD.owner_id AND NOT EXISTS (SELECT 1 FROM case_transfers t WHERE t.case_id = NEW.id AND t.from_id = OLD.owner_id
      AND t.contributor_id = NEW.owner_id AND t.version = NEW.version) THEN
    RAISE EXCEPTION 'a case changes its owner without a record of it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER case_files_owner_kept AFTER UPDATE OF owner_id ON case_files
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_owner_kept();
