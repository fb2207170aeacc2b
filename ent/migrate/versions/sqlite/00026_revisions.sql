-- +goose Up
-- A change of policy while reads go on: what the next revision decides is written beside
-- what the live one decided, and one gate switches.
ALTER TABLE `gates` ADD COLUMN `sequence` integer NOT NULL DEFAULT (0);
ALTER TABLE `accesses` ADD COLUMN `first_sequence` integer NOT NULL DEFAULT (0);
ALTER TABLE `accesses` ADD COLUMN `last_sequence` integer NOT NULL DEFAULT (1000000000000);
ALTER TABLE `case_files` ADD COLUMN `first_sequence` integer NOT NULL DEFAULT (0);
ALTER TABLE `case_files` ADD COLUMN `last_sequence` integer NOT NULL DEFAULT (0);
CREATE TABLE `revisions` (
  `id` text NOT NULL,
  `sequence` integer NOT NULL,
  `revision` text NOT NULL,
  `bundles` json NULL,
  `state` text NOT NULL,
  `begun_on` integer NOT NULL,
  `live_on` integer NULL,
  `ended_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `revision_state` ON `revisions` (`state`);
DROP VIEW case_versions;
CREATE VIEW case_versions AS SELECT id, facts_version, evaluated_version, first_sequence, last_sequence FROM case_files;
