-- +goose Up
-- What a departing agency contributed is deleted 72 hours after another agency agreed to
-- it, unless the agency takes that back.
ALTER TABLE `offboardings` ADD COLUMN `unfetched_by` text NULL;
ALTER TABLE `offboardings` ADD COLUMN `unfetched_on` integer NULL;
ALTER TABLE `offboardings` ADD COLUMN `deletion_by` text NULL;
ALTER TABLE `offboardings` ADD COLUMN `deletion_due_on` integer NULL;

-- Nor does an agency that leaves open an import.
-- +goose StatementBegin
CREATE TRIGGER file_imports_departing_insert BEFORE INSERT ON file_imports
WHEN EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = NEW.agency_id) BEGIN
  SELECT RAISE(ABORT, 'an agency that leaves takes nothing new on');
END;
-- +goose StatementEnd
