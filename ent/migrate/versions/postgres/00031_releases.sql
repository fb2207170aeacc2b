-- +goose Up
-- Releases: what was published, the account of each population's privacy budget, and the
-- one view that a build reads, under a role that reads nothing else.

-- The country where she was exploited, beside the place as written: free text is never
-- released, and a corridor has two ends.
ALTER TABLE "traffickings" ADD COLUMN "exploitation_country" character varying NULL;

CREATE TABLE "releases" (
  "id" character varying NOT NULL,
  "name" character varying NOT NULL,
  "edition" bigint NOT NULL,
  "digest" character varying NOT NULL,
  "population" character varying NOT NULL,
  "year_from" bigint NOT NULL,
  "year_to" bigint NOT NULL,
  "audience" jsonb NOT NULL,
  "cells" bytea NOT NULL,
  "snapshot" jsonb NOT NULL,
  "built_by" character varying NOT NULL,
  "published_by" character varying NOT NULL,
  "published_on" bigint NOT NULL,
  "withdrawn_by" character varying NULL,
  "withdrawn_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "releases_digest_key" ON "releases" ("digest");
CREATE UNIQUE INDEX "release_name_edition" ON "releases" ("name", "edition");
CREATE INDEX "release_population" ON "releases" ("population");
CREATE TABLE "budget_entries" (
  "id" character varying NOT NULL,
  "population" character varying NOT NULL,
  "release_id" character varying NOT NULL,
  "epsilon" bigint NOT NULL,
  "delta" bigint NOT NULL,
  "limit_epsilon" bigint NOT NULL,
  "limit_delta" bigint NOT NULL,
  "spent_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "budget_entries_release_id_key" ON "budget_entries" ("release_id");
CREATE INDEX "budgetentry_population" ON "budget_entries" ("population");

-- Publishing is the work of the role that reads no case.
ALTER TABLE releases ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_entries ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON releases, budget_entries TO sala_onboarding;
GRANT UPDATE (withdrawn_by, withdrawn_on) ON releases TO sala_onboarding;
CREATE POLICY onboarding_select ON releases FOR SELECT TO sala_onboarding USING (true);
CREATE POLICY onboarding_insert ON releases FOR INSERT TO sala_onboarding WITH CHECK (true);
CREATE POLICY onboarding_update ON releases FOR UPDATE TO sala_onboarding USING (true) WITH CHECK (true);
CREATE POLICY onboarding_select ON budget_entries FOR SELECT TO sala_onboarding USING (true);
CREATE POLICY onboarding_insert ON budget_entries FOR INSERT TO sala_onboarding WITH CHECK (true);

-- Publications come one after the other, so that each is compared with all before it.
-- +goose StatementBegin
CREATE FUNCTION sala_lock_releases() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(sala_lock_key('release', 'publication'));
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_lock_releases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_lock_releases() TO sala_onboarding;

-- A release is published once, by two, after those before it, and is only withdrawn then.
-- +goose StatementBegin
CREATE FUNCTION sala_release_stays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM sala_lock_releases();
    IF NEW.built_by = '' OR NEW.published_by = '' OR NEW.built_by = NEW.published_by THEN
      RAISE EXCEPTION 'a release is built and published by two' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.withdrawn_on IS NOT NULL OR NEW.withdrawn_by IS NOT NULL
        OR NEW.edition <> 1 + coalesce((SELECT max(r.edition) FROM releases r WHERE r.name = NEW.name), 0) THEN
      RAISE EXCEPTION 'a release is the next edition of its name' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.withdrawn_on IS NULL AND NEW.withdrawn_on IS NOT NULL AND NEW.withdrawn_by <> ''
      AND to_jsonb(NEW) - 'withdrawn_on' - 'withdrawn_by' = to_jsonb(OLD) - 'withdrawn_on' - 'withdrawn_by' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was published stays' USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER releases_stay BEFORE INSERT OR UPDATE OR DELETE ON releases FOR EACH ROW EXECUTE FUNCTION sala_release_stays();

-- An account only grows, and never beyond what it was opened with. No time is compared: a
-- clock that is set back changes nothing.
-- +goose StatementBegin
CREATE FUNCTION sala_budget_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v record;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION 'what was spent stays spent' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM sala_lock_releases();
  IF NEW.epsilon <= 0 OR NEW.delta < 0 OR NEW.limit_epsilon <= 0 OR NEW.limit_delta < 0 THEN
    RAISE EXCEPTION 'that is no privacy budget' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM releases r WHERE r.id = NEW.release_id AND r.population = NEW.population) THEN
    RAISE EXCEPTION 'a budget is spent by a publication' USING ERRCODE = 'check_violation';
  END IF;
  SELECT coalesce(sum(b.epsilon), 0) AS epsilon, coalesce(sum(b.delta), 0) AS delta,
    coalesce(min(b.limit_epsilon), NEW.limit_epsilon) AS limit_epsilon, coalesce(min(b.limit_delta), NEW.limit_delta) AS limit_delta
    INTO v FROM budget_entries b WHERE b.population = NEW.population;
  IF NEW.limit_epsilon <> v.limit_epsilon OR NEW.limit_delta <> v.limit_delta THEN
    RAISE EXCEPTION 'the budget of a population is what its account was opened with' USING ERRCODE = 'check_violation';
  END IF;
  IF v.epsilon + NEW.epsilon > v.limit_epsilon OR v.delta + NEW.delta > v.limit_delta THEN
    RAISE EXCEPTION 'the budget of the population is spent' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER budget_entries_hold BEFORE INSERT OR UPDATE OR DELETE ON budget_entries FOR EACH ROW EXECUTE FUNCTION sala_budget_holds();

-- +goose StatementBegin
DO $$
BEGIN
  BEGIN
    CREATE ROLE sala_release NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- made beside us, or by another database of this cluster
  END;
  BEGIN
    GRANT sala_release TO sala_app;
  EXCEPTION WHEN unique_violation OR internal_error THEN NULL; -- granted beside us
  END;
END $$;
-- +goose StatementEnd
GRANT USAGE ON SCHEMA public TO sala_release;
-- It reads through the view alone; this function was left open to everybody in 00025.
REVOKE ALL ON FUNCTION sala_contributed() FROM PUBLIC;

-- release_rows: what of a case, and of a referral by its owner, may go into a release.
-- No name, no free text, no id and no day: years and quarters (UTC+7), bands of age, words
-- from lists, countries. Of a case that is left out the reason alone, with its year. Only
-- the owner's own rows (A2), of categories that an agreement of the owner for STATISTICS
-- covers (J6). "subject" numbers the persons anew at each reading.
CREATE VIEW release_rows WITH (security_barrier = true) AS
WITH agreed AS (
  SELECT p.agency_id, g.case_kinds, g.categories
  FROM agreements g JOIN agreement_parties p ON p.agreement_id = g.id JOIN gates o ON o.id = g.id AND o.open
  WHERE g.purposes ? 'STATISTICS' AND g.countersigned_on <= sala_now() AND g.valid_from <= sala_now() AND g.valid_until > sala_now()
    AND g.ended_on IS NULL AND g.shut_down_on IS NULL
), said AS (
  -- What was said about recording and sharing; a yes that is provisional (C6), that she
  -- gave while she could not decide (C7) or that is over takes no no back.
  SELECT n.case_id, n.decision, n.recipient_id, n.purposes, n.categories, k.kind, k.voice, k.given_on,
    (k.basis <> 'CONSENT' OR (k.interpretation IN ('NONE_NEEDED', 'VETTED') AND k.setting = 'SAFE_PLACE'))
      AND n.valid_from <= sala_now() AND n.valid_until > sala_now()
      AND NOT EXISTS (SELECT 1 FROM incapacities i WHERE i.case_id = n.case_id AND i.valid_from <= k.given_on AND k.given_on < i.valid_until) AS full
  FROM provisions n JOIN consents k ON k.id = n.consent_id
  WHERE k.kind IN ('RECORDING', 'SHARING')
), cases AS (
  SELECT f.id, f.owner_id, f.kind, f.state, coalesce(f.occurred_on, f.opened_on) AS at, a.kind AS owner_kind,
    row_number() OVER (ORDER BY md5(f.id || sala_now()::text)) AS subject,
    CASE
      WHEN NOT EXISTS (SELECT 1 FROM gates o WHERE o.id = f.owner_id AND o.open) THEN 'OWNER_SUSPENDED'
      WHEN NOT EXISTS (SELECT 1 FROM agreed g WHERE g.agency_id = f.owner_id AND g.case_kinds ? f.kind) THEN 'NO_AGREEMENT'
      WHEN f.facts_version <> f.evaluated_version THEN 'CLOSED'
      WHEN EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = f.id AND e.stopped_on IS NULL) THEN 'ERASURE'
      WHEN EXISTS (SELECT 1 FROM said n WHERE n.case_id = f.id AND n.decision = 'DENY'
        AND (n.purposes ? 'STATISTICS' OR (n.kind = 'RECORDING' AND n.categories ?| ARRAY['PROFILE', 'TRAFFICKING', 'ASSISTANCE']))
        AND NOT EXISTS (SELECT 1 FROM said y WHERE y.case_id = n.case_id AND y.decision = 'PERMIT' AND y.kind = n.kind AND y.voice = n.voice
          AND y.recipient_id = n.recipient_id AND y.given_on > n.given_on AND y.full AND y.purposes @> n.purposes AND y.categories @> n.categories)) THEN 'CONSENT'
    END AS left_out
  FROM case_files f JOIN agencies a ON a.id = f.owner_id
), covered AS (
  SELECT c.*, c.left_out IS NULL AS taken,
    EXISTS (SELECT 1 FROM agreed g WHERE g.agency_id = c.owner_id AND g.case_kinds ? c.kind AND g.categories ? 'PROFILE') AS profile,
    EXISTS (SELECT 1 FROM agreed g WHERE g.agency_id = c.owner_id AND g.case_kinds ? c.kind AND g.categories ? 'TRAFFICKING') AS trafficking,
    EXISTS (SELECT 1 FROM agreed g WHERE g.agency_id = c.owner_id AND g.case_kinds ? c.kind AND g.categories ? 'ASSISTANCE') AS assistance,
    extract(year FROM to_timestamp(c.at / 1000000) AT TIME ZONE INTERVAL '7 hours')::int AS y
  FROM cases c
), aged AS (
  -- Whole years at the reference date, by the owner's own knowledge of her birth: by the
  -- bounds of her 18th birthday, else by the years of birth in the profile.
  SELECT c.*, p.sex, p.gender, p.citizenships, p.marital_status, p.education,
    CASE WHEN NOT c.profile THEN NULL WHEN b.latest IS NOT NULL THEN 18 + floor((c.at - b.latest) / 31557600000000.0)::int ELSE c.y - p.birth_year_latest - 1 END AS youngest,
    CASE WHEN NOT c.profile THEN NULL WHEN b.earliest IS NOT NULL THEN 18 + floor((c.at - b.earliest) / 31557600000000.0)::int ELSE c.y - p.birth_year_earliest END AS oldest
  FROM covered c
  LEFT JOIN profiles p ON p.case_id = c.id AND p.contributor_id = c.owner_id AND c.profile AND c.taken
  LEFT JOIN LATERAL (SELECT (s.age_bounds -> c.owner_id ->> 'earliest')::bigint AS earliest, (s.age_bounds -> c.owner_id ->> 'latest')::bigint AS latest
    FROM persons s WHERE s.case_id = c.id AND c.taken) b ON true
)
SELECT 'CASE' AS unit, c.left_out, c.subject, c.y::text AS year,
  CASE WHEN c.taken THEN c.y || '-Q' || extract(quarter FROM to_timestamp(c.at / 1000000) AT TIME ZONE INTERVAL '7 hours') END AS quarter,
  CASE WHEN c.taken THEN c.kind END AS kind,
  CASE WHEN c.taken THEN c.state END AS state,
  CASE WHEN c.taken THEN c.owner_kind END AS owner_kind,
  nullif(c.sex, 'UNKNOWN') AS sex,
  nullif(c.gender, 'NonSpecifiedUnknown') AS gender,
  CASE WHEN NOT c.taken THEN NULL WHEN c.oldest <= 8 THEN '0-8' WHEN c.youngest >= 9 AND c.oldest <= 17 THEN '9-17' WHEN c.youngest >= 18 AND c.oldest <= 20 THEN '18-20'
    WHEN c.youngest >= 21 AND c.oldest <= 23 THEN '21-23' WHEN c.youngest >= 24 AND c.oldest <= 26 THEN '24-26' WHEN c.youngest >= 27 AND c.oldest <= 29 THEN '27-29'
    WHEN c.youngest >= 30 AND c.oldest <= 38 THEN '30-38' WHEN c.youngest >= 39 AND c.oldest <= 47 THEN '39-47' WHEN c.youngest >= 48 THEN '48+' END AS age_broad,
  CASE WHEN NOT c.taken THEN NULL WHEN c.oldest <= 11 THEN '0-11' WHEN c.youngest >= 12 AND c.oldest <= 17 THEN '12-17' WHEN c.youngest >= 18 AND c.oldest <= 34 THEN '18-34'
    WHEN c.youngest >= 35 AND c.oldest <= 59 THEN '35-59' WHEN c.youngest >= 60 THEN '60+' END AS age_group,
  CASE WHEN NOT c.taken THEN NULL WHEN c.oldest <= 17 THEN 'CHILD' WHEN c.youngest >= 18 THEN 'ADULT' END AS majority,
  CASE WHEN jsonb_typeof(c.citizenships) = 'array' AND jsonb_array_length(c.citizenships) = 1 THEN c.citizenships ->> 0 END AS citizenship,
  c.marital_status, c.education,
  t.status AS trafficking_status, t.relationship, t.place_kind, t.exploitation_country, t.exploitation, t.control, t.recruitment, t.industries, t.sex_exploitation,
  s.services,
  NULL::text AS service, NULL::text AS urgency, NULL::text AS referral_state, NULL::text AS outcome, NULL::text AS reply, NULL::text AS to_kind
FROM aged c
LEFT JOIN LATERAL (SELECT
    CASE WHEN count(DISTINCT t.status) = 1 THEN min(t.status) END AS status,
    CASE WHEN count(DISTINCT t.relationship_to_trafficker) = 1 THEN min(t.relationship_to_trafficker) END AS relationship,
    CASE WHEN count(DISTINCT t.place_kind) = 1 THEN min(t.place_kind) END AS place_kind,
    CASE WHEN count(DISTINCT nullif(t.exploitation_country, '')) = 1 THEN max(t.exploitation_country) END AS exploitation_country,
    string_agg(DISTINCT e.word, ' ' ORDER BY e.word) FILTER (WHERE e.list = 'exploitation') AS exploitation,
    string_agg(DISTINCT e.word, ' ' ORDER BY e.word) FILTER (WHERE e.list = 'control') AS control,
    string_agg(DISTINCT e.word, ' ' ORDER BY e.word) FILTER (WHERE e.list = 'recruitment') AS recruitment,
    string_agg(DISTINCT e.word, ' ' ORDER BY e.word) FILTER (WHERE e.list = 'industries') AS industries,
    string_agg(DISTINCT e.word, ' ' ORDER BY e.word) FILTER (WHERE e.list = 'sex') AS sex_exploitation
  FROM traffickings t LEFT JOIN LATERAL (
    SELECT l.list, w.word FROM (VALUES ('exploitation', t.exploitation_types), ('control', t.control_methods), ('recruitment', t.recruitment_methods),
      ('industries', t.industries), ('sex', t.sex_exploitation_types)) AS l(list, words),
      LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(l.words) = 'array' THEN l.words ELSE '[]'::jsonb END) AS w(word)) e ON true
  WHERE t.case_id = c.id AND t.contributor_id = c.owner_id AND c.taken AND c.trafficking) t ON true
LEFT JOIN LATERAL (SELECT string_agg(DISTINCT s.service, ' ' ORDER BY s.service) AS services
  FROM assistances s WHERE s.case_id = c.id AND s.contributor_id = c.owner_id AND s.state = 'PROVIDED' AND c.taken AND c.assistance) s ON true
UNION ALL
SELECT 'REFERRAL', c.left_out, c.subject, extract(year FROM to_timestamp(r.offered_on / 1000000) AT TIME ZONE INTERVAL '7 hours')::int::text,
  CASE WHEN c.taken THEN extract(year FROM to_timestamp(r.offered_on / 1000000) AT TIME ZONE INTERVAL '7 hours') || '-Q' || extract(quarter FROM to_timestamp(r.offered_on / 1000000) AT TIME ZONE INTERVAL '7 hours') END,
  CASE WHEN c.taken THEN c.kind END, NULL, CASE WHEN c.taken THEN c.owner_kind END,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  CASE WHEN c.taken THEN r.service END, CASE WHEN c.taken THEN r.urgency END, CASE WHEN c.taken THEN r.state END, CASE WHEN c.taken THEN r.outcome END,
  CASE WHEN NOT c.taken OR r.accepted_on IS NULL THEN NULL WHEN r.accepted_on - r.offered_on < 86400000000 THEN 'within a day'
    WHEN r.accepted_on - r.offered_on < 604800000000 THEN 'within 7 days' ELSE 'later' END,
  CASE WHEN c.taken THEN g.kind END
FROM covered c JOIN referrals r ON r.case_id = c.id AND r.from_id = c.owner_id JOIN agencies g ON g.id = r.to_id;
GRANT SELECT ON release_rows TO sala_release;
