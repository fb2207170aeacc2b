-- +goose Up
-- Releases: what was published, and the account of each population's privacy budget. They
-- are built from PostgreSQL alone, under a role of their own.
ALTER TABLE `traffickings` ADD COLUMN `exploitation_country` text NULL;
CREATE TABLE `releases` (
  `id` text NOT NULL,
  `name` text NOT NULL,
  `edition` integer NOT NULL,
  `digest` text NOT NULL,
  `population` text NOT NULL,
  `year_from` integer NOT NULL,
  `year_to` integer NOT NULL,
  `audience` json NOT NULL,
  `cells` blob NOT NULL,
  `snapshot` json NOT NULL,
  `built_by` text NOT NULL,
  `published_by` text NOT NULL,
  `published_on` integer NOT NULL,
  `withdrawn_by` text NULL,
  `withdrawn_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `releases_digest_key` ON `releases` (`digest`);
CREATE UNIQUE INDEX `release_name_edition` ON `releases` (`name`, `edition`);
CREATE INDEX `release_population` ON `releases` (`population`);
CREATE TABLE `budget_entries` (
  `id` text NOT NULL,
  `population` text NOT NULL,
  `release_id` text NOT NULL,
  `epsilon` integer NOT NULL,
  `delta` integer NOT NULL,
  `limit_epsilon` integer NOT NULL,
  `limit_delta` integer NOT NULL,
  `spent_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `budget_entries_release_id_key` ON `budget_entries` (`release_id`);
CREATE INDEX `budgetentry_population` ON `budget_entries` (`population`);
