-- +goose Up
-- After how many months a closed case is due for a decision about keeping it (H4).
ALTER TABLE `agencies` ADD COLUMN `closed_case_months` integer NULL;
