-- +goose Up
-- The networks that an agency's members may come from, each list from its time on: the
-- last that has begun and was not taken back counts. No list: from anywhere.
CREATE TABLE `allow_lists` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `networks` json NOT NULL,
  `proposal_id` text NULL,
  `created_on` integer NOT NULL,
  `valid_from` integer NOT NULL,
  `taken_back_on` integer NULL,
  PRIMARY KEY (`id`)
);
CREATE INDEX `allowlist_agency_id_valid_from` ON `allow_lists` (`agency_id`, `valid_from`);
