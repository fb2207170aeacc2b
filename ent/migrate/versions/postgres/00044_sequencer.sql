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
    CREATE ROLE sala_sequencer LOGIN NOINHERIT NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
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
CREATE POLICY sequence_insert ON ledger_entries FOR INSERT TO sala_sequence WITH CHECK (true);
CREATE POLICY sequence_insert ON ledger_nodes FOR INSERT TO sala_sequence WITH CHECK (true);

DROP POLICY ledger_insert ON ledger_entries;
DROP POLICY ledger_insert ON ledger_nodes;
REVOKE INSERT ON ledger_entries, ledger_nodes FROM sala_ledger;
