-- +goose Up
-- See the migration for PostgreSQL, which says why.
CREATE TABLE sala_keys (
  id      BLOB NOT NULL PRIMARY KEY,
  wrapped BLOB CHECK (length(wrapped) > 0)
) WITHOUT ROWID;

CREATE TABLE sala_erasures (
  position INTEGER PRIMARY KEY CHECK (position >= 0),
  entry    BLOB NOT NULL
);

CREATE TABLE sala_key_store (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
);
INSERT INTO sala_key_store VALUES (1, 1);

-- +goose StatementBegin
CREATE TRIGGER stays_destroyed BEFORE UPDATE ON sala_keys
WHEN OLD.wrapped IS NULL AND NEW.wrapped IS NOT NULL OR OLD.id <> NEW.id
BEGIN SELECT RAISE(ABORT, 'this row is never changed or deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER never_deleted BEFORE DELETE ON sala_keys
BEGIN SELECT RAISE(ABORT, 'this row is never changed or deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER never_changed BEFORE UPDATE ON sala_erasures
BEGIN SELECT RAISE(ABORT, 'this row is never changed or deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER erasure_never_deleted BEFORE DELETE ON sala_erasures
BEGIN SELECT RAISE(ABORT, 'this row is never changed or deleted'); END;
-- +goose StatementEnd
