-- +goose Up
-- What an agency has of a case is found by both, not among all that it has.
DROP INDEX "access_case_id_contributor_id";
CREATE INDEX "access_case_id_grantee_id_contributor_id" ON "accesses" ("case_id", "grantee_id", "contributor_id");

-- What ends by itself is told: the job that looks for it each few seconds finds it by its
-- time, and reads no more than that.
CREATE INDEX "access_valid_until" ON "accesses" ("valid_until");
CREATE INDEX "referral_valid_until" ON "referrals" ("valid_until");
CREATE INDEX "referral_reply_by" ON "referrals" ("reply_by");
CREATE INDEX "casefile_transfer_to_id" ON "case_files" ("transfer_to_id");

-- What an access says stays as it was looked at when it was written; how far it counts is
-- all that changes, and rests on nothing. Accesses to own rows were looked at again at each
-- change of policy.
DROP TRIGGER accesses_own_changed ON accesses;
-- +goose StatementBegin
CREATE FUNCTION sala_access_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an access is not altered: it is written anew' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE 'CREATE TRIGGER accesses_kept BEFORE UPDATE OF '
    || (SELECT string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position) FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.table_name = 'accesses' AND c.column_name NOT IN ('first_sequence', 'last_sequence'))
    || ' ON accesses FOR EACH ROW EXECUTE FUNCTION sala_access_kept()';
END $$;
-- +goose StatementEnd

-- Accesses to others' rows are looked at once a statement too, as those to own rows are.
-- What differs in nothing but whom it is for, and in categories, rests on the same: each
-- category is looked at by itself, so that all of them together stand where each does.
DROP TRIGGER accesses_rest ON accesses;
DROP TRIGGER accesses_held ON accesses;
DROP FUNCTION sala_access_rests();
DROP FUNCTION sala_access_held();
-- +goose StatementBegin
CREATE FUNCTION sala_accesses_rest() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  a accesses;
BEGIN
  IF EXISTS (SELECT 1 FROM agencies g WHERE g.kind = 'REGIONAL_COUNTERPART' AND g.id IN
      (SELECT m.grantee_id FROM made m WHERE m.grantee_id <> m.contributor_id UNION SELECT m.contributor_id FROM made m WHERE m.grantee_id <> m.contributor_id)) THEN
    RAISE EXCEPTION 'an access of a regional counterpart' USING ERRCODE = 'check_violation'; -- J7
  END IF;
  IF EXISTS (SELECT 1 FROM (SELECT DISTINCT m.grantee_id, m.member_id FROM made m WHERE m.grantee_id <> m.contributor_id AND m.member_id NOT IN ('', m.grantee_id)) m
      WHERE NOT EXISTS (SELECT 1 FROM members x WHERE x.id = m.member_id AND x.agency_id = m.grantee_id)
        AND NOT EXISTS (SELECT 1 FROM teams x WHERE x.id = m.member_id AND x.agency_id = m.grantee_id)
        AND NOT EXISTS (SELECT 1 FROM agency_units x WHERE x.id = m.member_id AND x.agency_id = m.grantee_id)) THEN
    RAISE EXCEPTION 'an access of somebody who is no member of the agency' USING ERRCODE = 'check_violation'; -- D5
  END IF;
  IF EXISTS (SELECT 1 FROM made m WHERE m.grantee_id <> m.contributor_id AND (m.basis = 'BREAK_GLASS') <> (m.break_glass_id IS NOT NULL)) THEN
    RAISE EXCEPTION 'an access names a break-glass where it rests on one' USING ERRCODE = 'check_violation';
  END IF;
  FOR a IN SELECT (jsonb_populate_record(NULL::accesses, k.alike || jsonb_build_object('categories', k.categories))).* FROM (
      SELECT l.alike, bit_or(l.categories) AS categories FROM (
        SELECT m.categories, to_jsonb(m) - CASE WHEN m.basis IN ('LEGAL_BASIS', 'BREAK_GLASS') THEN ARRAY['id'] ELSE ARRAY['id', 'member_id', 'categories'] END AS alike
        FROM made m WHERE m.grantee_id <> m.contributor_id) l
      GROUP BY l.alike, CASE WHEN l.alike ? 'categories' THEN l.categories END) k LOOP
    CASE a.basis
      WHEN 'LEGAL_BASIS' THEN PERFORM sala_legal_access_rests(a);
      WHEN 'BREAK_GLASS' THEN PERFORM sala_glass_access_rests(a);
      ELSE PERFORM sala_shared_access_rests(a);
    END CASE;
  END LOOP;
  RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sala_accesses_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM (SELECT DISTINCT m.case_id, m.grantee_id, m.member_id FROM made m
        WHERE m.grantee_id <> m.contributor_id AND m.member_id NOT IN ('', m.grantee_id) AND m.break_glass_id IS NULL) m
      WHERE NOT EXISTS (SELECT 1 FROM assignments s WHERE s.case_id = m.case_id AND s.agency_id = m.grantee_id AND s.member_id = m.member_id AND s.ended_on IS NULL)) THEN
    RAISE EXCEPTION 'an access for one who is not on the case' USING ERRCODE = 'check_violation'; -- D5
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER accesses_rest AFTER INSERT ON accesses REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION sala_accesses_rest();
CREATE TRIGGER accesses_held AFTER INSERT ON accesses REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION sala_accesses_held();

-- What looks at an access is planned once, by the indexes: planning took longer than looking.
-- +goose StatementBegin
DO $$
DECLARE
  f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
      AND p.proname IN ('sala_shared_access_rests', 'sala_word_said', 'sala_leaf', 'sala_agreed', 'sala_recorded', 'sala_said') LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', f);
    EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', f);
  END LOOP;
END $$;
-- +goose StatementEnd

-- A change of policy touches every case, and many accesses: with room left on a page none
-- of their indexes is written.
ALTER TABLE case_files SET (fillfactor = 85);
ALTER TABLE accesses SET (fillfactor = 90);
