-- +goose Up
-- Legal bases: a court's order, a statutory duty, a vital interest (F1, F2).
ALTER TABLE `accesses` ADD COLUMN `legal_basis_id` text NULL;
CREATE TABLE `legal_bases` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `kind` text NOT NULL,
  `reference` text NOT NULL,
  `source_id` text NOT NULL,
  `purpose` text NOT NULL,
  `categories` json NOT NULL,
  `sealed` blob NOT NULL,
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  `delayed_until` integer NULL,
  `state` text NOT NULL DEFAULT ('WAITING'),
  `checked_on` integer NULL,
  `checked_by` text NOT NULL DEFAULT (''),
  `checked_agency` text NOT NULL DEFAULT (''),
  `refusal` text NULL,
  `ended_on` integer NULL,
  `ended_by` text NOT NULL DEFAULT (''),
  PRIMARY KEY (`id`)
);
CREATE INDEX `legalbasis_case_id` ON `legal_bases` (`case_id`);
CREATE INDEX `legalbasis_contributor_id_recorded_on` ON `legal_bases` (`contributor_id`, `recorded_on`);
CREATE INDEX `legalbasis_source_id_recorded_on` ON `legal_bases` (`source_id`, `recorded_on`);

-- One that waits is no fact: entering it, or taking it back, takes as long whether there is
-- a case or not.
-- +goose StatementBegin
CREATE TRIGGER legal_bases_fact_update AFTER UPDATE ON legal_bases WHEN NEW.case_id <> '' AND 'CONFIRMED' IN (OLD.state, NEW.state) BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER legal_bases_fact_delete AFTER DELETE ON legal_bases WHEN OLD.case_id <> '' AND OLD.state = 'CONFIRMED' BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER legal_bases_begin BEFORE INSERT ON legal_bases
WHEN NEW.state <> 'WAITING' OR NEW.checked_on IS NOT NULL OR NEW.checked_by <> '' OR NEW.checked_agency <> '' OR NEW.refusal IS NOT NULL OR NEW.ended_on IS NOT NULL
  OR NEW.ended_by <> '' OR NEW.source_id = NEW.contributor_id BEGIN
  SELECT RAISE(ABORT, 'a legal basis begins by waiting for another agency');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER legal_bases_stay BEFORE UPDATE OF case_id, contributor_id, recorded_on, recorded_by, kind, reference, source_id, purpose, categories, sealed,
  valid_from, valid_until, delayed_until ON legal_bases BEGIN
  SELECT RAISE(ABORT, 'what a legal basis says is not changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER legal_bases_move BEFORE UPDATE ON legal_bases
WHEN NOT coalesce(
  (OLD.state = 'WAITING' AND NEW.state IN ('CONFIRMED', 'REFUSED') AND NEW.checked_by <> OLD.recorded_by AND NEW.checked_agency = OLD.source_id AND NEW.checked_on >= OLD.recorded_on
    AND NEW.ended_on IS NULL AND (NEW.state = 'REFUSED') = (NEW.refusal IS NOT NULL) AND (NEW.state = 'REFUSED' OR OLD.case_id <> '')
    AND EXISTS (SELECT 1 FROM members m WHERE m.id = NEW.checked_by AND m.agency_id = OLD.source_id AND m.active
      AND EXISTS (SELECT 1 FROM json_each(CAST(m.roles AS TEXT)) j WHERE j.value = 'DATA_PROTECTION_FOCAL_POINT')))
  OR (OLD.state IN ('WAITING', 'CONFIRMED') AND NEW.state = 'ENDED' AND NEW.ended_on IS NOT NULL
    AND NEW.checked_on IS OLD.checked_on AND NEW.checked_by = OLD.checked_by AND NEW.checked_agency = OLD.checked_agency AND NEW.refusal IS OLD.refusal), false) BEGIN
  SELECT RAISE(ABORT, 'a legal basis is decided about once, by the agency whose rows it asks for');
END;
-- +goose StatementEnd
