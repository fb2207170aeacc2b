-- +goose Up
-- The row of one cleared suspect is erased alone, by two members of its contributor and
-- after 14 days, as a person is (B2, H4). The key of the case stays: the row goes.
ALTER TABLE "erasures" ADD COLUMN "suspect_id" character varying NOT NULL DEFAULT '';
DROP INDEX "erasure_case_id";
CREATE INDEX "erasure_case_id_suspect_id" ON "erasures" ("case_id", "suspect_id");

-- About a case its owner decides; about a cleared suspect's row its contributor, and only
-- once it is cleared.
ALTER POLICY request_insert ON erasures
  WITH CHECK (agency_id = sala_agency() AND asked_by = sala_member() AND confirmed_on IS NULL AND done_on IS NULL
    AND CASE suspect_id WHEN '' THEN sala_owns(case_id) ELSE EXISTS (SELECT 1 FROM suspects s WHERE s.id = suspect_id
      AND s.case_id = erasures.case_id AND s.contributor_id = sala_agency() AND s.cleared_on <= asked_on) END);

-- As before; and what it was asked about stays: the word of two people about a row is none
-- about a case.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_erasure_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.agency_id, NEW.case_id, NEW.suspect_id, NEW.asked_by, NEW.asked_on)
      IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.case_id, OLD.suspect_id, OLD.asked_by, OLD.asked_on) THEN
    RAISE EXCEPTION 'what an erasure was asked about, and by whom, is not changed' USING ERRCODE = 'check_violation';
  END IF;
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

-- sala_erase asks for a decision about the case, whichever version of it stands.
-- +goose StatementBegin
DO $$
DECLARE
  v_text text := pg_get_functiondef('sala_erase(text,bigint)'::regprocedure);
  v_was text := 'WHERE e.case_id = p_case AND e.confirmed_by IS NOT NULL';
BEGIN
  IF position(v_was IN v_text) = 0 THEN
    RAISE EXCEPTION 'the function sala_erase does not ask as this migration knows it';
  END IF;
  EXECUTE replace(v_text, v_was, 'WHERE e.case_id = p_case AND e.suspect_id = '''' AND e.confirmed_by IS NOT NULL');
END $$;
-- +goose StatementEnd

-- What was goes with the case, and what a suspect's row was with that row.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_history_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = ''
          AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
        OR EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) THEN
      RETURN OLD;
    END IF;
    IF TG_TABLE_NAME LIKE '%\_versions' AND EXISTS (SELECT 1 FROM offboardings o
        WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) THEN
      RETURN OLD;
    END IF;
    IF TG_TABLE_NAME = 'suspect_versions' THEN
      IF EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = OLD.row_id
          AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) THEN
        RETURN OLD;
      END IF;
    END IF;
  END IF;
  RAISE EXCEPTION 'the history of a case is not changed' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd

-- sala_suspect_due holds the case until the transaction ends and says whether the erasure of
-- a suspect's row is to be carried out: decided by two, due, not stopped, and of a row that
-- has been cleared since before it was asked for, or that is gone already. Whoever clears a
-- suspect or charges it again holds the case too. Before its time by the database's own clock
-- it is refused: who asks has a clock that is ahead, and is to ask later.
-- +goose StatementBegin
CREATE FUNCTION sala_suspect_due(p_erasure text, p_now bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM sala_lock_case(e.case_id) FROM erasures e WHERE e.id = p_erasure;
  IF EXISTS (SELECT 1 FROM erasures e WHERE e.id = p_erasure AND e.due_on > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) THEN
    RAISE EXCEPTION 'no erasure of this suspect is due' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN EXISTS (SELECT 1 FROM erasures e LEFT JOIN suspects s ON s.id = e.suspect_id
    WHERE e.id = p_erasure AND e.suspect_id <> '' AND e.confirmed_by IS NOT NULL AND e.confirmed_by <> e.asked_by
      AND e.stopped_on IS NULL AND e.done_on IS NULL AND e.due_on <= p_now
      AND (s.id IS NULL OR (s.case_id = e.case_id AND s.contributor_id = e.agency_id AND s.cleared_on <= e.asked_on)));
END $$;
-- +goose StatementEnd

-- sala_remove_suspect deletes one suspect's row, what it was, and whatever names it, and
-- accounts for what it takes from the record: looks at suspects alone of whom none is left.
-- A look at her other rows beside it stays on record: it is hers (H2), and of the suspect it
-- holds a random id. It asks nobody: it is for the functions of the owner.
-- +goose StatementBegin
CREATE FUNCTION sala_remove_suspect(p_case text, p_suspect text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_rows text[] := ARRAY[p_suspect] || ARRAY(SELECT v.id::text FROM suspect_versions v WHERE v.case_id = p_case AND v.row_id = p_suspect);
  v_ids text[] := v_rows || ARRAY(SELECT r.id::text FROM retentions r WHERE r.case_id = p_case AND r.row_id = p_suspect);
BEGIN
  DELETE FROM notice_marks m USING notices n WHERE n.id = m.notice_id AND n.subject_id = ANY (v_ids);
  DELETE FROM notices WHERE subject_id = ANY (v_ids);
  DELETE FROM idempotency_keys WHERE result_ids ?| v_ids;
  DELETE FROM retentions WHERE case_id = p_case AND row_id = p_suspect;
  DELETE FROM suspect_versions WHERE case_id = p_case AND row_id = p_suspect;
  DELETE FROM suspects WHERE case_id = p_case AND id = p_suspect;
  WITH gone AS (
    DELETE FROM disclosures d WHERE d.case_id = p_case AND d.categories = sala_bits('["SUSPECT"]') AND d.row_ids ?| v_rows
      AND NOT EXISTS (SELECT 1 FROM suspects s WHERE s.case_id = p_case AND d.row_ids ? s.id)
      AND NOT EXISTS (SELECT 1 FROM suspect_versions v WHERE v.case_id = p_case AND d.row_ids ? v.id)
    RETURNING d.commitment)
  INSERT INTO erased_details SELECT encode(g.commitment, 'hex') FROM gone g ON CONFLICT DO NOTHING;
END $$;
-- +goose StatementEnd

-- sala_erase_suspect carries out the erasure of one suspect's row, and nothing else.
-- +goose StatementBegin
CREATE FUNCTION sala_erase_suspect(p_erasure text, p_now bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT sala_suspect_due(p_erasure, p_now) THEN
    RAISE EXCEPTION 'no erasure of this suspect is due' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM sala_remove_suspect(e.case_id, e.suspect_id) FROM erasures e WHERE e.id = p_erasure;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_suspect_due(text, bigint), sala_remove_suspect(text, text), sala_erase_suspect(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_suspect_due(text, bigint), sala_erase_suspect(text, bigint) TO sala_erasure;
-- The check of the list looks whether a row is there.
GRANT SELECT (id) ON suspects TO sala_erasure;

-- The recheck of an answer: as before; and those that the agency recorded itself, as far as
-- they are there still, with what they were.
CREATE OR REPLACE FUNCTION sala_suspects_stand(p_ids text[], p_agency text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id FROM suspects s WHERE s.id = ANY (p_ids) AND (s.contributor_id = p_agency
    OR (s.cleared_on IS NULL AND EXISTS (SELECT 1 FROM proceedings p WHERE p.id = s.proceeding_id AND p.party_ids ? p_agency)))
  UNION ALL SELECT v.id FROM suspect_versions v WHERE v.id = ANY (p_ids) AND v.contributor_id = p_agency
$$;
