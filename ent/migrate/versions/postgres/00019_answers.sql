-- +goose Up
-- Who acknowledges a notice answers for what it is about; an import is undone by who
-- opened it or by a supervisor; what a departing agency contributed is deleted 72 hours
-- after another agency agreed to it, unless the agency takes that back.
ALTER TABLE "offboardings" ADD COLUMN "unfetched_by" character varying NULL;
ALTER TABLE "offboardings" ADD COLUMN "unfetched_on" bigint NULL;
ALTER TABLE "offboardings" ADD COLUMN "deletion_by" character varying NULL;
ALTER TABLE "offboardings" ADD COLUMN "deletion_due_on" bigint NULL;

-- What a notice is about, as ent/rule says it: a word of an id, or a single case.
-- +goose StatementBegin
CREATE FUNCTION sala_acknowledges(p_subject text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE WHEN split_part(p_subject, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach')
      THEN split_part(p_subject, '_', 1) ELSE 'case' END
    = ANY (string_to_array(nullif(current_setting('sala.acknowledges', true), ''), ',')), false)
$$;
-- +goose StatementEnd
DROP POLICY request_insert ON notice_marks;
CREATE POLICY request_insert ON notice_marks FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND member_id = sala_member()
    AND reader_id = CASE kind WHEN 'READ' THEN sala_member() WHEN 'ACKNOWLEDGED' THEN sala_agency() END
    AND EXISTS (SELECT 1 FROM notices n WHERE n.id = notice_id AND (notice_marks.kind = 'READ' OR sala_acknowledges(n.subject_id))));

-- As before; and to who answers for agreements alone: that one is in force, again too, and
-- that a deletion is planned or was stopped.
DROP POLICY request_select ON notices;
CREATE POLICY request_select ON notices FOR SELECT TO sala_request
  USING (agency_id = sala_agency()
    AND (holder_id = '' OR holder_id = ANY (string_to_array(nullif(current_setting('sala.holders', true), ''), ',')))
    AND (sala_flag('casework') OR sala_flag('casenotices')
      OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach'))
    AND (sala_flag('parties') OR kind NOT IN
      ('AGREEMENT_SUSPENDED', 'AGREEMENT_RESUMED', 'AGREEMENT_IN_FORCE', 'AGREEMENT_ENDED', 'AGREEMENT_SHUT_DOWN', 'AGENCY_SUSPENDED', 'AGENCY_RESUMED',
       'BREACH_REPORTED', 'DELETION_PLANNED', 'DELETION_STOPPED')));

-- As before, for the member who opened the import, under its purpose, or a supervisor of
-- its agency.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_undo_import(p_import text, p_rows bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_case text;
  v_cases text[];
  v_rows bigint[];
BEGIN
  IF cardinality(p_rows) > 500 THEN
    RAISE EXCEPTION 'at most 500 rows of an import are taken back at once' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM file_imports i WHERE i.id = p_import AND i.agency_id = sala_agency()
      AND (sala_flag('supervisor') OR i.member_id = sala_member() AND i.purpose = sala_purpose())) THEN
    RETURN;
  END IF;
  FOR v_case IN SELECT u.case_id FROM sala_untouched(p_import, p_rows) u ORDER BY u.case_id COLLATE "C" LOOP
    PERFORM sala_lock_case(v_case);
  END LOOP;
  SELECT array_agg(u.row), array_agg(u.case_id) INTO v_rows, v_cases FROM sala_untouched(p_import, p_rows) u;
  IF v_rows IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO undone_cases (id, import_id, agency_id, member_id, case_id, undone_on)
    SELECT 'undone' || substr(c, 5), p_import, sala_agency(), sala_member(), c, sala_now() FROM unnest(v_cases) AS c;
  PERFORM sala_remove_cases(v_cases);
  UPDATE file_imports SET state = 'UNDONE', undone = undone + cardinality(v_rows), undone_on = coalesce(undone_on, sala_now()), version = version + 1
    WHERE id = p_import;
  RETURN QUERY SELECT unnest(v_rows);
END $$;
-- +goose StatementEnd

-- The steps of a departure, as before; its deletion is agreed to by another agency once the
-- agency holds its export, or by two others where it has not fetched it in 30 days or more.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_departs() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  -- What was agreed is taken back until it is due: with it the agency's word that it holds
  -- its export, which may have been in error.
  v_taken_back boolean := false;
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM pg_advisory_xact_lock(sala_lock_key('departure', NEW.agency_id));
    IF current_user = 'sala_onboarding' AND (NEW.handed_over_on IS NOT NULL OR NEW.agreements_ended_on IS NOT NULL OR NEW.exported_on IS NOT NULL
        OR NEW.keys_destroyed_on IS NOT NULL OR NEW.ended_on IS NOT NULL OR NEW.deletion_due_on IS NOT NULL) THEN
      RAISE EXCEPTION 'a departure begins with its first step' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF current_user <> 'sala_onboarding' THEN
    RETURN NEW;
  END IF;
  v_taken_back := coalesce(OLD.deletion_due_on IS NOT NULL AND NEW.deletion_due_on IS NULL AND NEW.exported_on IS NULL
    AND OLD.keys_destroyed_on IS NULL AND sala_now() < OLD.deletion_due_on AND sala_agency() = OLD.agency_id, false);
  IF NEW.agency_id <> OLD.agency_id OR NEW.frozen_on <> OLD.frozen_on
      OR (OLD.handed_over_on IS NOT NULL AND NEW.handed_over_on IS DISTINCT FROM OLD.handed_over_on)
      OR (OLD.agreements_ended_on IS NOT NULL AND NEW.agreements_ended_on IS DISTINCT FROM OLD.agreements_ended_on)
      OR (OLD.deletion_due_on IS NOT NULL AND NOT v_taken_back
        AND ((NEW.deletion_by, NEW.unfetched_by) IS DISTINCT FROM (OLD.deletion_by, OLD.unfetched_by)
          OR coalesce(NEW.deletion_due_on < OLD.deletion_due_on, true))) -- it is put off, never brought forward
      OR (OLD.exported_on IS NOT NULL AND NOT v_taken_back AND (NEW.exported_on, NEW.export_digest, NEW.export_recipient) IS DISTINCT FROM (OLD.exported_on, OLD.export_digest, OLD.export_recipient))
      OR (OLD.keys_destroyed_on IS NOT NULL AND NEW.keys_destroyed_on IS DISTINCT FROM OLD.keys_destroyed_on)
      OR (OLD.ended_on IS NOT NULL AND NEW.ended_on IS DISTINCT FROM OLD.ended_on) THEN
    RAISE EXCEPTION 'a step of a departure is done once' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.handed_over_on IS NOT NULL AND OLD.handed_over_on IS NULL AND sala_owns_any(NEW.agency_id))
      OR (NEW.agreements_ended_on IS NOT NULL AND NEW.handed_over_on IS NULL)
      OR (NEW.exported_on IS NOT NULL AND OLD.exported_on IS NULL AND (NEW.agreements_ended_on IS NULL
        OR coalesce(NEW.export_digest, '') = '' AND NOT coalesce(NEW.deletion_due_on IS NOT NULL
          AND OLD.unfetched_by NOT IN ('', NEW.agency_id, coalesce(NEW.deletion_by, ''))
          AND NEW.agreements_ended_on + 30 * 86400000000 <= sala_now(), false)))
      OR (NEW.unfetched_by IS DISTINCT FROM OLD.unfetched_by AND coalesce(NEW.unfetched_by, '') NOT IN ('', coalesce(sala_agency(), '')))
      OR (NEW.deletion_due_on IS NOT NULL AND OLD.deletion_due_on IS NULL AND NOT coalesce(NEW.exported_on IS NOT NULL
        AND NEW.deletion_by NOT IN ('', NEW.agency_id) AND NEW.deletion_by = sala_agency() AND NEW.deletion_due_on >= sala_now() + 72 * 3600000000, false))
      OR (NEW.keys_destroyed_on IS NOT NULL AND OLD.keys_destroyed_on IS NULL AND NOT coalesce(NEW.exported_on IS NOT NULL
        AND OLD.deletion_due_on <= sala_now() AND OLD.deletion_due_on <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, false))
      OR (NEW.ended_on IS NOT NULL AND NEW.keys_destroyed_on IS NULL) THEN
    RAISE EXCEPTION 'a step of a departure before its time' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

-- As before, once the deletion is due.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_forget(p_agency text, p_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tables text[] := sala_contributed();
  v_left text[];
  v_now text[];
  v_table text;
  v_cases text[];
  v_case text;
  v_version bigint;
  v_owner text;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = p_agency AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL
      AND o.deletion_due_on <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) THEN
    RAISE EXCEPTION 'no departure of this agency has come so far' USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE 'SELECT array_agg(u.case_id ORDER BY u.case_id COLLATE "C") FROM (SELECT DISTINCT x.case_id FROM ('
    || (SELECT string_agg(format('SELECT case_id FROM %I WHERE contributor_id = $1', t), ' UNION ALL ') FROM unnest(v_tables) t)
    || ') x LIMIT $2) u' INTO v_cases USING p_agency, p_most;
  FOREACH v_case IN ARRAY coalesce(v_cases, '{}') LOOP
    PERFORM sala_lock_case(v_case);
    SELECT f.facts_version, f.owner_id INTO v_version, v_owner FROM case_files f WHERE f.id = v_case;
    v_left := v_tables;
    FOR round IN 1..5 LOOP
      v_now := v_left; v_left := '{}';
      FOREACH v_table IN ARRAY v_now LOOP
        BEGIN
          EXECUTE format('DELETE FROM %I WHERE case_id = $1 AND contributor_id = $2', v_table) USING v_case, p_agency;
        EXCEPTION WHEN foreign_key_violation THEN v_left := v_left || v_table; -- rows that refer to each other
        END;
      END LOOP;
      EXIT WHEN v_left = '{}';
    END LOOP;
    IF v_left <> '{}' THEN
      RAISE EXCEPTION 'rows of an agency that leaves are referred to by others' USING ERRCODE = 'check_violation';
    END IF;
    IF v_owner <> p_agency THEN
      DELETE FROM accesses a WHERE a.case_id = v_case AND a.grantee_id = p_agency AND a.contributor_id = p_agency AND a.action = 'READ';
      UPDATE case_files SET facts_version = v_version WHERE id = v_case AND facts_version <> v_version;
    END IF;
  END LOOP;
  RETURN coalesce(cardinality(v_cases), 0);
END $$;
-- +goose StatementEnd

-- Nor does an agency that leaves open an import.
-- +goose StatementBegin
CREATE FUNCTION sala_import_taken_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM sala_takes_on(NEW.agency_id);
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER file_imports_taken_on BEFORE INSERT ON file_imports FOR EACH ROW EXECUTE FUNCTION sala_import_taken_on();
