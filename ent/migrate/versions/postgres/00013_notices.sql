-- +goose Up
-- Notices that are read and acknowledged, told to a member or team, and to those who
-- answer for agreements; retention decisions that are due; breaches that were reported.
ALTER TABLE "notices" ADD COLUMN "holder_id" character varying NOT NULL DEFAULT '';
CREATE INDEX "notice_subject_id" ON "notices" ("subject_id");
CREATE TABLE "notice_marks" (
  "id" character varying NOT NULL,
  "notice_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "kind" character varying NOT NULL,
  "reader_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "marked_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "noticemark_notice_id_kind_reader_id" ON "notice_marks" ("notice_id", "kind", "reader_id");
CREATE TABLE "retentions" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "case_id" character varying NOT NULL,
  "reference" character varying NOT NULL,
  "cause" character varying NOT NULL,
  "started_on" bigint NOT NULL,
  "due_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "retention_agency_id_case_id" ON "retentions" ("agency_id", "case_id");
CREATE INDEX "retention_agency_id_due_on" ON "retentions" ("agency_id", "due_on");
CREATE TABLE "breaches" (
  "id" character varying NOT NULL,
  "agreement_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "found_on" bigint NOT NULL,
  "reported_on" bigint NOT NULL,
  "due_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "breach_agreement_id" ON "breaches" ("agreement_id");

-- A notice is for the agency, or for whom it names there (D5); one about a single case
-- for those who do case work; one about an interruption of agreements for those who
-- answer for them: beside "access ended" it would tell why (C8, D6).
DROP POLICY request_select ON notices;
CREATE POLICY request_select ON notices FOR SELECT TO sala_request
  USING (agency_id = sala_agency()
    AND (holder_id = '' OR holder_id = ANY (string_to_array(nullif(current_setting('sala.holders', true), ''), ',')))
    AND (sala_flag('casework') OR sala_flag('casenotices')
      OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach'))
    AND (sala_flag('parties') OR kind NOT IN
      ('AGREEMENT_SUSPENDED', 'AGREEMENT_ENDED', 'AGREEMENT_SHUT_DOWN', 'AGENCY_SUSPENDED', 'AGENCY_RESUMED', 'BREACH_REPORTED')));

ALTER TABLE notice_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE retentions ENABLE ROW LEVEL SECURITY;
ALTER TABLE breaches ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON notice_marks TO sala_request;
CREATE POLICY request_select ON notice_marks FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
-- Whoever marks a notice sees it; a member reads for itself, and acknowledges for all.
CREATE POLICY request_insert ON notice_marks FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND member_id = sala_member()
    AND reader_id = CASE kind WHEN 'READ' THEN sala_member() WHEN 'ACKNOWLEDGED' THEN sala_agency() END
    AND EXISTS (SELECT 1 FROM notices n WHERE n.id = notice_id));
GRANT SELECT, INSERT ON retentions TO sala_request;
CREATE POLICY request_select ON retentions FOR SELECT TO sala_request
  USING (agency_id = sala_agency());
CREATE POLICY request_insert ON retentions FOR INSERT TO sala_request
  WITH CHECK (agency_id = sala_agency() AND sala_owns(case_id));
GRANT SELECT ON breaches TO sala_request;
CREATE POLICY request_select ON breaches FOR SELECT TO sala_request
  USING (sala_is_party(agreement_id) AND sala_flag('parties'));
GRANT SELECT, INSERT ON breaches TO sala_onboarding;
CREATE POLICY onboarding_select ON breaches FOR SELECT TO sala_onboarding USING (true);
CREATE POLICY onboarding_insert ON breaches FOR INSERT TO sala_onboarding WITH CHECK (true);

-- The agency that an offered transfer names declines it; it changes nothing else of a case
-- that is not its own (A4).
-- +goose StatementBegin
CREATE FUNCTION sala_decline_transfer(p_case text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE case_files SET transfer_to_id = '', transfer_consent_id = ''
    WHERE id = p_case AND transfer_to_id = sala_agency() AND transfer_to_id <> '' AND sala_flag('casework');
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_decline_transfer(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_decline_transfer(text) TO sala_request;

-- Keys that are not remembered any more are swept by the role that erases.
GRANT SELECT (expires_on), DELETE ON idempotency_keys TO sala_erasure;
CREATE POLICY erasure_select ON idempotency_keys FOR SELECT TO sala_erasure
  USING (expires_on <= sala_now());
CREATE POLICY erasure_delete ON idempotency_keys FOR DELETE TO sala_erasure
  USING (expires_on <= sala_now());

-- sala_erase, as before; and whatever names the case, or a row of it, without a column of
-- the case: notices, who has read them, and what mutations resulted in.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_erase(p_case text, p_now bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tables text[];
  v_left text[];
  v_table text;
  v_ids text[] := ARRAY[p_case];
  v_more text[];
BEGIN
  IF NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = p_case AND e.confirmed_by IS NOT NULL AND e.confirmed_by <> e.asked_by
      AND e.stopped_on IS NULL AND e.done_on IS NULL AND e.due_on <= p_now
      AND e.due_on <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) THEN
    RAISE EXCEPTION 'no erasure of this case is due' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO erased_details SELECT encode(d.commitment, 'hex') FROM disclosures d WHERE d.case_id = p_case ON CONFLICT DO NOTHING;
  SELECT array_agg(c.table_name::text) INTO v_tables FROM information_schema.columns c
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'public' AND c.column_name = 'case_id' AND c.table_name NOT IN ('erasures', 'imported_rows');
  FOREACH v_table IN ARRAY v_tables LOOP
    IF EXISTS (SELECT 1 FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = v_table AND c.column_name = 'id') THEN
      EXECUTE format('SELECT array_agg(id::text) FROM %I WHERE case_id = $1', v_table) INTO v_more USING p_case;
      v_ids := v_ids || coalesce(v_more, '{}');
    END IF;
  END LOOP;
  DELETE FROM notice_marks m USING notices n WHERE n.id = m.notice_id AND n.subject_id = ANY (v_ids);
  DELETE FROM notices WHERE subject_id = ANY (v_ids);
  DELETE FROM idempotency_keys WHERE result_ids ?| v_ids;
  -- Rows refer to each other: what cannot go yet goes in the next round.
  FOR round IN 1..10 LOOP
    v_left := '{}';
    FOREACH v_table IN ARRAY v_tables LOOP
      BEGIN
        EXECUTE format('DELETE FROM %I WHERE case_id = $1', v_table) USING p_case;
      EXCEPTION WHEN foreign_key_violation THEN v_left := v_left || v_table;
      END;
    END LOOP;
    EXIT WHEN v_left = '{}';
    v_tables := v_left;
  END LOOP;
  DELETE FROM case_files WHERE id = p_case;
END $$;
-- +goose StatementEnd
