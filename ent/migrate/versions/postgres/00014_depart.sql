-- +goose Up
-- How an agency's departure comes to its end: it takes nothing new on, its own
-- contributions are exported for it, and then deleted for good. And codes of teams.
ALTER TABLE "offboardings" ADD COLUMN "export_recipient" character varying NULL;
ALTER TABLE "offboardings" ADD COLUMN "export_parts" bigint NOT NULL DEFAULT 0;
ALTER TABLE "offboardings" ADD COLUMN "export_after" character varying NULL;
ALTER TABLE "teams" ADD COLUMN "code" character varying NULL;
CREATE UNIQUE INDEX "team_agency_id_code" ON "teams" ("agency_id", "code");

-- +goose StatementBegin
DO $$
BEGIN
  BEGIN
    CREATE ROLE sala_departure NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- made beside us, or by another database of this cluster
  END;
  BEGIN
    GRANT sala_departure TO sala_app;
  EXCEPTION WHEN unique_violation OR internal_error THEN NULL; -- granted beside us
  END;
END $$;
-- +goose StatementEnd
GRANT USAGE ON SCHEMA public TO sala_departure;

-- An agency that leaves takes nothing new on. Whoever takes something on for an agency
-- holds its departure shared until the commit, and the freeze holds it alone: what is
-- counted after the freeze is all that there will ever be. It is no gate's lock, which
-- an import would keep from a suspension.
-- +goose StatementBegin
CREATE FUNCTION sala_takes_on(p_agency text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(sala_lock_key('departure', p_agency));
  IF EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = p_agency) THEN
    RAISE EXCEPTION 'an agency that leaves takes nothing new on' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sala_case_taken_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.owner_id IS DISTINCT FROM OLD.owner_id THEN
    PERFORM sala_takes_on(NEW.owner_id);
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sala_referral_taken_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR (NEW.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND OLD.state NOT IN ('ACCEPTED', 'ACCEPTED_IN_PART')) THEN
    PERFORM sala_takes_on(NEW.to_id);
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER case_files_taken_on BEFORE INSERT OR UPDATE OF owner_id ON case_files FOR EACH ROW EXECUTE FUNCTION sala_case_taken_on();
CREATE TRIGGER referrals_taken_on BEFORE INSERT OR UPDATE OF state ON referrals FOR EACH ROW EXECUTE FUNCTION sala_referral_taken_on();
REVOKE ALL ON FUNCTION sala_takes_on(text) FROM PUBLIC;

-- +goose StatementBegin
CREATE FUNCTION sala_owns_any(p_agency text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM case_files f WHERE f.owner_id = p_agency);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_owns_any(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_owns_any(text) TO sala_onboarding;

-- The steps of a departure come one after the other, each once, and none before its
-- time. The owner of the tables, who applies the signed list to a restored database, is
-- not bound.
-- +goose StatementBegin
CREATE FUNCTION sala_departs() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM pg_advisory_xact_lock(sala_lock_key('departure', NEW.agency_id));
    IF current_user = 'sala_onboarding' AND (NEW.handed_over_on IS NOT NULL OR NEW.agreements_ended_on IS NOT NULL OR NEW.exported_on IS NOT NULL
        OR NEW.keys_destroyed_on IS NOT NULL OR NEW.ended_on IS NOT NULL) THEN
      RAISE EXCEPTION 'a departure begins with its first step' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF current_user <> 'sala_onboarding' THEN
    RETURN NEW;
  END IF;
  IF NEW.agency_id <> OLD.agency_id OR NEW.frozen_on <> OLD.frozen_on
      OR (OLD.handed_over_on IS NOT NULL AND NEW.handed_over_on IS DISTINCT FROM OLD.handed_over_on)
      OR (OLD.agreements_ended_on IS NOT NULL AND NEW.agreements_ended_on IS DISTINCT FROM OLD.agreements_ended_on)
      OR (OLD.exported_on IS NOT NULL AND (NEW.exported_on, NEW.export_digest, NEW.export_recipient) IS DISTINCT FROM (OLD.exported_on, OLD.export_digest, OLD.export_recipient))
      OR (OLD.keys_destroyed_on IS NOT NULL AND NEW.keys_destroyed_on IS DISTINCT FROM OLD.keys_destroyed_on)
      OR (OLD.ended_on IS NOT NULL AND NEW.ended_on IS DISTINCT FROM OLD.ended_on) THEN
    RAISE EXCEPTION 'a step of a departure is done once' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.handed_over_on IS NOT NULL AND OLD.handed_over_on IS NULL AND sala_owns_any(NEW.agency_id))
      OR (NEW.agreements_ended_on IS NOT NULL AND NEW.handed_over_on IS NULL)
      OR (NEW.exported_on IS NOT NULL AND OLD.exported_on IS NULL AND (NEW.agreements_ended_on IS NULL OR coalesce(NEW.export_digest, '') = ''))
      OR (NEW.keys_destroyed_on IS NOT NULL AND NEW.exported_on IS NULL)
      OR (NEW.ended_on IS NOT NULL AND NEW.keys_destroyed_on IS NULL) THEN
    RAISE EXCEPTION 'a step of a departure before its time' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER offboardings_depart BEFORE INSERT OR UPDATE ON offboardings FOR EACH ROW EXECUTE FUNCTION sala_departs();

-- The export: a role that reads what the asker's own agency contributed, while it is
-- leaving and has not been forgotten, and nothing of anybody else.
-- +goose StatementBegin
CREATE FUNCTION sala_departing(p_agency text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN p_agency = sala_agency() AND EXISTS (SELECT 1 FROM offboardings o
    WHERE o.agency_id = p_agency AND o.agreements_ended_on IS NOT NULL AND o.exported_on IS NULL AND o.keys_destroyed_on IS NULL);
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sala_departing_from(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN sala_departing(sala_agency()) AND (
    EXISTS (SELECT 1 FROM case_contributors c WHERE c.case_id = p_case AND c.contributor_id = sala_agency())
    OR EXISTS (SELECT 1 FROM consents c WHERE c.case_id = p_case AND c.contributor_id = sala_agency()));
END $$;
-- +goose StatementEnd
GRANT SELECT ON identities, contacts, profiles, traffickings, narratives, consents, provisions,
  identity_versions, contact_versions, profile_versions, trafficking_versions, narrative_versions TO sala_departure;
GRANT SELECT (id, reference) ON case_files TO sala_departure;
CREATE POLICY departure_select ON identities FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON contacts FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON profiles FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON traffickings FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON narratives FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON identity_versions FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON contact_versions FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON profile_versions FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON trafficking_versions FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON narrative_versions FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON consents FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
CREATE POLICY departure_select ON provisions FOR SELECT TO sala_departure USING (contributor_id = sala_agency() AND sala_departing(contributor_id));
GRANT SELECT (agency_id, agreements_ended_on, exported_on, keys_destroyed_on) ON offboardings TO sala_departure;
CREATE POLICY departure_select ON offboardings FOR SELECT TO sala_departure USING (agency_id = sala_agency());
CREATE POLICY departure_select ON case_files FOR SELECT TO sala_departure USING (sala_departing_from(id));

-- Which tables hold what agencies contributed: all that name case and contributor, but
-- for her own statements, which others' accesses rest on and which refuse (C4), the
-- course of the case, what is open, and the record.
CREATE FUNCTION sala_contributed() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT array_agg(c.table_name::text ORDER BY c.table_name) FROM information_schema.columns c
    JOIN information_schema.columns k ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = 'case_id'
    JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
    WHERE c.table_schema = 'public' AND c.column_name = 'contributor_id'
      AND c.table_name NOT IN ('consents', 'provisions', 'case_changes', 'case_transfers', 'accesses', 'disclosures')
$$;

-- sala_forget deletes what an agency contributed, of at most p_most cases at a time, and
-- returns of how many: as the owner of the tables, for an agency that leaves and holds
-- its export, and nothing else. What policy decided for others does not rest on these
-- rows: only the leaver's own access to them goes, and the case's versions stay. What an
-- agency knew of her age still counts (E1): it is no row of the agency's any more.
-- +goose StatementBegin
CREATE FUNCTION sala_forget(p_agency text, p_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_tables text[] := sala_contributed();
  v_left text[];
  v_now text[];
  v_table text;
  v_cases text[];
  v_case text;
  v_version bigint;
  v_owner text;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM offboardings o WHERE o.agency_id = p_agency AND o.exported_on IS NOT NULL AND o.keys_destroyed_on IS NULL) THEN
    RAISE EXCEPTION 'no departure of this agency has come so far' USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE 'SELECT array_agg(u.case_id ORDER BY u.case_id COLLATE "C") FROM (SELECT DISTINCT x.case_id FROM ('
    || (SELECT string_agg(format('SELECT case_id FROM %I WHERE contributor_id = $1', t), ' UNION ALL ') FROM unnest(v_tables) t)
    || ') x LIMIT $2) u' INTO v_cases USING p_agency, p_most;
  FOREACH v_case IN ARRAY coalesce(v_cases, '{}') LOOP
    PERFORM sala_lock_case(v_case);
    SELECT f.facts_version, f.owner_id INTO v_version, v_owner FROM case_files f WHERE f.id = v_case;
    v_left := v_tables;
    FOR round IN 1..5 LOOP
      v_now := v_left; v_left := '{}';
      FOREACH v_table IN ARRAY v_now LOOP
        BEGIN
          EXECUTE format('DELETE FROM %I WHERE case_id = $1 AND contributor_id = $2', v_table) USING v_case, p_agency;
        EXCEPTION WHEN foreign_key_violation THEN v_left := v_left || v_table; -- rows that refer to each other
        END;
      END LOOP;
      EXIT WHEN v_left = '{}';
    END LOOP;
    IF v_left <> '{}' THEN
      RAISE EXCEPTION 'rows of an agency that leaves are referred to by others' USING ERRCODE = 'check_violation';
    END IF;
    IF v_owner <> p_agency THEN
      DELETE FROM accesses a WHERE a.case_id = v_case AND a.grantee_id = p_agency AND a.contributor_id = p_agency AND a.action = 'READ';
      UPDATE case_files SET facts_version = v_version WHERE id = v_case AND facts_version <> v_version;
    END IF;
  END LOOP;
  RETURN coalesce(cardinality(v_cases), 0);
END $$;
-- +goose StatementEnd

-- sala_remembered returns those of the agencies of whom something is left.
-- +goose StatementBegin
CREATE FUNCTION sala_remembered(p_agencies text[]) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE 'SELECT DISTINCT u.contributor_id::text FROM ('
    || (SELECT string_agg(format('SELECT contributor_id FROM %I WHERE contributor_id = ANY ($1)', t), ' UNION ALL ') FROM unnest(sala_contributed()) t)
    || ') u' USING p_agencies;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION sala_departing(text), sala_departing_from(text), sala_contributed(), sala_forget(text, bigint), sala_remembered(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sala_departing(text), sala_departing_from(text) TO sala_departure;
GRANT EXECUTE ON FUNCTION sala_forget(text, bigint), sala_remembered(text[]) TO sala_erasure;
-- What the job and the check of the list know of departures.
GRANT SELECT ON offboardings TO sala_erasure;
CREATE POLICY erasure_select ON offboardings FOR SELECT TO sala_erasure USING (true);
