-- +goose Up
-- Consent that is confirmed (C6), and apart for justice (C9); her time to recover and
-- reflect (D7).
ALTER TABLE `consents` ADD COLUMN `legal_advice_offered` bool NOT NULL DEFAULT (false);
ALTER TABLE `consents` ADD COLUMN `confirms_id` text NULL;
CREATE TABLE `recovery_periods` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  `decision` text NOT NULL DEFAULT ('UNDECIDED'),
  `decided_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `recoveryperiod_case_id` ON `recovery_periods` (`case_id`);

-- +goose StatementBegin
CREATE TRIGGER recovery_periods_fact_insert AFTER INSERT ON recovery_periods BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER recovery_periods_fact_update AFTER UPDATE ON recovery_periods BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER recovery_periods_fact_delete AFTER DELETE ON recovery_periods BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd
