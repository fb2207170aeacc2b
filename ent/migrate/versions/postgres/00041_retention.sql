-- +goose Up
-- After how many months a closed case is due for a decision about keeping it (H4).
ALTER TABLE "agencies" ADD COLUMN "closed_case_months" bigint NULL;

-- What is due by time is noted, and taken back, by the role that tells of what ends by time;
-- it knows of cases' closings alone, and writes nothing of other causes.
GRANT SELECT (id, case_id, from_state, to_state, recorded_on, version) ON case_changes TO sala_policy;
CREATE POLICY policy_select ON case_changes FOR SELECT TO sala_policy USING (to_state IN ('CLOSED', 'CLOSED_REFERRED'));
GRANT SELECT (case_id, suspect_id, stopped_on) ON erasures TO sala_policy;
CREATE POLICY policy_select ON erasures FOR SELECT TO sala_policy USING (true);
GRANT SELECT, INSERT, DELETE ON retentions TO sala_policy;
CREATE POLICY policy_select ON retentions FOR SELECT TO sala_policy USING (cause = 'PERIOD_PASSED');
CREATE POLICY policy_delete ON retentions FOR DELETE TO sala_policy USING (cause = 'PERIOD_PASSED');
CREATE POLICY policy_insert ON retentions FOR INSERT TO sala_policy WITH CHECK (cause = 'PERIOD_PASSED' AND EXISTS (SELECT 1 FROM case_files f
  JOIN case_changes c ON c.case_id = f.id AND c.id = row_id
  WHERE f.id = retentions.case_id AND f.owner_id = retentions.agency_id AND f.state IN ('CLOSED', 'CLOSED_REFERRED')));
