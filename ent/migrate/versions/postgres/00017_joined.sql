-- +goose Up
-- What was goes with the case alone (H4): also where an import is taken back, and where an
-- agency that left is forgotten with all that it had contributed.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_history_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
        OR EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) THEN
      RETURN OLD;
    END IF;
    IF TG_TABLE_NAME LIKE '%\_versions' AND EXISTS (SELECT 1 FROM offboardings o
        WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'the history of a case is not changed' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd

-- That a case is taken back is said before its rows go: its history goes by that.
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

-- The same as before, sooner.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_recorded(p_case text, p_agency text, p_purpose text, p_from bigint, p_until bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_adult bigint;
  v_many bigint;
  v_voice text;
  v_yes boolean;
  v_categories jsonb;
BEGIN
  -- Where she alone has spoken, and once, there is nothing to weigh: most cases, and every
  -- one of an import. What follows comes to the same.
  SELECT count(*), min(k.voice), bool_and(p.decision = 'PERMIT' AND p.valid_from <= p_from AND p_until <= p.valid_until), (array_agg(p.categories))[1]
    INTO v_many, v_voice, v_yes, v_categories
    FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'RECORDING'
    WHERE p.case_id = p_case AND p.recipient_id = p_agency AND p.purposes ? p_purpose;
  IF v_many = 0 THEN
    RETURN 0;
  END IF;
  IF v_many = 1 AND v_voice = 'PERSON' THEN
    RETURN CASE WHEN v_yes THEN sala_bits(v_categories) ELSE 0 END;
  END IF;
  v_adult := sala_adult_from(p_case);
  RETURN (WITH leaf AS (
      SELECT w.word, k.voice, k.given_on, p.decision, p.valid_from, p.valid_until
      FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'RECORDING'
      CROSS JOIN LATERAL jsonb_array_elements_text(p.categories) AS w(word)
      WHERE p.case_id = p_case AND p.recipient_id = p_agency AND p.purposes ? p_purpose),
    counted AS (
      SELECT l.* FROM leaf l WHERE l.voice = 'PERSON'
        OR NOT EXISTS (SELECT 1 FROM leaf h WHERE h.word = l.word AND h.voice = 'PERSON' AND h.given_on >= v_adult)),
    last AS (
      SELECT c.* FROM counted c
      WHERE c.given_on = (SELECT max(d.given_on) FROM counted d WHERE d.word = c.word AND d.voice = c.voice)),
    stands AS (
      SELECT l.word FROM last l GROUP BY l.word
      HAVING bool_and(l.decision = 'PERMIT' AND l.valid_from <= p_from AND p_until <= l.valid_until))
    SELECT coalesce(bit_or(sala_bits(jsonb_build_array(s.word))), 0) FROM stands s);
END $$;
-- +goose StatementEnd
