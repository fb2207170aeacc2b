-- +goose Up
CREATE TABLE `erasures` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `case_id` text NOT NULL,
  `reference` text NULL,
  `asked_by` text NOT NULL,
  `asked_on` integer NOT NULL,
  `confirmed_by` text NULL,
  `confirmed_on` integer NULL,
  `due_on` integer NULL,
  `stopped_by` text NULL,
  `stopped_on` integer NULL,
  `done_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `erasure_agency_id_asked_on` ON `erasures` (`agency_id`, `asked_on`);
CREATE INDEX `erasure_case_id` ON `erasures` (`case_id`);
