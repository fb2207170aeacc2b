-- +goose Up
-- How an agency's departure comes to its end, and codes of teams.
ALTER TABLE `offboardings` ADD COLUMN `export_recipient` text NULL;
ALTER TABLE `offboardings` ADD COLUMN `export_parts` integer NOT NULL DEFAULT (0);
ALTER TABLE `offboardings` ADD COLUMN `export_after` text NULL;
ALTER TABLE `teams` ADD COLUMN `code` text NULL;
CREATE UNIQUE INDEX `team_agency_id_code` ON `teams` (`agency_id`, `code`);

-- An agency that leaves takes nothing new on.
-- +goose StatementBegin
CREATE TRIGGER case_files_departing_insert BEFORE INSERT ON case_files
WHEN EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = NEW.owner_id) BEGIN
  SELECT RAISE(ABORT, 'an agency that leaves takes nothing new on');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_files_departing_update BEFORE UPDATE OF owner_id ON case_files
WHEN NEW.owner_id <> OLD.owner_id AND EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = NEW.owner_id) BEGIN
  SELECT RAISE(ABORT, 'an agency that leaves takes nothing new on');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER referrals_departing_insert BEFORE INSERT ON referrals
WHEN EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = NEW.to_id) BEGIN
  SELECT RAISE(ABORT, 'an agency that leaves takes nothing new on');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER referrals_departing_update BEFORE UPDATE OF state ON referrals
WHEN NEW.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND OLD.state NOT IN ('ACCEPTED', 'ACCEPTED_IN_PART')
  AND EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = NEW.to_id) BEGIN
  SELECT RAISE(ABORT, 'an agency that leaves takes nothing new on');
END;
-- +goose StatementEnd
