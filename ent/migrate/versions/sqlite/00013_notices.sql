-- +goose Up
-- Notices that are read and acknowledged, told to a member or team, and to those who
-- answer for agreements; retention decisions that are due; breaches that were reported.
ALTER TABLE `notices` ADD COLUMN `holder_id` text NOT NULL DEFAULT '';
CREATE INDEX `notice_subject_id` ON `notices` (`subject_id`);
CREATE TABLE `notice_marks` (
  `id` text NOT NULL,
  `notice_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `kind` text NOT NULL,
  `reader_id` text NOT NULL,
  `member_id` text NOT NULL,
  `marked_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `noticemark_notice_id_kind_reader_id` ON `notice_marks` (`notice_id`, `kind`, `reader_id`);
CREATE TABLE `retentions` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `case_id` text NOT NULL,
  `reference` text NOT NULL,
  `cause` text NOT NULL,
  `started_on` integer NOT NULL,
  `due_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `retention_agency_id_case_id` ON `retentions` (`agency_id`, `case_id`);
CREATE INDEX `retention_agency_id_due_on` ON `retentions` (`agency_id`, `due_on`);
CREATE TABLE `breaches` (
  `id` text NOT NULL,
  `agreement_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `found_on` integer NOT NULL,
  `reported_on` integer NOT NULL,
  `due_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `breach_agreement_id` ON `breaches` (`agreement_id`);
