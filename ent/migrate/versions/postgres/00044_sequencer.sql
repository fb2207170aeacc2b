-- +goose Up
-- The ledger's sequencer has a role of its own, and a login that may act as no other: it
-- reads when a record was made and what it commits to, and no detail of it; it appends to
-- the log. Who records an answer, or builds a release, places nothing any more.
-- +goose StatementBegin
DO $$
BEGIN
  BEGIN
    CREATE ROLE sala_sequence NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- made beside us, or by another database of this cluster
  END;
  BEGIN
    -- NOINHERIT, as the API's: until SET LOCAL ROLE the login can do nothing at all.
    -- The limit is enough for two pods and their successors in a change.
    CREATE ROLE sala_sequencer LOGIN NOINHERIT NOBYPASSRLS CONNECTION LIMIT 16;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END;
  BEGIN
    IF (SELECT rolconnlimit < 0 FROM pg_roles WHERE rolname = 'sala_sequencer') THEN
      ALTER ROLE sala_sequencer CONNECTION LIMIT 16;
    END IF;
  EXCEPTION WHEN insufficient_privilege OR internal_error THEN NULL; -- made by an administrator, or changed beside us
  END;
  BEGIN
    -- The API's too: one process alone is whole, and an erasure places its records first.
    GRANT sala_sequence TO sala_app, sala_sequencer;
  EXCEPTION WHEN unique_violation OR internal_error THEN NULL; -- granted beside us
  END;
END $$;
-- +goose StatementEnd
GRANT USAGE ON SCHEMA public TO sala_sequence;
GRANT SELECT ON goose_db_version TO sala_sequence;

GRANT SELECT (id, at, commitment) ON disclosures TO sala_sequence;
GRANT SELECT, INSERT ON ledger_entries, ledger_nodes TO sala_sequence;
CREATE POLICY sequence_select ON disclosures FOR SELECT TO sala_sequence USING (true);
CREATE POLICY sequence_select ON ledger_entries FOR SELECT TO sala_sequence USING (true);
CREATE POLICY sequence_select ON ledger_nodes FOR SELECT TO sala_sequence USING (true);
-- A place is a record's: of exactly this time and commitment (disclosure_at_commitment). An
-- entry of a time far ahead would move what the sequencer and the servers look at.
CREATE POLICY sequence_insert ON ledger_entries FOR INSERT TO sala_sequence WITH CHECK (EXISTS (
  SELECT FROM disclosures d WHERE d.at = ledger_entries.at AND d.commitment = ledger_entries.commitment));
CREATE POLICY sequence_insert ON ledger_nodes FOR INSERT TO sala_sequence WITH CHECK (true);

DROP POLICY ledger_insert ON ledger_entries;
DROP POLICY ledger_insert ON ledger_nodes;
REVOKE INSERT ON ledger_entries, ledger_nodes FROM sala_ledger;

-- What was executable by anybody stays so for the roles above the wall, and for them alone:
-- the sequencer's role asks no function who owns a case or belongs to what, whatever
-- settings it gives itself. What a trigger calls needs no grant. An extension's functions
-- are not ours.
-- +goose StatementBegin
DO $$
DECLARE f record;
BEGIN
  FOR f IN
    SELECT p.oid::regprocedure::text AS name, p.prorettype = 'trigger'::regtype AS fires FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND pg_has_role(p.proowner, 'USAGE')
      AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  LOOP
    IF NOT f.fires THEN
      EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO sala_request, sala_policy, sala_ledger, sala_onboarding, sala_erasure, sala_departure, sala_trial, sala_release', f.name);
    END IF;
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', f.name);
  END LOOP;
END $$;
-- +goose StatementEnd
-- Nor is what a later migration makes executable by anybody until it says by whom. Such a
-- default cannot be withdrawn in one schema: it holds for all that the owner makes here.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
