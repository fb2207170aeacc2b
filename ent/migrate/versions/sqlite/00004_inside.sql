-- +goose Up
-- Who works with whom inside an agency (D5), and the history of a case's state and kind (I1, G3).
CREATE TABLE `teams` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `name` text NOT NULL,
  `created_on` integer NOT NULL,
  `ended_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `team_agency_id` ON `teams` (`agency_id`);
CREATE TABLE `memberships` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `group_id` text NOT NULL,
  `since` integer NOT NULL,
  `ended_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `membership_member_id` ON `memberships` (`member_id`);
CREATE INDEX `membership_agency_id_group_id` ON `memberships` (`agency_id`, `group_id`);
CREATE TABLE `case_changes` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_by` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `occurred_on` integer NULL,
  `from_state` text NOT NULL,
  `to_state` text NOT NULL,
  `from_kind` text NOT NULL,
  `to_kind` text NOT NULL,
  `closing_reason` text NULL,
  `version` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `casechange_case_id_version` ON `case_changes` (`case_id`, `version`);
