-- +goose Up
DROP INDEX `provision_recipient_id`;
CREATE INDEX `provision_recipient_id_case_id` ON `provisions` (`recipient_id`, `case_id`);
