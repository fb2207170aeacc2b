-- +goose Up
-- Consents and referrals that name a unit of the agency (A5): what rests on one counts for
-- the members of that unit alone, whomever of the agency it is for.
ALTER TABLE `provisions` ADD COLUMN `unit_id` text NOT NULL DEFAULT ('');
ALTER TABLE `referrals` ADD COLUMN `unit_id` text NOT NULL DEFAULT ('');
ALTER TABLE `accesses` ADD COLUMN `unit_id` text NOT NULL DEFAULT ('');

-- A unit is named with its own agency. What class an agency is of says nothing of its units
-- (C3), and a case is transferred to an agency as a whole (A4).
-- +goose StatementBegin
CREATE TRIGGER provisions_unit BEFORE INSERT ON provisions WHEN NEW.unit_id <> '' BEGIN
  SELECT RAISE(ABORT, 'a unit that is not of the agency')
    WHERE NOT EXISTS (SELECT 1 FROM agency_units u WHERE u.id = NEW.unit_id AND u.agency_id = NEW.recipient_id);
  SELECT RAISE(ABORT, 'a unit that is named by class, or to which a case is transferred')
    WHERE NEW.recipient_class IS NOT NULL OR EXISTS (SELECT 1 FROM consents k WHERE k.id = NEW.consent_id AND k.kind = 'TRANSFER');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER referrals_unit BEFORE INSERT ON referrals WHEN NEW.unit_id <> '' BEGIN
  SELECT RAISE(ABORT, 'a unit that is not of the agency')
    WHERE NOT EXISTS (SELECT 1 FROM agency_units u WHERE u.id = NEW.unit_id AND u.agency_id = NEW.to_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER accesses_unit BEFORE INSERT ON accesses WHEN NEW.unit_id <> '' BEGIN
  SELECT RAISE(ABORT, 'a unit that is not of the agency')
    WHERE NOT EXISTS (SELECT 1 FROM agency_units u WHERE u.id = NEW.unit_id AND u.agency_id = NEW.grantee_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER provisions_unit_stays BEFORE UPDATE OF unit_id ON provisions BEGIN
  SELECT RAISE(ABORT, 'the unit that a statement is about does not change') WHERE NEW.unit_id <> OLD.unit_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER referrals_unit_stays BEFORE UPDATE OF unit_id ON referrals BEGIN
  SELECT RAISE(ABORT, 'the unit that a referral goes to does not change') WHERE NEW.unit_id <> OLD.unit_id;
END;
-- +goose StatementEnd

-- Facts say more than they did: the shapes of those from before are of none any more. They are
-- written anew with the next decision.
DELETE FROM case_shapes;
