-- +goose Up
-- The ledger: what erasures account for, and indexes by which the sequencer looks at
-- the newest records alone.
CREATE TABLE "erased_details" (
  "commitment" character varying NOT NULL,
  PRIMARY KEY ("commitment")
);
DROP INDEX "disclosure_commitment";
CREATE INDEX "disclosure_at_commitment" ON "disclosures" ("at", "commitment");
CREATE INDEX "ledgerentry_at_commitment" ON "ledger_entries" ("at", "commitment");

ALTER TABLE erased_details ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON erased_details TO sala_ledger;
CREATE POLICY ledger_select ON erased_details FOR SELECT TO sala_ledger
  USING (true);
CREATE TRIGGER erased_details_append BEFORE UPDATE OR DELETE ON erased_details FOR EACH ROW EXECUTE FUNCTION sala_append_only();

-- sala_erase, as before; and what it takes from the record it accounts for.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_erase(p_case text, p_now bigint) RETURNS void
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
  INSERT INTO erased_details SELECT encode(d.commitment, 'hex') FROM disclosures d WHERE d.case_id = p_case ON CONFLICT DO NOTHING;
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

-- Locks. An answer holds its cases and gates shared until its record is committed; who
-- changes a fact or a gate holds it alone. They are locks of the lock manager and not
-- of rows, because there who comes first goes first: row locks let new sharers pass a
-- change that waits, and a receiver who keeps reading would put a withdrawal off.
-- The order for all is: cases before gates, each by id in byte order.
CREATE FUNCTION sala_lock_key(kind text, id text) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT hashtextextended(kind || ' ' || id, 20261124) $$;

-- sala_lock_case holds the case alone. A row that this transaction wrote is held
-- already, or known to nobody yet: an import of many cases takes no lock a case.
-- +goose StatementBegin
CREATE FUNCTION sala_lock_case(p_case text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM case_files f WHERE f.id = p_case AND f.xmin = pg_current_xact_id()::xid) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(sala_lock_key('cases', ''));
  PERFORM pg_advisory_xact_lock(sala_lock_key('case', p_case));
  PERFORM 1 FROM case_files f WHERE f.id = p_case FOR UPDATE;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_hold_cases(ids text[]) RETURNS TABLE (id text, facts_version bigint, evaluated_version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_id text;
BEGIN
  IF cardinality(ids) > 100 THEN
    -- The table of locks has room for some thousands: a large answer holds all cases.
    PERFORM pg_advisory_xact_lock(sala_lock_key('cases', ''));
  ELSE
    FOR v_id IN SELECT DISTINCT u COLLATE "C" AS u FROM unnest(ids) AS u ORDER BY u LOOP
      PERFORM pg_advisory_xact_lock_shared(sala_lock_key('case', v_id));
    END LOOP;
  END IF;
  RETURN QUERY SELECT f.id::text, f.facts_version, f.evaluated_version FROM case_files f WHERE f.id = ANY (ids);
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_hold_gates(ids text[]) RETURNS TABLE (id text, open boolean, revision text, version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_id text;
BEGIN
  FOR v_id IN SELECT DISTINCT u COLLATE "C" AS u FROM unnest(ids) AS u ORDER BY u LOOP
    PERFORM pg_advisory_xact_lock_shared(sala_lock_key('gate', v_id));
  END LOOP;
  RETURN QUERY SELECT g.id::text, g.open, g.revision::text, g.version FROM gates g WHERE g.id = ANY (ids);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_lock_case(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_lock_case(text) TO sala_policy;

-- Whoever changes a fact holds the case, also where no verb has locked it before.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_fact_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE v_case text := CASE WHEN TG_OP = 'DELETE' THEN OLD.case_id ELSE NEW.case_id END;
BEGIN
  PERFORM sala_lock_case(v_case);
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = v_case;
  RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_case_fact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.owner_id IS DISTINCT FROM OLD.owner_id OR NEW.kind IS DISTINCT FROM OLD.kind THEN
    PERFORM pg_advisory_xact_lock_shared(sala_lock_key('cases', ''));
    PERFORM pg_advisory_xact_lock(sala_lock_key('case', NEW.id));
    NEW.facts_version := OLD.facts_version + 1;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

-- A gate is changed by one at a time, and an agreement's never stands open while a
-- party suspends it, whoever opens it: the parties are read under the gate's lock.
-- +goose StatementBegin
CREATE FUNCTION sala_gate_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(sala_lock_key('gate', NEW.id));
  IF NEW.open AND EXISTS (SELECT 1 FROM agreement_parties p WHERE p.agreement_id = NEW.id AND p.suspended_on IS NOT NULL) THEN
    NEW.open := false;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER gates_changed BEFORE INSERT OR UPDATE ON gates FOR EACH ROW EXECUTE FUNCTION sala_gate_changed();

-- +goose StatementBegin
CREATE FUNCTION sala_party_suspended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.suspended_on IS NOT NULL THEN
    UPDATE gates SET open = false, version = version + 1, changed_on = NEW.suspended_on WHERE id = NEW.agreement_id; -- also where one opens it beside us
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER agreement_parties_suspended AFTER INSERT OR UPDATE OF suspended_on ON agreement_parties
  FOR EACH ROW EXECUTE FUNCTION sala_party_suspended();

-- The record of an answer rechecks the referrals in it.
GRANT SELECT ON referrals TO sala_ledger;
CREATE POLICY ledger_select ON referrals FOR SELECT TO sala_ledger
  USING (true);

-- Policy decides about accesses; gates are changed by decisions about agencies and
-- agreements, under a role of their own.
REVOKE UPDATE ON gates FROM sala_policy;
DROP POLICY policy_update ON gates;

-- A notice about a single case is for those who do case work.
DROP POLICY request_select ON notices;
CREATE POLICY request_select ON notices FOR SELECT TO sala_request
  USING (agency_id = sala_agency()
    AND (sala_flag('casework') OR sala_flag('casenotices') OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure')));
