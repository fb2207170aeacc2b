-- +goose Up
-- What ends by itself is told: the job that looks for it each few seconds finds it by its
-- time, and reads no more than that.
CREATE INDEX `access_valid_until` ON `accesses` (`valid_until`);
CREATE INDEX `referral_valid_until` ON `referrals` (`valid_until`);
CREATE INDEX `referral_reply_by` ON `referrals` (`reply_by`);
CREATE INDEX `casefile_transfer_to_id` ON `case_files` (`transfer_to_id`);
