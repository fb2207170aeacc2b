-- +goose Up
-- An agency's own settings, where it stands, and each way in which it signs in.
ALTER TABLE `agencies` ADD COLUMN `names` json NULL;
ALTER TABLE `agencies` ADD COLUMN `state` text NOT NULL DEFAULT ('PROPOSED');
ALTER TABLE `agencies` ADD COLUMN `need_to_know` text NOT NULL DEFAULT ('ASSIGNMENT');
ALTER TABLE `agencies` ADD COLUMN `administers_platform` bool NOT NULL DEFAULT (false);
ALTER TABLE `agencies` ADD COLUMN `requests_per_minute` integer NOT NULL DEFAULT (600);
ALTER TABLE `agencies` ADD COLUMN `concurrent_requests` integer NOT NULL DEFAULT (16);
ALTER TABLE `agency_units` ADD COLUMN `names` json NULL;
CREATE TABLE `issuers` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `url` text NOT NULL,
  `audiences` json NOT NULL,
  `client_id` text NULL,
  `agency_claim` text NULL,
  `agency_value` text NULL,
  `discriminator_claim` text NULL,
  `discriminator_value` text NULL,
  `acr_values` json NOT NULL,
  `proposal_id` text NULL,
  `created_on` integer NOT NULL,
  `valid_from` integer NOT NULL,
  `valid_until` integer NULL,
  `discovered_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `issuer_url` ON `issuers` (`url`);
CREATE INDEX `issuer_agency_id` ON `issuers` (`agency_id`);
-- Those that were there are active, and keep their issuer until it has been discovered anew.
UPDATE `agencies` SET `state` = 'ACTIVE' WHERE EXISTS (SELECT 1 FROM `gates` g WHERE g.`id` = `agencies`.`id` AND g.`open`);
UPDATE `agencies` SET `state` = 'SUSPENDED' WHERE `state` = 'PROPOSED';
INSERT INTO `issuers` (`id`, `agency_id`, `url`, `audiences`, `client_id`, `agency_claim`, `agency_value`, `discriminator_claim`, `discriminator_value`, `acr_values`, `proposal_id`, `created_on`, `valid_from`)
  SELECT 'issuer_' || substr(`id`, 8), `id`, `issuer`, '[]', '', '', '', '', '', '[]', '', `created_on`, `created_on` FROM `agencies` WHERE `issuer` IS NOT NULL AND `issuer` <> '';
DROP INDEX `agencies_issuer_key`;
ALTER TABLE `agencies` DROP COLUMN `issuer`;

CREATE TABLE `proposals` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `kind` text NOT NULL,
  `content` text NOT NULL,
  `proposer_id` text NOT NULL,
  `proposed_by` text NOT NULL,
  `proposed_on` integer NOT NULL,
  `approved_on` integer NULL,
  `effective_from` integer NULL,
  `countersigned_on` integer NULL,
  `refused_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `proposal_agency_id_proposed_on` ON `proposals` (`agency_id`, `proposed_on`);
CREATE TABLE `approvals` (
  `id` text NOT NULL,
  `proposal_id` text NOT NULL,
  `about_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `approved_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `approval_proposal_id_agency_id` ON `approvals` (`proposal_id`, `agency_id`);
CREATE TABLE `invitations` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `secret_hash` blob NOT NULL,
  `proposal_id` text NULL,
  `created_on` integer NOT NULL,
  `valid_from` integer NULL,
  `valid_until` integer NOT NULL,
  `used_on` integer NULL,
  `used_by` text NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `invitation_secret_hash` ON `invitations` (`secret_hash`);
CREATE INDEX `invitation_agency_id` ON `invitations` (`agency_id`);
CREATE TABLE `offboardings` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `frozen_on` integer NOT NULL,
  `handed_over_on` integer NULL,
  `agreements_ended_on` integer NULL,
  `exported_on` integer NULL,
  `export_digest` text NULL,
  `keys_destroyed_on` integer NULL,
  `ended_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `offboardings_agency_id_key` ON `offboardings` (`agency_id`);

-- What an agreement binds its parties to (D6).
ALTER TABLE `agreements` ADD COLUMN `code` text NULL;
ALTER TABLE `agreements` ADD COLUMN `proposer_id` text NULL;
ALTER TABLE `agreements` ADD COLUMN `retention_days` integer NOT NULL DEFAULT (0);
ALTER TABLE `agreements` ADD COLUMN `onward` text NOT NULL DEFAULT ('NO');
ALTER TABLE `agreements` ADD COLUMN `breach_notice_hours` integer NOT NULL DEFAULT (72);
ALTER TABLE `agreements` ADD COLUMN `at_end` text NOT NULL DEFAULT ('DELETE');
ALTER TABLE `agreements` ADD COLUMN `shut_down_on` integer NULL;
ALTER TABLE `agreements` ADD COLUMN `ended_on` integer NULL;
CREATE UNIQUE INDEX `agreements_code_key` ON `agreements` (`code`);
ALTER TABLE `agreement_parties` ADD COLUMN `controller_role` text NOT NULL DEFAULT ('CONTROLLER');
