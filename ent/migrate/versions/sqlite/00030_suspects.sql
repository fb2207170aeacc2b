-- +goose Up
-- The row of one cleared suspect is erased alone, by two members of its contributor and
-- after 14 days, as a person is (B2, H4). The key of the case stays: the row goes.
ALTER TABLE `erasures` ADD COLUMN `suspect_id` text NOT NULL DEFAULT '';
DROP INDEX `erasure_case_id`;
CREATE INDEX `erasure_case_id_suspect_id` ON `erasures` (`case_id`, `suspect_id`);

-- What was goes with the case, and what a suspect's row was with that row.
DROP TRIGGER identity_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER identity_versions_delete BEFORE DELETE ON identity_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER contact_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER contact_versions_delete BEFORE DELETE ON contact_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER profile_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER profile_versions_delete BEFORE DELETE ON profile_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER trafficking_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER trafficking_versions_delete BEFORE DELETE ON trafficking_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER narrative_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER narrative_versions_delete BEFORE DELETE ON narrative_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER whereabouts_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER whereabouts_versions_delete BEFORE DELETE ON whereabouts_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER family_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER family_versions_delete BEFORE DELETE ON family_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER protection_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER protection_versions_delete BEFORE DELETE ON protection_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER health_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER health_versions_delete BEFORE DELETE ON health_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER health_restricted_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER health_restricted_versions_delete BEFORE DELETE ON health_restricted_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER assistance_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER assistance_versions_delete BEFORE DELETE ON assistance_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER proceeding_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER proceeding_versions_delete BEFORE DELETE ON proceeding_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER suspect_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER suspect_versions_delete BEFORE DELETE ON suspect_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id IN ('', OLD.row_id) AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER case_transfers_delete;
-- +goose StatementBegin
CREATE TRIGGER case_transfers_delete BEFORE DELETE ON case_transfers WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER case_changes_delete;
-- +goose StatementBegin
CREATE TRIGGER case_changes_delete BEFORE DELETE ON case_changes WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.suspect_id = '' AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
