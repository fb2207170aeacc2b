-- +goose Up
-- What an agency has of a case is found by both, not among all that it has.
DROP INDEX `access_case_id_contributor_id`;
CREATE INDEX `access_case_id_grantee_id_contributor_id` ON `accesses` (`case_id`, `grantee_id`, `contributor_id`);

-- What ends by itself is told: the job that looks for it each few seconds finds it by its
-- time, and reads no more than that.
CREATE INDEX `access_valid_until` ON `accesses` (`valid_until`);
CREATE INDEX `referral_valid_until` ON `referrals` (`valid_until`);
CREATE INDEX `referral_reply_by` ON `referrals` (`reply_by`);
CREATE INDEX `casefile_transfer_to_id` ON `case_files` (`transfer_to_id`);
