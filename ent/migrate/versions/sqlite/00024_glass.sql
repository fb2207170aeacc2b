-- +goose Up
-- Break-glass: what was opened in an emergency, its review, what was tried, locked cases,
-- and the panel that oversees it (F3, F5).
ALTER TABLE `accesses` ADD COLUMN `break_glass_id` text NULL;
ALTER TABLE `issuers` ADD COLUMN `strong_acr_values` json NULL;
CREATE TABLE `break_glasses` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `owner_id` text NOT NULL,
  `purpose` text NOT NULL,
  `ground` text NOT NULL,
  `sealed` blob NOT NULL,
  `categories` json NOT NULL,
  `refusal_stood` bool NOT NULL DEFAULT (false),
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  `ended_on` integer NULL,
  `closed_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `breakglass_case_id` ON `break_glasses` (`case_id`);
CREATE INDEX `breakglass_closed_on_valid_until` ON `break_glasses` (`closed_on`, `valid_until`);
CREATE INDEX `breakglass_contributor_id_recorded_by` ON `break_glasses` (`contributor_id`, `recorded_by`);
CREATE TABLE `glass_reviews` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `glass_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `due_on` integer NOT NULL,
  `verdict` text NULL,
  `reviewed_on` integer NULL,
  `reviewed_by` text NULL,
  `told_on` integer NULL,
  `told_by` text NULL,
  `overdue_told_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `glassreview_glass_id` ON `glass_reviews` (`glass_id`);
CREATE INDEX `glassreview_case_id` ON `glass_reviews` (`case_id`);
CREATE INDEX `glassreview_reviewed_on_due_on` ON `glass_reviews` (`reviewed_on`, `due_on`);
CREATE TABLE `glass_attempts` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `attempted_on` integer NOT NULL,
  `outcome` text NOT NULL,
  `case_id` text NOT NULL DEFAULT (''),
  `glass_id` text NOT NULL DEFAULT (''),
  `confirms_id` text NOT NULL DEFAULT (''),
  PRIMARY KEY (`id`)
);
CREATE INDEX `glassattempt_member_id_attempted_on` ON `glass_attempts` (`member_id`, `attempted_on`);
CREATE INDEX `glassattempt_case_id` ON `glass_attempts` (`case_id`);
CREATE TABLE `case_locks` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `locked_on` integer NOT NULL,
  `locked_by` text NOT NULL,
  `unlocked_on` integer NULL,
  `unlocked_by` text NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `caselock_case_id` ON `case_locks` (`case_id`);
CREATE TABLE `oversight_panels` (
  `id` text NOT NULL,
  `proposal_id` text NOT NULL,
  `agency_ids` json NOT NULL,
  `valid_from` integer NOT NULL,
  `valid_until` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `oversightpanel_valid_until` ON `oversight_panels` (`valid_until`);

-- +goose StatementBegin
CREATE TRIGGER break_glasses_fact_insert AFTER INSERT ON break_glasses BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER break_glasses_fact_update AFTER UPDATE OF ended_on ON break_glasses BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER break_glasses_fact_delete AFTER DELETE ON break_glasses BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_locks_fact_insert AFTER INSERT ON case_locks BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_locks_fact_update AFTER UPDATE ON case_locks BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_locks_fact_delete AFTER DELETE ON case_locks BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd
