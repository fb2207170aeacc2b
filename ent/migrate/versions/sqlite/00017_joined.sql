-- +goose Up
-- What was goes with the case alone (H4): also where an import is taken back, and where an
-- agency that left is forgotten with all that it had contributed.
DROP TRIGGER identity_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER identity_versions_delete BEFORE DELETE ON identity_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER contact_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER contact_versions_delete BEFORE DELETE ON contact_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER profile_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER profile_versions_delete BEFORE DELETE ON profile_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER trafficking_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER trafficking_versions_delete BEFORE DELETE ON trafficking_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER narrative_versions_delete;
-- +goose StatementBegin
CREATE TRIGGER narrative_versions_delete BEFORE DELETE ON narrative_versions WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) AND NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = OLD.contributor_id AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER case_transfers_delete;
-- +goose StatementBegin
CREATE TRIGGER case_transfers_delete BEFORE DELETE ON case_transfers WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
DROP TRIGGER case_changes_delete;
-- +goose StatementBegin
CREATE TRIGGER case_changes_delete BEFORE DELETE ON case_changes WHEN NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = OLD.case_id AND e.confirmed_by IS NOT NULL AND e.stopped_on IS NULL AND e.done_on IS NULL)
    AND NOT EXISTS (SELECT 1 FROM undone_cases u WHERE u.case_id = OLD.case_id) BEGIN
  SELECT RAISE(ABORT, 'the history of a case is not changed');
END;
-- +goose StatementEnd
