-- +goose Up
-- Shapes are of another form now: each is written anew.
DELETE FROM case_shapes;

-- Is a change of policy still being prepared? Who prepares holds the gate of policy together
-- with others until the commit; who ends it holds that alone.
-- +goose StatementBegin
CREATE FUNCTION sala_prepared(p_sequence bigint, p_revision text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(sala_lock_key('gate', 'policy'));
  RETURN EXISTS (SELECT 1 FROM revisions r WHERE r.sequence = p_sequence AND r.revision = p_revision AND r.state IN ('PREPARING', 'FORMER'));
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_prepared(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_prepared(bigint, text) TO sala_policy, sala_onboarding;

-- An access is looked at on the facts as they stand, and says which these are: one that names
-- a version to come would count on facts on which nobody looked at it.
-- +goose StatementBegin
CREATE FUNCTION sala_accesses_current() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM (SELECT DISTINCT m.case_id, m.facts_version FROM made m) m
      WHERE NOT EXISTS (SELECT 1 FROM case_files f WHERE f.id = m.case_id AND f.facts_version = m.facts_version)) THEN
    RAISE EXCEPTION 'an access on other facts than those that stand' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER accesses_current AFTER INSERT ON accesses REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION sala_accesses_current();

-- The 14 days are the database's, whatever the clock of who confirms; and once they are over
-- an erasure is carried out, not stopped: it may stand on the list already.
-- +goose StatementBegin
CREATE FUNCTION sala_erasure_timed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_now bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
BEGIN
  IF OLD.confirmed_on IS NULL AND NEW.confirmed_on IS NOT NULL AND NEW.due_on < v_now + 1209600000000 - 3600000000 THEN
    RAISE EXCEPTION 'an erasure takes 14 days from now' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.stopped_on IS NULL AND NEW.stopped_on IS NOT NULL AND OLD.due_on <= v_now THEN
    RAISE EXCEPTION 'an erasure that is due is not stopped' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER erasures_timed BEFORE UPDATE ON erasures FOR EACH ROW EXECUTE FUNCTION sala_erasure_timed();
