-- +goose Up
-- What the facts of a case were like when policy decided on them: a change of policy reads
-- the facts of one case of each shape. It is for the role of policy, as the facts are.

CREATE TABLE "case_shapes" (
  "id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "facts_version" bigint NOT NULL,
  "digest" bytea NOT NULL,
  "instants" bytea NOT NULL,
  "ids" bytea NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "caseshape_case_id" ON "case_shapes" ("case_id");
ALTER TABLE case_shapes ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON case_shapes TO sala_policy;
GRANT UPDATE (facts_version, digest, instants, ids) ON case_shapes TO sala_policy;
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

-- What sala_bits says, as an expression that a query takes in: the second wall asks it
-- several times for each access that is written.
CREATE OR REPLACE FUNCTION sala_bits(words jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(words) = 'array' THEN
    ((words ? 'CASE')::int::bigint << 0) |
    ((words ? 'IDENTITY')::int::bigint << 1) |
    ((words ? 'CONTACT')::int::bigint << 2) |
    ((words ? 'WHEREABOUTS')::int::bigint << 3) |
    ((words ? 'PROFILE')::int::bigint << 4) |
    ((words ? 'FAMILY')::int::bigint << 5) |
    ((words ? 'TRAFFICKING')::int::bigint << 6) |
    ((words ? 'PROTECTION')::int::bigint << 7) |
    ((words ? 'HEALTH')::int::bigint << 8) |
    ((words ? 'HEALTH_RESTRICTED')::int::bigint << 9) |
    ((words ? 'ASSISTANCE')::int::bigint << 10) |
    ((words ? 'JUSTICE')::int::bigint << 11) |
    ((words ? 'SUSPECT')::int::bigint << 12) |
    ((words ? 'NARRATIVE')::int::bigint << 13)
    ELSE 0 END
$$;
