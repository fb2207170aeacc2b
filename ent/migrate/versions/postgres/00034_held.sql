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
