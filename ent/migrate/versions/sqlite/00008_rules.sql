-- +goose Up
-- What an access rests on, and the states of a referral.

ALTER TABLE `accesses` ADD COLUMN `referrer_id` text NOT NULL DEFAULT ('');
ALTER TABLE `accesses` ADD COLUMN `referral_agreement_id` text NOT NULL DEFAULT ('');
ALTER TABLE `persons` ADD COLUMN `deceased_on` integer NULL;

-- Who has a stored part of which case, and nothing else of the parts (A3).
CREATE VIEW case_contributors AS
  SELECT case_id, contributor_id FROM identities
  UNION SELECT case_id, contributor_id FROM contacts
  UNION SELECT case_id, contributor_id FROM profiles
  UNION SELECT case_id, contributor_id FROM traffickings
  UNION SELECT case_id, contributor_id FROM narratives;

-- An agency that is not the owner becomes a contributor by its first part, and stops
-- being one with its last: that decides what is open to it.

-- +goose StatementBegin
CREATE TRIGGER identities_fact_insert AFTER INSERT ON identities BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM identities WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER identities_fact_delete AFTER DELETE ON identities BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM identities WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER contacts_fact_insert AFTER INSERT ON contacts BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM identities WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER contacts_fact_delete AFTER DELETE ON contacts BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM identities WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER profiles_fact_insert AFTER INSERT ON profiles BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM identities WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER profiles_fact_delete AFTER DELETE ON profiles BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM identities WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER traffickings_fact_insert AFTER INSERT ON traffickings BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM identities WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER traffickings_fact_delete AFTER DELETE ON traffickings BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM identities WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER narratives_fact_insert AFTER INSERT ON narratives BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = NEW.case_id AND owner_id <> NEW.contributor_id
    AND 1 = (SELECT count(*) FROM identities WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = NEW.case_id AND contributor_id = NEW.contributor_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER narratives_fact_delete AFTER DELETE ON narratives BEGIN
  UPDATE case_files SET facts_version = facts_version + 1 WHERE id = OLD.case_id AND owner_id <> OLD.contributor_id
    AND 0 = (SELECT count(*) FROM identities WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM contacts WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM profiles WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM traffickings WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id)
    + (SELECT count(*) FROM narratives WHERE case_id = OLD.case_id AND contributor_id = OLD.contributor_id);
END;
-- +goose StatementEnd

-- What has ended has ended, and what was offered is accepted once (D3). Which side moves
-- it is known to the application alone here.

-- +goose StatementBegin
CREATE TRIGGER referrals_move BEFORE UPDATE OF state ON referrals
WHEN OLD.state <> NEW.state AND NOT (
  (OLD.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING') AND NEW.state IN ('INFORMATION_ASKED', 'WAITING', 'ACCEPTED', 'ACCEPTED_IN_PART', 'DECLINED', 'REVOKED'))
  OR (OLD.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND NEW.state IN ('COMPLETED', 'REVOKED')))
BEGIN
  SELECT RAISE(ABORT, 'a referral does not come from that state to that');
END;
-- +goose StatementEnd
