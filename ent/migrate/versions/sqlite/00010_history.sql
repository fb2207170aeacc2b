-- +goose Up
-- What rows were before they were corrected, and who owned a case before (I2, A4).

ALTER TABLE `identities` ADD COLUMN `corrected_on` integer NULL;
ALTER TABLE `identities` ADD COLUMN `corrected_by` text NULL;
CREATE TABLE `identity_versions` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `row_id` text NOT NULL,
  `version` integer NOT NULL,
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `superseded_on` integer NOT NULL,
  `superseded_by` text NOT NULL,
  `reason` text NULL,
  `sealed` blob NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `identityversion_row_id_version` ON `identity_versions` (`row_id`, `version`);
CREATE INDEX `identityversion_case_id_contributor_id` ON `identity_versions` (`case_id`, `contributor_id`);
ALTER TABLE `contacts` ADD COLUMN `corrected_on` integer NULL;
ALTER TABLE `contacts` ADD COLUMN `corrected_by` text NULL;
CREATE TABLE `contact_versions` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `row_id` text NOT NULL,
  `version` integer NOT NULL,
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `superseded_on` integer NOT NULL,
  `superseded_by` text NOT NULL,
  `reason` text NULL,
  `sealed` blob NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `contactversion_row_id_version` ON `contact_versions` (`row_id`, `version`);
CREATE INDEX `contactversion_case_id_contributor_id` ON `contact_versions` (`case_id`, `contributor_id`);
ALTER TABLE `profiles` ADD COLUMN `corrected_on` integer NULL;
ALTER TABLE `profiles` ADD COLUMN `corrected_by` text NULL;
CREATE TABLE `profile_versions` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `row_id` text NOT NULL,
  `version` integer NOT NULL,
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `superseded_on` integer NOT NULL,
  `superseded_by` text NOT NULL,
  `reason` text NULL,
  `sealed` blob NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `profileversion_row_id_version` ON `profile_versions` (`row_id`, `version`);
CREATE INDEX `profileversion_case_id_contributor_id` ON `profile_versions` (`case_id`, `contributor_id`);
ALTER TABLE `traffickings` ADD COLUMN `corrected_on` integer NULL;
ALTER TABLE `traffickings` ADD COLUMN `corrected_by` text NULL;
CREATE TABLE `trafficking_versions` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `row_id` text NOT NULL,
  `version` integer NOT NULL,
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `superseded_on` integer NOT NULL,
  `superseded_by` text NOT NULL,
  `reason` text NULL,
  `sealed` blob NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `traffickingversion_row_id_version` ON `trafficking_versions` (`row_id`, `version`);
CREATE INDEX `traffickingversion_case_id_contributor_id` ON `trafficking_versions` (`case_id`, `contributor_id`);
ALTER TABLE `narratives` ADD COLUMN `corrected_on` integer NULL;
ALTER TABLE `narratives` ADD COLUMN `corrected_by` text NULL;
CREATE TABLE `narrative_versions` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `row_id` text NOT NULL,
  `version` integer NOT NULL,
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `superseded_on` integer NOT NULL,
  `superseded_by` text NOT NULL,
  `reason` text NULL,
  `sealed` blob NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `narrativeversion_row_id_version` ON `narrative_versions` (`row_id`, `version`);
CREATE INDEX `narrativeversion_case_id_contributor_id` ON `narrative_versions` (`case_id`, `contributor_id`);
CREATE TABLE `case_transfers` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `from_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_by` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `version` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `casetransfer_case_id_version` ON `case_transfers` (`case_id`, `version`);

-- What was is not changed, and goes with the case alone (H4).
-- +goose StatementBegin
CREATE TRIGGER identity_versions_update BEFORE UPDATE ON identity_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER identity_versions_delete BEFORE DELETE ON identity_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contact_versions_update BEFORE UPDATE ON contact_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contact_versions_delete BEFORE DELETE ON contact_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER profile_versions_update BEFORE UPDATE ON profile_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER profile_versions_delete BEFORE DELETE ON profile_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER trafficking_versions_update BEFORE UPDATE ON trafficking_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER trafficking_versions_delete BEFORE DELETE ON trafficking_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER narrative_versions_update BEFORE UPDATE ON narrative_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER narrative_versions_delete BEFORE DELETE ON narrative_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_transfers_update BEFORE UPDATE ON case_transfers BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_transfers_delete BEFORE DELETE ON case_transfers WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_changes_update BEFORE UPDATE ON case_changes BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_changes_delete BEFORE DELETE ON case_changes WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
