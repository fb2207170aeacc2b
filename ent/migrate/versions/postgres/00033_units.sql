-- +goose Up
-- Consents and referrals that name a unit of the agency (A5): what rests on one counts for
-- the members of that unit alone, whomever of the agency it is for.
ALTER TABLE "provisions" ADD COLUMN "unit_id" character varying NOT NULL DEFAULT '';
ALTER TABLE "referrals" ADD COLUMN "unit_id" character varying NOT NULL DEFAULT '';
ALTER TABLE "accesses" ADD COLUMN "unit_id" character varying NOT NULL DEFAULT '';

-- A unit is named with its own agency. What class an agency is of says nothing of its units
-- (C3), and a case is transferred to an agency as a whole (A4).
-- +goose StatementBegin
CREATE FUNCTION sala_unit_of() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM agency_units u WHERE u.id = NEW.unit_id AND u.agency_id = to_jsonb(NEW) ->> TG_ARGV[0]) THEN
    RAISE EXCEPTION 'a unit that is not of the agency' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sala_unit_stated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.recipient_class IS NOT NULL OR EXISTS (SELECT 1 FROM consents k WHERE k.id = NEW.consent_id AND k.kind = 'TRANSFER') THEN
    RAISE EXCEPTION 'a unit that is named by class, or to which a case is transferred' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER provisions_unit BEFORE INSERT OR UPDATE ON provisions FOR EACH ROW WHEN (NEW.unit_id <> '') EXECUTE FUNCTION sala_unit_of('recipient_id');
CREATE TRIGGER provisions_unit_stated BEFORE INSERT OR UPDATE ON provisions FOR EACH ROW WHEN (NEW.unit_id <> '') EXECUTE FUNCTION sala_unit_stated();
CREATE TRIGGER referrals_unit BEFORE INSERT OR UPDATE ON referrals FOR EACH ROW WHEN (NEW.unit_id <> '') EXECUTE FUNCTION sala_unit_of('to_id');
CREATE TRIGGER accesses_unit BEFORE INSERT ON accesses FOR EACH ROW WHEN (NEW.unit_id <> '') EXECUTE FUNCTION sala_unit_of('grantee_id');

-- sala_units: the units that a member belongs to now, parted by commas, in every
-- need-to-know mode: what is limited to a unit is not widened by one.
-- +goose StatementBegin
CREATE FUNCTION sala_units(p_agency text, p_member text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT coalesce(string_agg(DISTINCT u.id, ',' ORDER BY u.id), '')
    FROM members m JOIN memberships g ON g.member_id = m.id AND g.ended_on IS NULL
    JOIN agency_units u ON u.id = g.group_id AND u.agency_id = m.agency_id
    WHERE m.id = p_member AND m.agency_id = p_agency AND m.active);
END $$;
-- +goose StatementEnd

-- sala_within: what is limited to a unit counts for the asker.
CREATE FUNCTION sala_within(p_unit text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(p_unit = '' OR p_unit = ANY (string_to_array(nullif(current_setting('sala.units', true), ''), ',')), false)
$$;

-- Functions that stand are changed where they ask, whichever version of them stands. What
-- is heard for a unit is what was said about it and about its agency; for the agency as a
-- whole what was said about it and each refusal of a unit, whose members are among it.
-- +goose StatementBegin
DO $$
DECLARE
  v record;
  v_text text;
BEGIN
  FOR v IN SELECT * FROM (VALUES
    ('sala_open(text,text,text,bigint)', 'AND a.valid_until > v_now OFFSET 0',
      'AND a.valid_until > v_now AND sala_within(a.unit_id) OFFSET 0'),
    ('sala_open_referral(text)', 'WHERE a.referral_id = p_referral',
      'WHERE sala_within(a.unit_id) AND a.referral_id = p_referral'),
    ('sala_open_consent(text)', 'WHERE a.consent_id = p_consent',
      'WHERE sala_within(a.unit_id) AND a.consent_id = p_consent'),
    ('sala_making(text)', 'WHERE r.case_id = p_case AND r.to_id = sala_agency()',
      'WHERE sala_within(r.unit_id) AND sala_within(a.unit_id) AND r.case_id = p_case AND r.to_id = sala_agency()'),
    ('sala_leaf(accesses,text,text)', 'AND p.purposes ? a.purpose AND p.categories ? p_word',
      'AND p.purposes ? a.purpose AND p.categories ? p_word AND (p.unit_id IN ('''', a.unit_id) OR (a.unit_id = '''' AND p.decision = ''DENY''))'),
    ('sala_refused_to_be_helped(accesses,text)', '(k.kind = ''SHARING'' AND p.recipient_id = a.grantee_id)',
      '(k.kind = ''SHARING'' AND p.recipient_id = a.grantee_id AND (p.unit_id = '''' OR p.decision = ''DENY''))'),
    ('sala_shared_access_rests(accesses)', 'AND x.to_id = a.grantee_id AND x.purpose = a.purpose',
      'AND x.to_id = a.grantee_id AND x.unit_id IN ('''', a.unit_id) AND x.purpose = a.purpose'),
    ('sala_shared_access_rests(accesses)', 'AND p.decision = ''PERMIT'' AND p.recipient_id = a.grantee_id',
      'AND p.decision = ''PERMIT'' AND p.recipient_id = a.grantee_id AND p.unit_id IN ('''', a.unit_id)'),
    ('sala_own_access_rests(accesses)', 'AND p.decision = ''PERMIT'' AND p.purposes ? a.purpose',
      'AND p.decision = ''PERMIT'' AND p.purposes ? a.purpose AND (a.action <> ''READ'' OR p.unit_id IN ('''', a.unit_id))'),
    ('sala_own_access_rests(accesses)', 'AND r.to_id = a.grantee_id AND r.purpose = a.purpose',
      'AND r.to_id = a.grantee_id AND r.unit_id IN ('''', a.unit_id) AND r.purpose = a.purpose'),
    ('sala_adds_onward(accesses,text)', 'AND r.to_id = a.grantee_id AND r.from_id = f.to_id',
      'AND r.to_id = a.grantee_id AND r.unit_id IN ('''', a.unit_id) AND r.from_id = f.to_id'),
    ('sala_own_accesses_rest()', 'replace(m.action, ''CORRECT'', ''ADD''), m.referral_id,',
      'replace(m.action, ''CORRECT'', ''ADD''), m.unit_id, m.referral_id,')
  ) AS t(name, was, becomes) LOOP
    v_text := pg_get_functiondef(v.name::regprocedure);
    IF position(v.was IN v_text) = 0 THEN
      RAISE EXCEPTION 'the function % does not ask as this migration knows it', v.name;
    END IF;
    EXECUTE replace(v_text, v.was, v.becomes);
  END LOOP;
END $$;
-- +goose StatementEnd

-- sala_let_on as before, of what is heard for the unit that reads (A5, D4).
DROP FUNCTION sala_let_on(text, text, text, text);
-- +goose StatementBegin
CREATE FUNCTION sala_let_on(p_case text, p_sharer text, p_unit text, p_purpose text, p_word text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (WITH leaf AS (
      SELECT k.voice, coalesce(k.guardianship_id, '') AS guardian, k.given_on, p.onward
      FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'SHARING'
      WHERE p.case_id = p_case AND p.recipient_id = p_sharer AND p.purposes ? p_purpose AND p.categories ? p_word
        AND (p.unit_id IN ('', p_unit) OR (p_unit = '' AND p.decision = 'DENY'))),
    counted AS (SELECT l.* FROM leaf l WHERE l.voice = 'PERSON'
      OR NOT EXISTS (SELECT 1 FROM leaf h WHERE h.voice = 'PERSON' AND h.given_on >= sala_adult_from(p_case)))
    SELECT coalesce(bool_and(c.onward), false) FROM counted c
      WHERE c.given_on = (SELECT max(d.given_on) FROM counted d WHERE d.voice = c.voice AND d.guardian = c.guardian));
END $$;
-- +goose StatementEnd

-- sala_onward_rests as before: the first link may be limited to a unit of the agency that
-- passes on, and what stands by some such unit stands.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_onward_rests(a accesses, p_owner text, r referrals) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  f referrals%ROWTYPE;
  v_first accesses := a;
  v_bits bigint := a.categories & ~1::bigint;
  v_words jsonb := CASE WHEN a.action = 'READ' THEN r.accepted_categories ELSE r.categories END;
  v_word text;
  v_unit text;
  v_open bigint := 0;
BEGIN
  SELECT * INTO f FROM referrals x WHERE x.id = a.first_referral_id AND x.case_id = a.case_id AND x.id = r.onward_of
    AND x.onward_of = '' AND x.from_id = p_owner AND x.to_id = a.referrer_id AND x.purpose = a.purpose;
  IF NOT FOUND OR a.first_referrer_id <> p_owner OR a.referrer_id IN (p_owner, a.contributor_id) OR a.grantee_id IN (p_owner, a.contributor_id, a.referrer_id) THEN
    RAISE EXCEPTION 'an access is passed on by no one who reads' USING ERRCODE = 'check_violation';
  END IF;
  v_first.grantee_id := a.referrer_id;
  v_first.action := 'READ';
  v_first.referral_id := f.id;
  v_first.referrer_id := p_owner;
  v_first.referral_agreement_id := a.first_agreement_id;
  v_first.first_referral_id := '';
  v_first.first_agreement_id := '';
  v_first.first_referrer_id := '';
  FOR v_unit IN SELECT f.unit_id UNION SELECT p.unit_id FROM provisions p
      WHERE f.unit_id = '' AND p.case_id = a.case_id AND p.recipient_id = a.referrer_id AND p.decision = 'PERMIT' LOOP
    v_first.unit_id := v_unit;
    v_first.consent_id := coalesce((SELECT p.consent_id FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'SHARING' AND k.given_on <= a.valid_from
      WHERE p.case_id = a.case_id AND p.recipient_id = a.referrer_id AND p.unit_id IN ('', v_unit) AND p.decision = 'PERMIT' AND p.purposes ? a.purpose LIMIT 1), '');
    -- Category by category: where an access names none, some has to stand (D2, D5).
    FOR v_word IN SELECT w.word FROM jsonb_array_elements_text(v_words) AS w(word) LOOP
      v_first.categories := sala_bits(jsonb_build_array(v_word));
      CONTINUE WHEN v_bits <> 0 AND v_bits & v_first.categories = 0 OR v_open & v_first.categories <> 0;
      IF sala_let_on(a.case_id, a.referrer_id, v_unit, a.purpose, v_word)
          AND sala_passes(a, a.contributor_id, a.agreement_id) & v_first.categories <> 0
          AND sala_passes(a, p_owner, a.first_agreement_id) & v_first.categories <> 0
          AND sala_decided(a, a.referrer_id) & v_first.categories <> 0
          AND sala_said(a, jsonb_build_array(v_word), p_owner) <> 0
          AND sala_agreed(a.referral_agreement_id, a.referrer_id, a.grantee_id, a.case_id, a.purpose, v_first.categories, 0, a.valid_from, a.valid_until) THEN
        BEGIN
          PERFORM sala_shared_access_rests(v_first);
          v_open := v_open | v_first.categories;
        EXCEPTION WHEN check_violation THEN
          NULL; -- the one who passes on does not read it
        END;
      END IF;
    END LOOP;
  END LOOP;
  IF v_open = 0 OR v_bits & ~v_open <> 0 THEN
    RAISE EXCEPTION 'an access passes on what is not to be passed on' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd

-- The unit stays as anything else that an access says.
DROP TRIGGER accesses_kept ON accesses;
-- +goose StatementBegin
DO $$
BEGIN
  EXECUTE 'CREATE TRIGGER accesses_kept BEFORE UPDATE OF '
    || (SELECT string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position) FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.table_name = 'accesses' AND c.column_name NOT IN ('first_sequence', 'last_sequence'))
    || ' ON accesses FOR EACH ROW EXECUTE FUNCTION sala_access_kept()';
END $$;
-- +goose StatementEnd

-- Whoever is not of the unit sees neither the referral nor the provision that names it, nor
-- what access it gives, nor a notice to it.
ALTER POLICY request_select ON provisions
  USING (sala_owns_open(case_id) OR (contributor_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0))
    OR (recipient_id = sala_agency() AND sala_within(unit_id) AND sala_open_consent(consent_id)));
ALTER POLICY request_select ON referrals
  USING ((from_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)) OR (to_id = sala_agency() AND sala_flag('casework') AND sala_within(unit_id)));
ALTER POLICY request_update ON referrals
  USING ((from_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)) OR (to_id = sala_agency() AND sala_flag('casework') AND sala_within(unit_id)));
ALTER POLICY request_select ON accesses
  USING ((grantee_id = sala_agency() AND sala_within(unit_id)) OR (contributor_id = sala_agency() AND sala_open(case_id, NULL, 'READ', 0)));
ALTER POLICY request_select ON notices
  USING (agency_id = sala_agency()
    AND (sala_within(holder_id) OR holder_id = ANY (string_to_array(nullif(current_setting('sala.holders', true), ''), ',')))
    AND (sala_flag('casework') OR sala_flag('casenotices')
      OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach', 'legalbasis', 'panel'))
    AND (sala_flag('parties') OR kind NOT IN
      ('AGREEMENT_SUSPENDED', 'AGREEMENT_RESUMED', 'AGREEMENT_IN_FORCE', 'AGREEMENT_ENDED', 'AGREEMENT_SHUT_DOWN', 'AGENCY_SUSPENDED', 'AGENCY_RESUMED',
       'BREACH_REPORTED', 'DELETION_PLANNED', 'DELETION_STOPPED')));

-- These answer about any case, or anybody, whoever asks.
REVOKE ALL ON FUNCTION sala_let_on(text, text, text, text, text), sala_onward_rests(accesses, text, referrals) FROM PUBLIC;

-- Facts say more than they did: the shapes of those from before are of none any more. They are
-- written anew with the next decision.
DELETE FROM case_shapes;
