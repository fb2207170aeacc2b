-- +goose Up
-- What the facts of a case were like when policy decided on them: a change of policy reads
-- the facts of one case of each shape.
CREATE TABLE `case_shapes` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `facts_version` integer NOT NULL,
  `digest` blob NOT NULL,
  `instants` blob NOT NULL,
  `ids` blob NOT NULL,
  PRIMARY KEY (`id`)
);
CREATE UNIQUE INDEX `caseshape_case_id` ON `case_shapes` (`case_id`);
