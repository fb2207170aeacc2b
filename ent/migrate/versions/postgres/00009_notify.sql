-- +goose Up
-- The job that tells of what ended by time or by a gate looks whether it has told.
GRANT SELECT ON notices TO sala_policy;
CREATE POLICY policy_select ON notices FOR SELECT TO sala_policy
  USING (true);
