-- +goose Up
-- What is passed on (D4), what contributors decide themselves (A6), referrals to parties
-- outside Sala and tracing (D8), case conferences (D9).
ALTER TABLE `referrals` ADD COLUMN `onward_of` text NOT NULL DEFAULT ('');
ALTER TABLE `accesses` ADD COLUMN `first_referral_id` text NOT NULL DEFAULT ('');
ALTER TABLE `accesses` ADD COLUMN `first_agreement_id` text NOT NULL DEFAULT ('');
ALTER TABLE `accesses` ADD COLUMN `first_referrer_id` text NOT NULL DEFAULT ('');
CREATE TABLE `permissions` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `recipient_id` text NOT NULL,
  `asker_id` text NOT NULL DEFAULT (''),
  `referral_id` text NOT NULL DEFAULT (''),
  `purpose` text NOT NULL,
  `categories` json NOT NULL,
  `state` text NOT NULL,
  `decided_on` integer NULL,
  `decided_by` text NOT NULL DEFAULT (''),
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `permission_referral_id` ON `permissions` (`referral_id`);
CREATE INDEX `permission_case_id` ON `permissions` (`case_id`);
CREATE TABLE `external_referrals` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `purpose` text NOT NULL,
  `named_fields` json NOT NULL,
  `sealed` blob NOT NULL,
  `form` text NOT NULL,
  `language` text NULL,
  `interpretation` text NOT NULL,
  `setting` text NOT NULL,
  `checks` json NOT NULL,
  `legal_advice_offered` bool NOT NULL DEFAULT (false),
  `guardianship_id` text NOT NULL DEFAULT (''),
  `childs_views` text NULL,
  `given_on` integer NOT NULL,
  `valid_until` integer NOT NULL,
  `recipient_key` text NOT NULL DEFAULT (''),
  `state` text NOT NULL,
  `sheets` integer NOT NULL DEFAULT (0),
  `reply_by` integer NOT NULL,
  `delete_by` integer NOT NULL,
  `handed_over_on` integer NULL,
  `replied_on` integer NULL,
  `withdrawn_on` integer NULL,
  `deleted_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `externalreferral_case_id` ON `external_referrals` (`case_id`);
CREATE TABLE `conferences` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `purpose` text NOT NULL,
  `consent_id` text NOT NULL,
  `participants` json NOT NULL,
  `agency_ids` json NOT NULL,
  `sealed` blob NOT NULL,
  `held_on` integer NOT NULL,
  `concluded_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `conference_case_id` ON `conferences` (`case_id`);
CREATE TABLE `conference_tasks` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `conference_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `sealed` blob NOT NULL,
  `due_on` integer NOT NULL,
  `done_on` integer NULL,
  `done_by` text NOT NULL DEFAULT (''),
  PRIMARY KEY (`id`)
);
CREATE INDEX `conferencetask_conference_id` ON `conference_tasks` (`conference_id`);
CREATE INDEX `conferencetask_case_id` ON `conference_tasks` (`case_id`);

-- +goose StatementBegin
CREATE TRIGGER permissions_fact_insert AFTER INSERT ON permissions BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER permissions_fact_update AFTER UPDATE ON permissions BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER permissions_fact_delete AFTER DELETE ON permissions BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd
