-- +goose Up
-- The ledger: what erasures account for, and indexes by which the sequencer looks at
-- the newest records alone.
CREATE TABLE `erased_details` (
  `commitment` text NOT NULL,
  PRIMARY KEY (`commitment`)
);
DROP INDEX `disclosure_commitment`;
CREATE INDEX `disclosure_at_commitment` ON `disclosures` (`at`, `commitment`);
CREATE INDEX `ledgerentry_at_commitment` ON `ledger_entries` (`at`, `commitment`);

-- +goose StatementBegin
CREATE TRIGGER erased_details_update BEFORE UPDATE ON erased_details BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER erased_details_delete BEFORE DELETE ON erased_details BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;
-- +goose StatementEnd

-- An agreement's gate never stands open while a party suspends it.
-- +goose StatementBegin
CREATE TRIGGER gates_insert AFTER INSERT ON gates
WHEN NEW.open AND EXISTS (SELECT 1 FROM agreement_parties p WHERE p.agreement_id = NEW.id AND p.suspended_on IS NOT NULL) BEGIN
  UPDATE gates SET open = false WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER gates_update AFTER UPDATE OF open ON gates
WHEN NEW.open AND EXISTS (SELECT 1 FROM agreement_parties p WHERE p.agreement_id = NEW.id AND p.suspended_on IS NOT NULL) BEGIN
  UPDATE gates SET open = false WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER agreement_parties_suspended AFTER UPDATE OF suspended_on ON agreement_parties
WHEN NEW.suspended_on IS NOT NULL BEGIN
  UPDATE gates SET open = false, version = version + 1, changed_on = NEW.suspended_on WHERE id = NEW.agreement_id AND open;
END;
-- +goose StatementEnd
