-- +goose Up
-- Imports: rows of a file are staged under seal, become cases all at once or not at
-- all, and are taken back as long as nobody has touched them.
CREATE TABLE "file_imports" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "digest" character varying NOT NULL,
  "purpose" character varying NOT NULL,
  "state" character varying NOT NULL,
  "staged" bigint NOT NULL DEFAULT 0,
  "refused" bigint NOT NULL DEFAULT 0,
  "last_row" bigint NOT NULL DEFAULT 0,
  "registered" bigint NOT NULL DEFAULT 0,
  "undone" bigint NOT NULL DEFAULT 0,
  "opened_on" bigint NOT NULL,
  "ended_on" bigint NULL,
  "undone_on" bigint NULL,
  "wiped_on" bigint NULL,
  "version" bigint NOT NULL DEFAULT 1,
  PRIMARY KEY ("id")
);
CREATE INDEX "fileimport_agency_id_opened_on" ON "file_imports" ("agency_id", "opened_on");
CREATE INDEX "fileimport_state_opened_on" ON "file_imports" ("state", "opened_on");
CREATE TABLE "staged_rows" (
  "id" character varying NOT NULL,
  "import_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "row" bigint NOT NULL,
  "sealed" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "stagedrow_import_id_row" ON "staged_rows" ("import_id", "row");
CREATE TABLE "undone_cases" (
  "id" character varying NOT NULL,
  "import_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "undone_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "undonecase_case_id" ON "undone_cases" ("case_id");
ALTER TABLE "imported_rows" ADD COLUMN "import_id" character varying NOT NULL DEFAULT '';
CREATE INDEX "importedrow_import_id_row" ON "imported_rows" ("import_id", "row");

-- The second wall. Who opened an import adds to it and ends it; the case workers of its
-- agency see that there is one.
ALTER TABLE file_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE staged_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE undone_cases ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON file_imports TO sala_request;
GRANT UPDATE (state, staged, refused, last_row, registered, ended_on, version) ON file_imports TO sala_request;
CREATE POLICY request_select ON file_imports FOR SELECT TO sala_request
  USING (agency_id = sala_agency() AND sala_flag('casework'));
CREATE POLICY request_insert ON file_imports FOR INSERT TO sala_request
  WITH CHECK (id LIKE 'import\_%' AND agency_id = sala_agency() AND member_id = sala_member() AND sala_flag('casework') AND state = 'OPEN' AND ended_on IS NULL
    AND registered = 0 AND undone = 0 AND undone_on IS NULL AND wiped_on IS NULL);
CREATE POLICY request_update ON file_imports FOR UPDATE TO sala_request
  USING (agency_id = sala_agency() AND member_id = sala_member() AND sala_flag('casework'))
  WITH CHECK (agency_id = sala_agency() AND member_id = sala_member());

-- +goose StatementBegin
CREATE FUNCTION sala_my_import(p_import text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN sala_flag('casework') AND EXISTS (SELECT 1 FROM file_imports i
    WHERE i.id = p_import AND i.agency_id = sala_agency() AND i.member_id = sala_member());
END $$;
-- +goose StatementEnd
GRANT SELECT, INSERT, DELETE ON staged_rows TO sala_request;
CREATE POLICY request_select ON staged_rows FOR SELECT TO sala_request
  USING (agency_id = sala_agency() AND sala_my_import(import_id));
CREATE POLICY request_insert ON staged_rows FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND sala_my_import(import_id));
CREATE POLICY request_delete ON staged_rows FOR DELETE TO sala_request
  USING (agency_id = sala_agency() AND sala_my_import(import_id));

-- The role that destroys keys gives up what was left open, and forgets what it is done with.
GRANT SELECT ON file_imports, undone_cases TO sala_erasure;
GRANT UPDATE (state, ended_on, wiped_on, version) ON file_imports TO sala_erasure;
GRANT SELECT (id, import_id) ON staged_rows TO sala_erasure;
GRANT DELETE ON staged_rows, undone_cases TO sala_erasure;
CREATE POLICY erasure_select ON file_imports FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_update ON file_imports FOR UPDATE TO sala_erasure USING (true) WITH CHECK (true);
CREATE POLICY erasure_select ON staged_rows FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_delete ON staged_rows FOR DELETE TO sala_erasure USING (true);
CREATE POLICY erasure_select ON undone_cases FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_delete ON undone_cases FOR DELETE TO sala_erasure USING (true);

-- What an import has come to is not taken back, and when it ended is written once: the
-- time within which it can be undone counts from there.
-- +goose StatementBegin
CREATE FUNCTION sala_import_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT (OLD.state = 'OPEN' AND NEW.state IN ('COMMITTED', 'ABANDONED') AND NEW.ended_on IS NOT NULL
      OR OLD.state = 'COMMITTED' AND NEW.state = 'UNDONE' AND current_user NOT IN ('sala_request', 'sala_erasure')) THEN
    RAISE EXCEPTION 'an import does not come from that state to that' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state <> 'OPEN' AND (NEW.ended_on, NEW.registered, NEW.staged) IS DISTINCT FROM (OLD.ended_on, OLD.registered, OLD.staged)
    OR NEW.state = 'OPEN' AND NEW.ended_on IS NOT NULL OR NEW.state = 'COMMITTED' AND OLD.state = 'OPEN' AND NEW.ended_on <> sala_now() THEN
    RAISE EXCEPTION 'an import that has ended is written otherwise than it ended' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER file_imports_move BEFORE UPDATE ON file_imports FOR EACH ROW EXECUTE FUNCTION sala_import_moves();

-- The person of a case that is being made, with what decides about her age: policy's to
-- write, and in a case of the asker's alone.
GRANT INSERT ON persons TO sala_policy;
CREATE POLICY policy_insert ON persons FOR INSERT TO sala_policy
  WITH CHECK (sala_making(case_id));

-- sala_lock_import holds an import alone until the transaction ends, or says that
-- another does.
CREATE FUNCTION sala_lock_import(p_import text) RETURNS boolean LANGUAGE sql AS
  $$ SELECT pg_try_advisory_xact_lock(sala_lock_key('import', p_import)) $$;

-- sala_untouched: the rows of an import of the asker's agency, of those named, whose case
-- is as the import made it: nobody has corrected or added anything, no statement,
-- referral, assignment or change came after, no erasure was asked for, and no other
-- agency was shown anything. After 72 hours there are none.
-- +goose StatementBegin
CREATE FUNCTION sala_untouched(p_import text, p_rows bigint[]) RETURNS TABLE ("row" bigint, case_id text)
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
      AND NOT EXISTS (SELECT 1 FROM identities x WHERE x.case_id = f.id AND (x.version <> 1 OR x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM contacts x WHERE x.case_id = f.id AND (x.version <> 1 OR x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM profiles x WHERE x.case_id = f.id AND (x.version <> 1 OR x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM traffickings x WHERE x.case_id = f.id AND (x.version <> 1 OR x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM narratives x WHERE x.case_id = f.id AND (x.version <> 1 OR x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM consents x WHERE x.case_id = f.id AND (x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM assignments x WHERE x.case_id = f.id AND (x.agency_id <> f.owner_id OR x.since <> f.opened_on OR x.ended_on IS NOT NULL))
      AND NOT EXISTS (SELECT 1 FROM case_changes x WHERE x.case_id = f.id AND (x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
      AND NOT EXISTS (SELECT 1 FROM referrals x WHERE x.case_id = f.id)
      AND NOT EXISTS (SELECT 1 FROM erasures x WHERE x.case_id = f.id)
      AND NOT EXISTS (SELECT 1 FROM disclosures x WHERE x.case_id = f.id AND x.agency_id <> f.owner_id);
END $$;
-- +goose StatementEnd

-- sala_remove_cases deletes every row that names one of the cases, but for the record of
-- who saw and did what. It asks nobody: it is for the functions of the owner.
-- +goose StatementBegin
CREATE FUNCTION sala_remove_cases(p_cases text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tables text[];
  v_left text[];
  v_table text;
BEGIN
  DELETE FROM notices n USING referrals r WHERE r.case_id = ANY (p_cases) AND n.subject_id = r.id;
  SELECT array_agg(c.table_name::text) INTO v_tables FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'public' AND c.column_name = 'case_id' AND c.table_name NOT IN ('erasures', 'disclosures', 'undone_cases');
  FOR round IN 1..10 LOOP
    v_left := '{}';
    FOREACH v_table IN ARRAY v_tables LOOP
      BEGIN
        EXECUTE format('DELETE FROM %I WHERE case_id = ANY ($1)', v_table) USING p_cases;
      EXCEPTION WHEN foreign_key_violation THEN v_left := v_left || v_table;
      END;
    END LOOP;
    EXIT WHEN v_left = '{}';
    v_tables := v_left;
  END LOOP;
  DELETE FROM case_files WHERE id = ANY (p_cases);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_remove_cases(text[]) FROM PUBLIC;

-- sala_undo_import takes back those of an import's rows, of those named, whose case
-- nobody has touched, as the owner of the tables; and nothing else. It holds each case
-- first: what beside it makes somebody touch one is before or after. The keys are to be
-- destroyed still. It returns the rows.
-- +goose StatementBegin
CREATE FUNCTION sala_undo_import(p_import text, p_rows bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_case text;
  v_cases text[];
  v_rows bigint[];
BEGIN
  IF cardinality(p_rows) > 500 THEN
    RAISE EXCEPTION 'at most 500 rows of an import are taken back at once' USING ERRCODE = 'check_violation';
  END IF;
  FOR v_case IN SELECT u.case_id FROM sala_untouched(p_import, p_rows) u ORDER BY u.case_id COLLATE "C" LOOP
    PERFORM sala_lock_case(v_case);
  END LOOP;
  SELECT array_agg(u.row), array_agg(u.case_id) INTO v_rows, v_cases FROM sala_untouched(p_import, p_rows) u;
  IF v_rows IS NULL THEN
    RETURN;
  END IF;
  PERFORM sala_remove_cases(v_cases);
  INSERT INTO undone_cases (id, import_id, agency_id, member_id, case_id, undone_on)
    SELECT 'undone' || substr(c, 5), p_import, sala_agency(), sala_member(), c, sala_now() FROM unnest(v_cases) AS c;
  UPDATE file_imports SET state = 'UNDONE', undone = undone + cardinality(v_rows), undone_on = coalesce(undone_on, sala_now()), version = version + 1
    WHERE id = p_import;
  RETURN QUERY SELECT unnest(v_rows);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_undo_import(text, bigint[]), sala_untouched(text, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_undo_import(text, bigint[]), sala_untouched(text, bigint[]) TO sala_request;
