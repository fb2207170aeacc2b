-- +goose Up
-- The parts of a case that were missing: where she is, her family, protection, health,
-- assistance, proceedings and their suspects (B).

CREATE TABLE `whereabouts` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `whereabouts_case_files_whereabouts` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `whereabouts_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
CREATE INDEX `whereabouts_case_id_contributor_id` ON `whereabouts` (`case_id`, `contributor_id`);
CREATE TABLE `whereabouts_versions` (
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
CREATE UNIQUE INDEX `whereaboutsversion_row_id_version` ON `whereabouts_versions` (`row_id`, `version`);
CREATE INDEX `whereaboutsversion_case_id_contributor_id` ON `whereabouts_versions` (`case_id`, `contributor_id`);
CREATE TABLE `families` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `families_case_files_family` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `families_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
CREATE INDEX `family_case_id_contributor_id` ON `families` (`case_id`, `contributor_id`);
CREATE TABLE `family_versions` (
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
CREATE UNIQUE INDEX `familyversion_row_id_version` ON `family_versions` (`row_id`, `version`);
CREATE INDEX `familyversion_case_id_contributor_id` ON `family_versions` (`case_id`, `contributor_id`);
CREATE TABLE `protections` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `protections_case_files_protections` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `protections_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
CREATE UNIQUE INDEX `protection_case_id_contributor_id` ON `protections` (`case_id`, `contributor_id`);
CREATE TABLE `protection_versions` (
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
CREATE UNIQUE INDEX `protectionversion_row_id_version` ON `protection_versions` (`row_id`, `version`);
CREATE INDEX `protectionversion_case_id_contributor_id` ON `protection_versions` (`case_id`, `contributor_id`);
CREATE TABLE `health` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `health_case_files_health` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `health_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
CREATE INDEX `health_case_id_contributor_id` ON `health` (`case_id`, `contributor_id`);
CREATE TABLE `health_versions` (
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
CREATE UNIQUE INDEX `healthversion_row_id_version` ON `health_versions` (`row_id`, `version`);
CREATE INDEX `healthversion_case_id_contributor_id` ON `health_versions` (`case_id`, `contributor_id`);
CREATE TABLE `health_restricted` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `health_restricted_case_files_health_restricted` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `health_restricted_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
CREATE INDEX `healthrestricted_case_id_contributor_id` ON `health_restricted` (`case_id`, `contributor_id`);
CREATE TABLE `health_restricted_versions` (
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
CREATE UNIQUE INDEX `healthrestrictedversion_row_id_version` ON `health_restricted_versions` (`row_id`, `version`);
CREATE INDEX `healthrestrictedversion_case_id_contributor_id` ON `health_restricted_versions` (`case_id`, `contributor_id`);
CREATE TABLE `assistances` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `state` text NULL,
  `service` text NULL,
  `support_type` text NULL,
  `programme` text NULL,
  `provider` text NULL,
  `objectives` text NULL,
  `action_plan` text NULL,
  `started_on` json NULL,
  `planned_end` json NULL,
  `ended_on` json NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `assistances_case_files_assistance` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `assistances_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
CREATE INDEX `assistance_case_id_contributor_id` ON `assistances` (`case_id`, `contributor_id`);
CREATE TABLE `assistance_versions` (
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
CREATE UNIQUE INDEX `assistanceversion_row_id_version` ON `assistance_versions` (`row_id`, `version`);
CREATE INDEX `assistanceversion_case_id_contributor_id` ON `assistance_versions` (`case_id`, `contributor_id`);
CREATE TABLE `proceedings` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `sealed` blob NOT NULL,
  `party_ids` json NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `proceedings_case_files_proceedings` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `proceedings_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
CREATE INDEX `proceeding_case_id_contributor_id` ON `proceedings` (`case_id`, `contributor_id`);
CREATE TABLE `proceeding_versions` (
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
CREATE UNIQUE INDEX `proceedingversion_row_id_version` ON `proceeding_versions` (`row_id`, `version`);
CREATE INDEX `proceedingversion_case_id_contributor_id` ON `proceeding_versions` (`case_id`, `contributor_id`);
CREATE TABLE `suspects` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `corrected_on` integer NULL,
  `corrected_by` text NULL,
  `sealed` blob NOT NULL,
  `cleared_on` integer NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `proceeding_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `suspects_case_files_suspects` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `suspects_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `suspects_proceedings_suspects` FOREIGN KEY (`proceeding_id`) REFERENCES `proceedings` (`id`) ON DELETE NO ACTION
);
CREATE INDEX `suspect_case_id_contributor_id` ON `suspects` (`case_id`, `contributor_id`);
CREATE INDEX `suspect_proceeding_id` ON `suspects` (`proceeding_id`);
CREATE TABLE `suspect_versions` (
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
CREATE UNIQUE INDEX `suspectversion_row_id_version` ON `suspect_versions` (`row_id`, `version`);
CREATE INDEX `suspectversion_case_id_contributor_id` ON `suspect_versions` (`case_id`, `contributor_id`);

ALTER TABLE `retentions` ADD COLUMN `row_id` text NOT NULL DEFAULT ('');
DROP INDEX `retention_agency_id_case_id`;
CREATE UNIQUE INDEX `retention_agency_id_case_id_row_id` ON `retentions` (`agency_id`, `case_id`, `row_id`);

DROP TRIGGER identities_fact_insert;
DROP TRIGGER identities_fact_delete;
DROP TRIGGER contacts_fact_insert;
DROP TRIGGER contacts_fact_delete;
DROP TRIGGER profiles_fact_insert;
DROP TRIGGER profiles_fact_delete;
DROP TRIGGER traffickings_fact_insert;
DROP TRIGGER traffickings_fact_delete;
DROP TRIGGER narratives_fact_insert;
DROP TRIGGER narratives_fact_delete;
DROP VIEW case_contributors;

-- Every part of every case: who contributed it, and whether it was touched since. A part
-- that comes later is added here.
CREATE VIEW case_parts AS
  SELECT case_id, contributor_id, version, recorded_on FROM identities
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM contacts
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM profiles
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM traffickings
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM narratives
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM whereabouts
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM families
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM protections
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM health
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM health_restricted
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM assistances
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM proceedings
  UNION ALL SELECT case_id, contributor_id, version, recorded_on FROM suspects;

-- Who has a stored part of which case, and nothing else of the parts (A3).
CREATE VIEW case_contributors AS SELECT DISTINCT case_id, contributor_id FROM case_parts;

-- An agency that is not the owner becomes a contributor by its first part, and stops
-- being one with its last: that decides what is open to it.
-- +goose StatementBegin
CREATE TRIGGER identities_fact_insert AFTER INSERT ON identities BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER identities_fact_delete AFTER DELETE ON identities BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_fact_insert AFTER INSERT ON contacts BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_fact_delete AFTER DELETE ON contacts BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER profiles_fact_insert AFTER INSERT ON profiles BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER profiles_fact_delete AFTER DELETE ON profiles BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER traffickings_fact_insert AFTER INSERT ON traffickings BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER traffickings_fact_delete AFTER DELETE ON traffickings BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER narratives_fact_insert AFTER INSERT ON narratives BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER narratives_fact_delete AFTER DELETE ON narratives BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER whereabouts_fact_insert AFTER INSERT ON whereabouts BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER whereabouts_fact_delete AFTER DELETE ON whereabouts BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER families_fact_insert AFTER INSERT ON families BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER families_fact_delete AFTER DELETE ON families BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER protections_fact_insert AFTER INSERT ON protections BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER protections_fact_delete AFTER DELETE ON protections BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_fact_insert AFTER INSERT ON health BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_fact_delete AFTER DELETE ON health BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_restricted_fact_insert AFTER INSERT ON health_restricted BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_restricted_fact_delete AFTER DELETE ON health_restricted BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER assistances_fact_insert AFTER INSERT ON assistances BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER assistances_fact_delete AFTER DELETE ON assistances BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proceedings_fact_insert AFTER INSERT ON proceedings BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proceedings_fact_delete AFTER DELETE ON proceedings BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER suspects_fact_insert AFTER INSERT ON suspects BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM case_parts x WHERE x.case_id = NEW.case_id AND x.contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER suspects_fact_delete AFTER DELETE ON suspects BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM case_parts x WHERE x.case_id = OLD.case_id AND x.contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd

-- What was is not changed, and goes with the case alone (H4).
-- +goose StatementBegin
CREATE TRIGGER whereabouts_versions_update BEFORE UPDATE ON whereabouts_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER whereabouts_versions_delete BEFORE DELETE ON whereabouts_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER family_versions_update BEFORE UPDATE ON family_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER family_versions_delete BEFORE DELETE ON family_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER protection_versions_update BEFORE UPDATE ON protection_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER protection_versions_delete BEFORE DELETE ON protection_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_versions_update BEFORE UPDATE ON health_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_versions_delete BEFORE DELETE ON health_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_restricted_versions_update BEFORE UPDATE ON health_restricted_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER health_restricted_versions_delete BEFORE DELETE ON health_restricted_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER assistance_versions_update BEFORE UPDATE ON assistance_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER assistance_versions_delete BEFORE DELETE ON assistance_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proceeding_versions_update BEFORE UPDATE ON proceeding_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proceeding_versions_delete BEFORE DELETE ON proceeding_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER suspect_versions_update BEFORE UPDATE ON suspect_versions BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER suspect_versions_delete BEFORE DELETE ON suspect_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd

-- A suspect hangs on a proceeding of the same case and contributor (B2).
-- +goose StatementBegin
CREATE TRIGGER suspects_hang BEFORE INSERT ON suspects WHEN NOT EXISTS (SELECT 1 FROM proceedings p
    WHERE p.id = NEW.proceeding_id AND p.case_id = NEW.case_id AND p.contributor_id = NEW.contributor_id) BEGIN
  SELECT RAISE(ABORT, 'a suspect hangs on a proceeding of the same case and contributor');
END;
-- +goose StatementEnd

-- Who is of a proceeding, and that a suspect is cleared, decides what is shown: it is a fact
-- of the case.
-- +goose StatementBegin
CREATE TRIGGER suspects_cleared AFTER UPDATE OF cleared_on ON suspects WHEN NEW.cleared_on IS NOT OLD.cleared_on BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proceedings_parties AFTER UPDATE OF party_ids ON proceedings WHEN NEW.party_ids IS NOT OLD.party_ids BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd
