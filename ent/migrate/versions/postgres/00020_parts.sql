-- +goose Up
-- The parts of a case that were missing: where she is, her family, protection, health,
-- assistance, proceedings and their suspects (B).

CREATE TABLE "whereabouts" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "sealed" bytea NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "whereabouts_case_files_whereabouts" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "whereabouts_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION
);
CREATE INDEX "whereabouts_case_id_contributor_id" ON "whereabouts" ("case_id", "contributor_id");
CREATE TABLE "whereabouts_versions" (
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
CREATE UNIQUE INDEX "whereaboutsversion_row_id_version" ON "whereabouts_versions" ("row_id", "version");
CREATE INDEX "whereaboutsversion_case_id_contributor_id" ON "whereabouts_versions" ("case_id", "contributor_id");
CREATE TABLE "families" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "sealed" bytea NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "families_case_files_family" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "families_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION
);
CREATE INDEX "family_case_id_contributor_id" ON "families" ("case_id", "contributor_id");
CREATE TABLE "family_versions" (
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
CREATE UNIQUE INDEX "familyversion_row_id_version" ON "family_versions" ("row_id", "version");
CREATE INDEX "familyversion_case_id_contributor_id" ON "family_versions" ("case_id", "contributor_id");
CREATE TABLE "protections" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "sealed" bytea NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "protections_case_files_protections" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "protections_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION
);
CREATE UNIQUE INDEX "protection_case_id_contributor_id" ON "protections" ("case_id", "contributor_id");
CREATE TABLE "protection_versions" (
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
CREATE UNIQUE INDEX "protectionversion_row_id_version" ON "protection_versions" ("row_id", "version");
CREATE INDEX "protectionversion_case_id_contributor_id" ON "protection_versions" ("case_id", "contributor_id");
CREATE TABLE "health" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "sealed" bytea NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "health_case_files_health" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "health_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION
);
CREATE INDEX "health_case_id_contributor_id" ON "health" ("case_id", "contributor_id");
CREATE TABLE "health_versions" (
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
CREATE UNIQUE INDEX "healthversion_row_id_version" ON "health_versions" ("row_id", "version");
CREATE INDEX "healthversion_case_id_contributor_id" ON "health_versions" ("case_id", "contributor_id");
CREATE TABLE "health_restricted" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "sealed" bytea NOT NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "health_restricted_case_files_health_restricted" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "health_restricted_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION
);
CREATE INDEX "healthrestricted_case_id_contributor_id" ON "health_restricted" ("case_id", "contributor_id");
CREATE TABLE "health_restricted_versions" (
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
CREATE UNIQUE INDEX "healthrestrictedversion_row_id_version" ON "health_restricted_versions" ("row_id", "version");
CREATE INDEX "healthrestrictedversion_case_id_contributor_id" ON "health_restricted_versions" ("case_id", "contributor_id");
CREATE TABLE "assistances" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "state" character varying NULL,
  "service" character varying NULL,
  "support_type" character varying NULL,
  "programme" character varying NULL,
  "provider" character varying NULL,
  "objectives" character varying NULL,
  "action_plan" character varying NULL,
  "started_on" jsonb NULL,
  "planned_end" jsonb NULL,
  "ended_on" jsonb NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "assistances_case_files_assistance" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "assistances_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION
);
CREATE INDEX "assistance_case_id_contributor_id" ON "assistances" ("case_id", "contributor_id");
CREATE TABLE "assistance_versions" (
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
CREATE UNIQUE INDEX "assistanceversion_row_id_version" ON "assistance_versions" ("row_id", "version");
CREATE INDEX "assistanceversion_case_id_contributor_id" ON "assistance_versions" ("case_id", "contributor_id");
CREATE TABLE "proceedings" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "sealed" bytea NOT NULL,
  "party_ids" jsonb NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "proceedings_case_files_proceedings" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "proceedings_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION
);
CREATE INDEX "proceeding_case_id_contributor_id" ON "proceedings" ("case_id", "contributor_id");
CREATE TABLE "proceeding_versions" (
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
CREATE UNIQUE INDEX "proceedingversion_row_id_version" ON "proceeding_versions" ("row_id", "version");
CREATE INDEX "proceedingversion_case_id_contributor_id" ON "proceeding_versions" ("case_id", "contributor_id");
CREATE TABLE "suspects" (
  "id" character varying NOT NULL,
  "version" bigint NOT NULL DEFAULT 1,
  "occurred_on" bigint NULL,
  "recorded_on" bigint NOT NULL,
  "recorded_by" character varying NOT NULL,
  "corrected_on" bigint NULL,
  "corrected_by" character varying NULL,
  "sealed" bytea NOT NULL,
  "cleared_on" bigint NULL,
  "case_id" character varying NOT NULL,
  "contributor_id" character varying NOT NULL,
  "proceeding_id" character varying NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "suspects_case_files_suspects" FOREIGN KEY ("case_id") REFERENCES "case_files" ("id") ON DELETE NO ACTION,
  CONSTRAINT "suspects_agencies_contributor" FOREIGN KEY ("contributor_id") REFERENCES "agencies" ("id") ON DELETE NO ACTION,
  CONSTRAINT "suspects_proceedings_suspects" FOREIGN KEY ("proceeding_id") REFERENCES "proceedings" ("id") ON DELETE NO ACTION
);
CREATE INDEX "suspect_case_id_contributor_id" ON "suspects" ("case_id", "contributor_id");
CREATE INDEX "suspect_proceeding_id" ON "suspects" ("proceeding_id");
CREATE TABLE "suspect_versions" (
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
CREATE UNIQUE INDEX "suspectversion_row_id_version" ON "suspect_versions" ("row_id", "version");
CREATE INDEX "suspectversion_case_id_contributor_id" ON "suspect_versions" ("case_id", "contributor_id");

ALTER TABLE "retentions" ADD COLUMN "row_id" character varying NOT NULL DEFAULT '';
DROP INDEX "retention_agency_id_case_id";
CREATE UNIQUE INDEX "retention_agency_id_case_id_row_id" ON "retentions" ("agency_id", "case_id", "row_id");

-- Every part of every case: who contributed it, and whether it was touched since. It is for
-- the functions of the owner alone; a part that comes later is added here.
CREATE VIEW case_parts AS
  SELECT case_id, contributor_id, version, recorded_on FROM identities
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM contacts
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM profiles
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM traffickings
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM narratives
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM whereabouts
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM families
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM protections
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM health
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM health_restricted
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM assistances
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM proceedings
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM suspects;

-- Who has a stored part of which case, and nothing else of the parts (A3).
CREATE OR REPLACE VIEW case_contributors AS SELECT DISTINCT case_id, contributor_id FROM case_parts;

-- An agency that is not the owner becomes a contributor by its first part, and stops
-- being one with its last: that decides what is open to it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_part_fact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_case text;
  v_agency text;
  v_all bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    v_case := OLD.case_id; v_agency := OLD.contributor_id;
  ELSE
    v_case := NEW.case_id; v_agency := NEW.contributor_id;
  END IF;
  -- The owner keeps its rows by owning the case: most of all rows need no count.
  IF NOT EXISTS (SELECT 1 FROM case_files f WHERE f.id = v_case AND f.owner_id <> v_agency) THEN
    RETURN NULL;
  END IF;
  SELECT count(*) INTO v_all FROM (SELECT 1 FROM case_parts x WHERE x.case_id = v_case AND x.contributor_id = v_agency LIMIT 2) t;
  IF v_all = (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE 0 END) THEN
    UPDATE case_files SET facts_version = facts_version + 1 WHERE id = v_case AND owner_id <> v_agency;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- As before, over every part.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_untouched(p_import text, p_rows bigint[]) RETURNS TABLE ("row" bigint, case_id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT r.row, f.id::text FROM imported_rows r
    JOIN file_imports i ON i.id = r.import_id AND i.agency_id = r.agency_id AND i.state IN ('COMMITTED', 'UNDONE')
      AND r.imported_on = i.ended_on AND sala_now() < i.ended_on + 259200000000
    JOIN case_files f ON f.id = r.case_id AND f.owner_id = r.agency_id AND f.opened_on = i.ended_on AND f.version = 1 AND f.transfer_to_id = ''
    WHERE r.import_id = p_import AND r.row = ANY (p_rows) AND r.agency_id = sala_agency() AND sala_flag('casework')
      -- By the record, which no request can take back: a case that was registered by hand
      -- is no import's, whatever rows and times are put beside it.
      AND EXISTS (SELECT 1 FROM disclosures d WHERE d.case_id = f.id AND d.verb = 'import' AND d.at <= f.opened_on)
      AND NOT EXISTS (SELECT 1 FROM disclosures d WHERE d.case_id = f.id AND d.verb = 'register')
      AND NOT EXISTS (SELECT 1 FROM case_parts x WHERE x.case_id = f.id AND (x.version <> 1 OR x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM consents x WHERE x.case_id = f.id AND (x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM assignments x WHERE x.case_id = f.id AND (x.agency_id <> f.owner_id OR x.since <> f.opened_on OR x.ended_on IS NOT NULL))
      AND NOT EXISTS (SELECT 1 FROM case_changes x WHERE x.case_id = f.id AND (x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM referrals x WHERE x.case_id = f.id)
      AND NOT EXISTS (SELECT 1 FROM erasures x WHERE x.case_id = f.id)
      AND NOT EXISTS (SELECT 1 FROM disclosures x WHERE x.case_id = f.id AND x.agency_id <> f.owner_id);
END $$;
-- +goose StatementEnd

-- sala_part puts the second wall and the triggers around a part of a case and its former
-- versions, the same for each: for migrations, as the owner of the tables.
-- +goose StatementBegin
CREATE FUNCTION sala_part(p_table text, p_versions text, p_category text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  v_bits bigint := sala_bits(jsonb_build_array(p_category));
  v_statement text;
BEGIN
  IF v_bits = 0 THEN
    RAISE EXCEPTION 'a part of no category';
  END IF;
  FOREACH v_statement IN ARRAY ARRAY[
    -- The request: rows by case, contributor and category; its own alone to add and correct (A1, A4).
    'ALTER TABLE %1$I ENABLE ROW LEVEL SECURITY',
    'GRANT SELECT, INSERT, UPDATE ON %1$I TO sala_request',
    'CREATE POLICY request_select ON %1$I FOR SELECT TO sala_request USING (sala_open(case_id, contributor_id, ''READ'', %3$s))',
    'CREATE POLICY request_insert ON %1$I FOR INSERT TO sala_request
       WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, ''ADD'', %3$s))',
    'CREATE POLICY request_update ON %1$I FOR UPDATE TO sala_request
       USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, ''CORRECT'', %3$s))
       WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, ''CORRECT'', %3$s))',
    -- Former versions: to their contributor alone, kept as the row stands (I2).
    'ALTER TABLE %2$I ENABLE ROW LEVEL SECURITY',
    'GRANT SELECT, INSERT ON %2$I TO sala_request',
    'CREATE POLICY request_select ON %2$I FOR SELECT TO sala_request
       USING (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, ''READ'', %3$s))',
    'CREATE POLICY request_insert ON %2$I FOR INSERT TO sala_request
       WITH CHECK (contributor_id = sala_agency() AND sala_open(case_id, contributor_id, ''CORRECT'', %3$s)
         AND superseded_on = sala_now() AND superseded_by = sala_member()
         AND EXISTS (SELECT 1 FROM %1$I r WHERE r.id = row_id AND r.case_id = %2$I.case_id AND r.contributor_id = %2$I.contributor_id
           AND r.version = %2$I.version AND r.occurred_on IS NOT DISTINCT FROM %2$I.occurred_on
           AND coalesce(r.corrected_on, r.recorded_on) = %2$I.recorded_on AND coalesce(r.corrected_by, r.recorded_by) = %2$I.recorded_by))',
    'CREATE TRIGGER %4$I BEFORE UPDATE ON %1$I FOR EACH ROW EXECUTE FUNCTION sala_part_kept(%2$L)',
    'CREATE CONSTRAINT TRIGGER %5$I AFTER INSERT ON %2$I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sala_version_superseded(%1$L)',
    'CREATE TRIGGER %6$I BEFORE UPDATE OR DELETE ON %2$I FOR EACH ROW EXECUTE FUNCTION sala_history_stays()',
    'CREATE TRIGGER %7$I AFTER INSERT OR DELETE ON %1$I FOR EACH ROW EXECUTE FUNCTION sala_part_fact()',
    -- Erasure asks who contributed; an agency that leaves takes its own with it.
    'GRANT SELECT (case_id, contributor_id) ON %1$I TO sala_erasure',
    'CREATE POLICY erasure_select ON %1$I FOR SELECT TO sala_erasure USING (true)',
    'GRANT SELECT ON %1$I, %2$I TO sala_departure',
    'CREATE POLICY departure_select ON %1$I FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id))',
    'CREATE POLICY departure_select ON %2$I FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id))']
  LOOP
    EXECUTE format(v_statement, p_table, p_versions, v_bits, p_table || '_kept', p_versions || '_superseded', p_versions || '_stay', p_table || '_fact');
  END LOOP;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_part(text, text, text) FROM PUBLIC;

SELECT sala_part('whereabouts', 'whereabouts_versions', 'WHEREABOUTS');
SELECT sala_part('families', 'family_versions', 'FAMILY');
SELECT sala_part('protections', 'protection_versions', 'PROTECTION');
SELECT sala_part('health', 'health_versions', 'HEALTH');
SELECT sala_part('health_restricted', 'health_restricted_versions', 'HEALTH_RESTRICTED');
SELECT sala_part('assistances', 'assistance_versions', 'ASSISTANCE');
SELECT sala_part('proceedings', 'proceeding_versions', 'JUSTICE');
SELECT sala_part('suspects', 'suspect_versions', 'SUSPECT');

-- A suspect hangs on a proceeding of the same case and contributor, and is open to the
-- agencies of that proceeding alone, as far as the proceeding itself is; a cleared one to
-- its contributor alone, until it is erased (B2).
CREATE POLICY request_of_proceeding ON suspects AS RESTRICTIVE FOR SELECT TO sala_request
  USING (contributor_id = sala_agency() OR (cleared_on IS NULL
    AND EXISTS (SELECT 1 FROM proceedings p WHERE p.id = proceeding_id AND p.party_ids ? sala_agency())));
CREATE POLICY request_hangs ON suspects AS RESTRICTIVE FOR INSERT TO sala_request
  WITH CHECK (EXISTS (SELECT 1 FROM proceedings p WHERE p.id = proceeding_id AND p.case_id = suspects.case_id AND p.contributor_id = suspects.contributor_id));

-- The recheck of an answer: those of the suspects that are still open to an agency that did
-- not record them. What else they rest on it looks at itself.
CREATE FUNCTION sala_suspects_stand(p_ids text[], p_agency text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id FROM suspects s JOIN proceedings p ON p.id = s.proceeding_id AND p.party_ids ? p_agency
    WHERE s.id = ANY (p_ids) AND s.cleared_on IS NULL
$$;
REVOKE ALL ON FUNCTION sala_suspects_stand(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_suspects_stand(text[], text) TO sala_ledger;

-- +goose StatementBegin
CREATE FUNCTION sala_suspect_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.proceeding_id <> OLD.proceeding_id THEN
    RAISE EXCEPTION 'a suspect hangs on its proceeding' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER suspects_stay BEFORE UPDATE ON suspects FOR EACH ROW EXECUTE FUNCTION sala_suspect_stays();

-- Who is of a proceeding, and that a suspect is cleared, decides what is shown: it is a fact
-- of the case, which an answer that is being recorded holds.
CREATE TRIGGER suspects_cleared AFTER UPDATE OF cleared_on ON suspects FOR EACH ROW
  WHEN (NEW.cleared_on IS DISTINCT FROM OLD.cleared_on) EXECUTE FUNCTION sala_fact_changed();
CREATE TRIGGER proceedings_parties AFTER UPDATE OF party_ids ON proceedings FOR EACH ROW
  WHEN (NEW.party_ids IS DISTINCT FROM OLD.party_ids) EXECUTE FUNCTION sala_fact_changed();

-- What is due about a row is its contributor's to decide.
ALTER POLICY request_insert ON retentions
  WITH CHECK (agency_id = sala_agency() AND ((row_id = '' AND sala_owns(case_id))
    OR EXISTS (SELECT 1 FROM suspects s WHERE s.id = row_id AND s.case_id = retentions.case_id AND s.contributor_id = sala_agency() AND s.cleared_on IS NOT NULL)));
