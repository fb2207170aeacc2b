-- +goose Up
CREATE TABLE "erasures" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "reference" character varying NULL,
  "asked_by" character varying NOT NULL,
  "asked_on" bigint NOT NULL,
  "confirmed_by" character varying NULL,
  "confirmed_on" bigint NULL,
  "due_on" bigint NULL,
  "stopped_by" character varying NULL,
  "stopped_on" bigint NULL,
  "done_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "erasure_agency_id_asked_on" ON "erasures" ("agency_id", "asked_on");
CREATE INDEX "erasure_case_id" ON "erasures" ("case_id");

-- +goose StatementBegin
DO $$
BEGIN
  BEGIN
    CREATE ROLE sala_erasure NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- made beside us, or by another database of this cluster
  END;
  BEGIN
    GRANT sala_erasure TO sala_app;
  EXCEPTION WHEN unique_violation OR internal_error THEN NULL; -- granted beside us
  END;
  BEGIN
    -- The owner of the tables restores them, and checks the erasure list as this role does.
    EXECUTE format('GRANT sala_erasure TO %I', current_user);
  EXCEPTION WHEN unique_violation OR internal_error THEN NULL;
  END;
END $$;
-- +goose StatementEnd
GRANT USAGE ON SCHEMA public TO sala_erasure;

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON erasures TO sala_request;
GRANT UPDATE (confirmed_by, confirmed_on, due_on, stopped_by, stopped_on) ON erasures TO sala_request;
CREATE POLICY request_select ON erasures FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
CREATE POLICY request_insert ON erasures FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND sala_owns(case_id) AND asked_by = sala_member() AND confirmed_on IS NULL AND done_on IS NULL);
CREATE POLICY request_update ON erasures FOR UPDATE TO sala_request
  USING (agency_id = sala_agency())
  WITH CHECK (agency_id = sala_agency());
-- The role that carries erasures out reads which there are and of which cases, deletes
-- by sala_erase alone, and reads nothing else.
GRANT SELECT, UPDATE ON erasures TO sala_erasure;
CREATE POLICY erasure_select ON erasures FOR SELECT TO sala_erasure
  USING (true);
CREATE POLICY erasure_update ON erasures FOR UPDATE TO sala_erasure
  USING (true)
  WITH CHECK (true);
GRANT SELECT (id) ON case_files TO sala_erasure;
CREATE POLICY erasure_select ON case_files FOR SELECT TO sala_erasure
  USING (true);
GRANT SELECT (case_id, contributor_id) ON identities, contacts, profiles, traffickings, narratives, consents TO sala_erasure;
CREATE POLICY erasure_select ON identities FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_select ON contacts FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_select ON profiles FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_select ON traffickings FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_select ON narratives FOR SELECT TO sala_erasure USING (true);
CREATE POLICY erasure_select ON consents FOR SELECT TO sala_erasure USING (true);

-- Two people, and 14 days between the second one's word and the deed (H4). A word that
-- was given is not changed.
-- +goose StatementBegin
CREATE FUNCTION sala_erasure_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.done_on IS NOT NULL OR OLD.stopped_on IS NOT NULL THEN
    RAISE EXCEPTION 'an erasure that was stopped or carried out is not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.confirmed_on IS NOT NULL AND (NEW.confirmed_by, NEW.confirmed_on, NEW.due_on) IS DISTINCT FROM (OLD.confirmed_by, OLD.confirmed_on, OLD.due_on) THEN
    RAISE EXCEPTION 'a confirmed erasure is not confirmed again' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.confirmed_on IS NOT NULL AND (NEW.confirmed_by IS NULL OR NEW.confirmed_by = NEW.asked_by
      OR NEW.due_on IS NULL OR NEW.due_on < NEW.confirmed_on + 1209600000000) THEN
    RAISE EXCEPTION 'an erasure takes two people and 14 days' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER erasures_decided BEFORE UPDATE ON erasures FOR EACH ROW EXECUTE FUNCTION sala_erasure_decided();

-- sala_erase deletes every row of every table that names the case, as the owner of the
-- tables, for a decision that is due and was not stopped; and nothing else. What stays
-- is the decision itself, and that a file's row was read in once, so that reading the
-- file in again does not bring her back.
-- +goose StatementBegin
CREATE FUNCTION sala_erase(p_case text, p_now bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tables text[];
  v_left text[];
  v_table text;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = p_case AND e.confirmed_by IS NOT NULL AND e.confirmed_by <> e.asked_by
      AND e.stopped_on IS NULL AND e.done_on IS NULL AND e.due_on <= p_now
      AND e.due_on <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) THEN
    RAISE EXCEPTION 'no erasure of this case is due' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM notices n USING referrals r WHERE r.case_id = p_case AND n.subject_id = r.id;
  SELECT array_agg(c.table_name::text) INTO v_tables FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'public' AND c.column_name = 'case_id' AND c.table_name NOT IN ('erasures', 'imported_rows');
  -- Rows refer to each other: what cannot go yet goes in the next round.
  FOR round IN 1..10 LOOP
    v_left := '{}';
    FOREACH v_table IN ARRAY v_tables LOOP
      BEGIN
        EXECUTE format('DELETE FROM %I WHERE case_id = $1', v_table) USING p_case;
      EXCEPTION WHEN foreign_key_violation THEN v_left := v_left || v_table;
      END;
    END LOOP;
    EXIT WHEN v_left = '{}';
    v_tables := v_left;
  END LOOP;
  DELETE FROM case_files WHERE id = p_case;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_erase(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_erase(text, bigint) TO sala_erasure;
