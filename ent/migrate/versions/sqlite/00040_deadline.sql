-- +goose Up
-- Whom an agency that leaves offers its cases to where nobody is named, and until when it is
-- to have left.
ALTER TABLE `offboardings` ADD COLUMN `hand_over_to_id` text NULL;
ALTER TABLE `offboardings` ADD COLUMN `deadline` integer NULL;
