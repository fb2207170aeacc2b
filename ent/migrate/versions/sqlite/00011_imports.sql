-- +goose Up
-- Imports: rows of a file are staged under seal, become cases all at once or not at
-- all, and are taken back as long as nobody has touched them.
CREATE TABLE `file_imports` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `digest` text NOT NULL,
  `purpose` text NOT NULL,
  `state` text NOT NULL,
  `staged` integer NOT NULL DEFAULT (0),
  `refused` integer NOT NULL DEFAULT (0),
  `last_row` integer NOT NULL DEFAULT (0),
  `registered` integer NOT NULL DEFAULT (0),
  `undone` integer NOT NULL DEFAULT (0),
  `opened_on` integer NOT NULL,
  `ended_on` integer NULL,
  `undone_on` integer NULL,
  `wiped_on` integer NULL,
  `version` integer NOT NULL DEFAULT (1),
  PRIMARY KEY (`id`)
);
CREATE INDEX `fileimport_agency_id_opened_on` ON `file_imports` (`agency_id`, `opened_on`);
CREATE INDEX `fileimport_state_opened_on` ON `file_imports` (`state`, `opened_on`);
CREATE TABLE `staged_rows` (
  `id` text NOT NULL,
  `import_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `row` integer NOT NULL,
  `sealed` blob NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `stagedrow_import_id_row` ON `staged_rows` (`import_id`, `row`);
CREATE TABLE `undone_cases` (
  `id` text NOT NULL,
  `import_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `case_id` text NOT NULL,
  `undone_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `undonecase_case_id` ON `undone_cases` (`case_id`);
ALTER TABLE `imported_rows` ADD COLUMN `import_id` text NOT NULL DEFAULT ('');
CREATE INDEX `importedrow_import_id_row` ON `imported_rows` (`import_id`, `row`);
