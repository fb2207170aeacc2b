-- +goose Up
-- The country whose law an agency works under; empty: none.
ALTER TABLE `agencies` ADD COLUMN `country` text NOT NULL DEFAULT ('');
