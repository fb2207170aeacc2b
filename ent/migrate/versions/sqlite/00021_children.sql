-- +goose Up
-- Children, and who decides for those who cannot (E1 to E6, C7): who speaks for a child,
-- what was decided in her best interests and by whom it is signed, spells of incapacity.

ALTER TABLE `consents` ADD COLUMN `guardianship_id` text NULL;
ALTER TABLE `consents` ADD COLUMN `best_interests_id` text NULL;
ALTER TABLE `consents` ADD COLUMN `childs_views` text NULL;
ALTER TABLE `consents` ADD COLUMN `mature_and_safe` bool NOT NULL DEFAULT (false);
CREATE INDEX `person_adult_latest` ON `persons` (`adult_latest`);
CREATE TABLE `guardianships` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `relation` text NOT NULL,
  `capacity` text NOT NULL,
  `sealed` blob NOT NULL,
  `agency_id` text NOT NULL DEFAULT (''),
  `conflict` bool NOT NULL DEFAULT (false),
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `guardianship_case_id` ON `guardianships` (`case_id`);
CREATE TABLE `best_interests` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `kind` text NOT NULL,
  `matter` text NOT NULL,
  `stands_for` json NOT NULL,
  `panel` json NULL,
  `sealed` blob NOT NULL,
  `decided_on` integer NOT NULL,
  `review_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `bestinterests_case_id` ON `best_interests` (`case_id`);
CREATE TABLE `interests_signatures` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `interests_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `capacity` text NOT NULL,
  `signed_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `interestssignature_interests_id_member_id` ON `interests_signatures` (`interests_id`, `member_id`);
CREATE INDEX `interestssignature_case_id` ON `interests_signatures` (`case_id`);
CREATE TABLE `incapacities` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `kind` text NOT NULL,
  `sealed` blob NOT NULL,
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `incapacity_case_id` ON `incapacities` (`case_id`);

-- +goose StatementBegin
CREATE TRIGGER guardianships_fact_insert AFTER INSERT ON guardianships BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER guardianships_fact_update AFTER UPDATE ON guardianships BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER guardianships_fact_delete AFTER DELETE ON guardianships BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER best_interests_fact_insert AFTER INSERT ON best_interests BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER best_interests_fact_update AFTER UPDATE ON best_interests BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER best_interests_fact_delete AFTER DELETE ON best_interests BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER interests_signatures_fact_insert AFTER INSERT ON interests_signatures BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER interests_signatures_fact_update AFTER UPDATE ON interests_signatures BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER interests_signatures_fact_delete AFTER DELETE ON interests_signatures BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER incapacities_fact_insert AFTER INSERT ON incapacities BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER incapacities_fact_update AFTER UPDATE ON incapacities BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER incapacities_fact_delete AFTER DELETE ON incapacities BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id;
END;
-- +goose StatementEnd
