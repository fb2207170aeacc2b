-- +goose Up
-- A row a case: its wrapped key, or NULL once that was destroyed. The id is bytes, so
-- that its order is byte order.
CREATE TABLE sala_keys (
  id      BYTEA PRIMARY KEY,
  wrapped BYTEA CHECK (length(wrapped) > 0)
);

CREATE TABLE sala_erasures (
  position BIGINT PRIMARY KEY CHECK (position >= 0),
  entry    BYTEA NOT NULL
);

-- One row, which a readiness check tries to write.
CREATE TABLE sala_key_store (
  one     BOOLEAN PRIMARY KEY CHECK (one),
  version INTEGER NOT NULL
);
INSERT INTO sala_key_store VALUES (TRUE, 1);

-- A destroyed key stays destroyed, and what was erased stays on the list, whatever a
-- program does by mistake. An owner who means harm can drop the triggers.
-- +goose StatementBegin
CREATE FUNCTION sala_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'this row is never changed or deleted';
END $$;
-- +goose StatementEnd
CREATE TRIGGER stays_destroyed BEFORE UPDATE ON sala_keys FOR EACH ROW
  WHEN (OLD.wrapped IS NULL AND NEW.wrapped IS NOT NULL OR OLD.id <> NEW.id) EXECUTE FUNCTION sala_refuse();
CREATE TRIGGER never_deleted BEFORE DELETE ON sala_keys FOR EACH ROW EXECUTE FUNCTION sala_refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON sala_keys FOR EACH STATEMENT EXECUTE FUNCTION sala_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON sala_erasures FOR EACH ROW EXECUTE FUNCTION sala_refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON sala_erasures FOR EACH STATEMENT EXECUTE FUNCTION sala_refuse();
