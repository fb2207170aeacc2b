-- +goose Up
-- What the facts of a case were like when policy decided on them: a change of policy reads
-- the facts of one case of each shape. It is for the role of policy, as the facts are.

CREATE TABLE "case_shapes" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "facts_version" bigint NOT NULL,
  "digest" bytea NOT NULL,
  "instants" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "caseshape_case_id" ON "case_shapes" ("case_id");
ALTER TABLE case_shapes ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON case_shapes TO sala_policy;
GRANT UPDATE (facts_version, digest, instants) ON case_shapes TO sala_policy;
GRANT SELECT ON case_shapes TO sala_trial;
CREATE POLICY policy_select ON case_shapes FOR SELECT TO sala_policy
  USING (true);
CREATE POLICY policy_insert ON case_shapes FOR INSERT TO sala_policy
  WITH CHECK (true);
CREATE POLICY policy_update ON case_shapes FOR UPDATE TO sala_policy
  USING (true)
  WITH CHECK (true);
CREATE POLICY trial_select ON case_shapes FOR SELECT TO sala_trial
  USING (true);
