-- +goose Up
-- What an access rests on, checked as far as policy itself goes; the states of a
-- referral; and a transfer only on her own statement.

ALTER TABLE "accesses" ADD COLUMN "referrer_id" character varying NOT NULL DEFAULT '';
ALTER TABLE "accesses" ADD COLUMN "referral_agreement_id" character varying NOT NULL DEFAULT '';
ALTER TABLE "persons" ADD COLUMN "deceased_on" bigint NULL;
GRANT UPDATE (deceased_on) ON persons TO sala_policy;
ALTER POLICY request_insert ON persons
  WITH CHECK (sala_making(case_id) AND adult_earliest IS NULL AND adult_latest IS NULL AND age_bounds IS NULL AND deceased_on IS NULL);

-- Who has a stored part of which case, and nothing else of the parts (A3).
CREATE VIEW case_contributors AS
  SELECT case_id, contributor_id FROM identities
  UNION SELECT case_id, contributor_id FROM contacts
  UNION SELECT case_id, contributor_id FROM profiles
  UNION SELECT case_id, contributor_id FROM traffickings
  UNION SELECT case_id, contributor_id FROM narratives;
GRANT SELECT ON case_contributors TO sala_policy;

-- An agency that is not the owner becomes a contributor by its first part, and stops
-- being one with its last: that decides what is open to it.
-- +goose StatementBegin
CREATE FUNCTION sala_part_fact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_case text;
  v_agency text;
  v_others bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    v_case := OLD.case_id; v_agency := OLD.contributor_id;
  ELSE
    v_case := NEW.case_id; v_agency := NEW.contributor_id;
  END IF;
  SELECT count(*) INTO v_others FROM (
    SELECT id FROM identities WHERE case_id = v_case AND contributor_id = v_agency
    UNION ALL SELECT id FROM contacts WHERE case_id = v_case AND contributor_id = v_agency
    UNION ALL SELECT id FROM profiles WHERE case_id = v_case AND contributor_id = v_agency
    UNION ALL SELECT id FROM traffickings WHERE case_id = v_case AND contributor_id = v_agency
    UNION ALL SELECT id FROM narratives WHERE case_id = v_case AND contributor_id = v_agency LIMIT 2) t;
  IF v_others = (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE 0 END) THEN
    UPDATE case_files SET facts_version = facts_version + 1 WHERE id = v_case AND owner_id <> v_agency;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER identities_fact AFTER INSERT OR DELETE ON identities FOR EACH ROW EXECUTE FUNCTION sala_part_fact();
CREATE TRIGGER contacts_fact AFTER INSERT OR DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION sala_part_fact();
CREATE TRIGGER profiles_fact AFTER INSERT OR DELETE ON profiles FOR EACH ROW EXECUTE FUNCTION sala_part_fact();
CREATE TRIGGER traffickings_fact AFTER INSERT OR DELETE ON traffickings FOR EACH ROW EXECUTE FUNCTION sala_part_fact();
CREATE TRIGGER narratives_fact AFTER INSERT OR DELETE ON narratives FOR EACH ROW EXECUTE FUNCTION sala_part_fact();

-- sala_gates_open: an access on a referral passes the gates of both agreements and of
-- the agencies whose rows it opens and by whose referral (D6). Own rows need none.
-- +goose StatementBegin
CREATE FUNCTION sala_gates_open(p_agreement text, p_referral_agreement text, p_referrer text, p_contributor text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN p_agreement = '' OR (
    EXISTS (SELECT 1 FROM gates g WHERE g.id = p_agreement AND g.open)
    AND EXISTS (SELECT 1 FROM gates g WHERE g.id = p_referral_agreement AND g.open)
    AND EXISTS (SELECT 1 FROM gates g WHERE g.id = p_referrer AND g.open)
    AND EXISTS (SELECT 1 FROM gates g WHERE g.id = p_contributor AND g.open));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_open(p_case text, p_contributor text, p_action text, p_bits bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_agency text := sala_agency();
  v_holders text[] := string_to_array(nullif(current_setting('sala.holders', true), ''), ',');
  v_purpose text := sala_purpose();
  v_now bigint := sala_now();
BEGIN
  IF v_holders IS NULL THEN
    RETURN false;
  END IF;
  IF sala_flag('supervisor') THEN
    v_holders := array_append(v_holders, '');
  END IF;
  RETURN EXISTS (
    SELECT 1 FROM accesses a
    JOIN case_files f ON f.id = a.case_id AND f.facts_version = a.facts_version AND f.evaluated_version = f.facts_version
    JOIN gates gp ON gp.id = 'policy' AND gp.open AND gp.revision = a.revision
    JOIN gates gg ON gg.id = a.grantee_id AND gg.open
    WHERE a.case_id = p_case AND (p_contributor IS NULL OR a.contributor_id = p_contributor)
      AND a.grantee_id = v_agency AND a.purpose = v_purpose AND a.action = p_action
      AND (p_bits = 0 OR (a.categories & p_bits) <> 0)
      AND a.valid_from <= v_now AND a.valid_until > v_now
      AND a.member_id = ANY (v_holders)
      AND (a.agreement_id = '' OR EXISTS (SELECT 1 FROM gates g WHERE g.id = a.agreement_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.referral_agreement_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.referrer_id AND g.open)
        AND EXISTS (SELECT 1 FROM gates g WHERE g.id = a.contributor_id AND g.open)));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_open_referral(p_referral text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN sala_flag('casework') AND EXISTS (
    SELECT 1 FROM accesses a
    JOIN case_files f ON f.id = a.case_id AND f.facts_version = a.facts_version AND f.evaluated_version = f.facts_version
    JOIN gates gp ON gp.id = 'policy' AND gp.open AND gp.revision = a.revision
    JOIN gates gg ON gg.id = a.grantee_id AND gg.open
    WHERE a.referral_id = p_referral AND p_referral <> '' AND a.action = 'PREVIEW' AND a.grantee_id = sala_agency()
      AND a.purpose = sala_purpose() AND a.valid_from <= sala_now() AND a.valid_until > sala_now()
      AND sala_gates_open(a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id));
END $$;
-- +goose StatementEnd

-- sala_making: the asker owns the case, or has accepted a referral of it that stands:
-- the last evaluation gave it an access that is in force (C8). Within the transaction
-- that accepts, that access is the preview.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_making(p_case text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM case_files f WHERE f.id = p_case AND f.owner_id = sala_agency())
    OR EXISTS (SELECT 1 FROM referrals r
      JOIN accesses a ON a.referral_id = r.id AND a.case_id = r.case_id AND a.grantee_id = r.to_id AND a.referrer_id <> ''
      JOIN gates gg ON gg.id = a.grantee_id AND gg.open
      WHERE r.case_id = p_case AND r.to_id = sala_agency() AND r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART')
        AND a.valid_from <= sala_now() AND a.valid_until > sala_now()
        AND sala_gates_open(a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id));
END $$;
-- +goose StatementEnd

-- From when she is surely an adult: the younger age decides, whoever knows it, and
-- without a date of the owner's she may be a child (E1). NULL opens nothing.
-- +goose StatementBegin
CREATE FUNCTION sala_adult_from(p_case text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN (SELECT max((b.value ->> 'latest')::bigint)
    FROM persons x JOIN case_files f ON f.id = x.case_id, jsonb_each(x.age_bounds) b
    WHERE x.case_id = p_case AND x.age_bounds ? f.owner_id);
END $$;
-- +goose StatementEnd

-- The categories that an agency may record for a purpose throughout an interval: the
-- latest statement of each voice that counts is a yes (C1, C4, C8).
-- +goose StatementBegin
CREATE FUNCTION sala_recorded(p_case text, p_agency text, p_purpose text, p_from bigint, p_until bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_adult bigint := sala_adult_from(p_case);
BEGIN
  RETURN (WITH leaf AS (
      SELECT w.word, k.voice, k.given_on, p.decision, p.valid_from, p.valid_until
      FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'RECORDING'
      CROSS JOIN LATERAL jsonb_array_elements_text(p.categories) AS w(word)
      WHERE p.case_id = p_case AND p.recipient_id = p_agency AND p.purposes ? p_purpose),
    counted AS (
      SELECT l.* FROM leaf l WHERE l.voice = 'PERSON'
        OR NOT EXISTS (SELECT 1 FROM leaf h WHERE h.word = l.word AND h.voice = 'PERSON' AND h.given_on >= v_adult)),
    last AS (
      SELECT c.* FROM counted c
      WHERE c.given_on = (SELECT max(d.given_on) FROM counted d WHERE d.word = c.word AND d.voice = c.voice)),
    stands AS (
      SELECT l.word FROM last l GROUP BY l.word
      HAVING bool_and(l.decision = 'PERMIT' AND l.valid_from <= p_from AND p_until <= l.valid_until))
    SELECT coalesce(bit_or(sala_bits(jsonb_build_array(s.word))), 0) FROM stands s);
END $$;
-- +goose StatementEnd

-- Whether an agreement of the two covers the purpose, the kind of case and the
-- categories throughout an interval, all of them or for a preview one (D6).
-- +goose StatementBegin
CREATE FUNCTION sala_agreed(p_agreement text, p_a text, p_b text, p_case text, p_purpose text, p_all bigint, p_one bigint, p_from bigint, p_until bigint)
RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM agreements g JOIN case_files f ON f.id = p_case AND g.case_kinds ? f.kind
    JOIN agreement_parties p1 ON p1.agreement_id = g.id AND p1.agency_id = p_a
    JOIN agreement_parties p2 ON p2.agreement_id = g.id AND p2.agency_id = p_b
    WHERE g.id = p_agreement AND g.countersigned_on IS NOT NULL AND g.purposes ? p_purpose
      AND sala_bits(g.categories) & p_all = p_all AND (p_one = 0 OR sala_bits(g.categories) & p_one <> 0)
      AND g.valid_from <= p_from AND p_until <= g.valid_until);
END $$;
-- +goose StatementEnd

-- What an access to own rows rests on: a file of one's own (A3, A8), a basis for
-- recording (C1), and for adding the case or an accepted referral of it (A4).
-- +goose StatementBegin
CREATE FUNCTION sala_own_access_rests(a accesses) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_owner text := (SELECT f.owner_id FROM case_files f WHERE f.id = a.case_id);
BEGIN
  IF NOT EXISTS (SELECT 1 FROM provisions p JOIN consents k ON k.id = p.consent_id
      WHERE p.case_id = a.case_id AND k.kind = 'RECORDING' AND p.recipient_id = a.grantee_id
        AND p.decision = 'PERMIT' AND p.purposes ? a.purpose) THEN
    RAISE EXCEPTION 'an access to own rows rests on no basis for recording' USING ERRCODE = 'check_violation';
  END IF;
  IF a.action = 'READ' THEN
    IF v_owner <> a.grantee_id
      AND NOT EXISTS (SELECT 1 FROM case_contributors c WHERE c.case_id = a.case_id AND c.contributor_id = a.grantee_id) THEN
      RAISE EXCEPTION 'an access to own rows of an agency that has none' USING ERRCODE = 'check_violation';
    END IF;
    RETURN;
  END IF;
  IF a.action NOT IN ('ADD', 'CORRECT') THEN
    RAISE EXCEPTION 'an access of an unknown kind to own rows' USING ERRCODE = 'check_violation';
  END IF;
  IF (a.categories & ~1::bigint) & ~sala_recorded(a.case_id, a.grantee_id, a.purpose, a.valid_from, a.valid_until) <> 0 THEN
    RAISE EXCEPTION 'an access to add what may not be recorded' USING ERRCODE = 'check_violation';
  END IF;
  IF v_owner <> a.grantee_id AND NOT EXISTS (SELECT 1 FROM referrals r
      WHERE r.id = a.referral_id AND r.case_id = a.case_id AND r.from_id = v_owner AND r.to_id = a.grantee_id AND r.purpose = a.purpose
        AND r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND r.accepted_on <= a.valid_from AND a.valid_until <= r.valid_until) THEN
    RAISE EXCEPTION 'an access to add rests on no accepted referral' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd

-- A forged or wrong access opens nothing: a row to another contributor's rows must
-- rest on a referral of this case by its owner, with a statement, recording and
-- agreements that cover its grantee, contributor, categories, purpose and interval.
-- Checked at commit, when the facts are final.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_access_rests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  r referrals%ROWTYPE;
  c consents%ROWTYPE;
  v_owner text;
  v_adult bigint;
  v_deceased bigint;
  v_bits bigint := NEW.categories & ~1::bigint; -- CASE is never named (B5)
  v_single bigint := sala_bits('["WHEREABOUTS", "HEALTH_RESTRICTED"]'); -- B1
  v_covered bigint;
  v_refused bigint;
  v_kept bigint;
  v_previewed bigint := 0;
  v_named boolean;
  v_force boolean;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM accesses a WHERE a.id = NEW.id) THEN
    RETURN NULL; -- replaced in the same transaction
  END IF;
  IF EXISTS (SELECT 1 FROM agencies g WHERE g.id IN (NEW.grantee_id, NEW.contributor_id) AND g.kind = 'REGIONAL_COUNTERPART') THEN
    RAISE EXCEPTION 'an access of a regional counterpart' USING ERRCODE = 'check_violation'; -- J7
  END IF;
  IF NEW.member_id NOT IN ('', NEW.grantee_id) AND NOT EXISTS (SELECT 1 FROM members m WHERE m.id = NEW.member_id AND m.agency_id = NEW.grantee_id)
      AND NOT EXISTS (SELECT 1 FROM teams t WHERE t.id = NEW.member_id AND t.agency_id = NEW.grantee_id)
      AND NOT EXISTS (SELECT 1 FROM agency_units u WHERE u.id = NEW.member_id AND u.agency_id = NEW.grantee_id) THEN
    RAISE EXCEPTION 'an access of somebody who is no member of the agency' USING ERRCODE = 'check_violation'; -- D5
  END IF;
  IF NEW.grantee_id = NEW.contributor_id THEN
    PERFORM sala_own_access_rests(NEW);
    RETURN NULL;
  END IF;
  IF NEW.action NOT IN ('READ', 'PREVIEW') THEN
    RAISE EXCEPTION 'an access to change another contributor''s rows' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.purpose = 'JUSTICE' AND v_bits & sala_bits('["WHEREABOUTS", "HEALTH", "HEALTH_RESTRICTED", "NARRATIVE"]') <> 0 THEN
    RAISE EXCEPTION 'an access for justice to what needs a consent of its own' USING ERRCODE = 'check_violation'; -- C9
  END IF;
  SELECT f.owner_id INTO v_owner FROM case_files f WHERE f.id = NEW.case_id;
  v_adult := sala_adult_from(NEW.case_id);
  IF v_adult IS NULL OR v_adult > NEW.valid_from OR v_adult < -2208988800000000 THEN
    RAISE EXCEPTION 'an access to rows of one who is or may be a child' USING ERRCODE = 'check_violation'; -- E1
  END IF;
  SELECT x.deceased_on INTO v_deceased FROM persons x WHERE x.case_id = NEW.case_id;
  IF v_deceased IS NOT NULL AND (NEW.action = 'PREVIEW' OR NEW.valid_from >= v_deceased) THEN
    RAISE EXCEPTION 'an access that starts after her death' USING ERRCODE = 'check_violation'; -- C7
  END IF;
  SELECT * INTO r FROM referrals x WHERE x.id = NEW.referral_id AND x.case_id = NEW.case_id AND x.from_id = v_owner
    AND NEW.referrer_id = v_owner AND x.to_id = NEW.grantee_id AND x.purpose = NEW.purpose
    AND ((NEW.action = 'READ' AND x.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND x.accepted_on <= NEW.valid_from
          AND NEW.valid_until <= x.valid_until AND sala_bits(x.accepted_categories) & sala_bits(x.categories) & v_bits = v_bits)
      OR (NEW.action = 'PREVIEW' AND x.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING') AND v_bits = 0
          AND x.offered_on <= NEW.valid_from AND NEW.valid_until <= x.reply_by));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no referral of the owner that covers it' USING ERRCODE = 'check_violation'; -- D1, D4
  END IF;
  SELECT * INTO c FROM consents x WHERE x.id = NEW.consent_id AND x.case_id = NEW.case_id AND x.kind = 'SHARING' AND x.voice = 'PERSON'
    AND x.basis = 'CONSENT' AND x.interpretation IN ('NONE_NEEDED', 'VETTED') AND x.setting = 'SAFE_PLACE' -- C6
    AND x.given_on >= v_adult AND x.given_on <= NEW.valid_from; -- E6: what she permitted as a child does not open at 18
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no statement of this case that she gave as an adult' USING ERRCODE = 'check_violation';
  END IF;
  -- Police, prosecutors and courts are never named by class (C3), and what is named
  -- singly is named by a provision of its own (B1).
  v_force := EXISTS (SELECT 1 FROM agencies g WHERE g.id = NEW.grantee_id AND g.kind IN ('POLICE', 'PROSECUTOR', 'COURT'));
  SELECT coalesce(bit_or(CASE jsonb_array_length(p.categories) WHEN 1 THEN sala_bits(p.categories) ELSE sala_bits(p.categories) & ~v_single END), 0),
      coalesce(bool_or(p.contributor_ids ? NEW.contributor_id), false)
    INTO v_covered, v_named FROM provisions p
    WHERE p.consent_id = c.id AND p.decision = 'PERMIT' AND p.recipient_id = NEW.grantee_id AND p.purposes ? NEW.purpose
      AND (p.recipient_class IS NULL OR NOT v_force)
      AND p.valid_from <= NEW.valid_from AND NEW.valid_until <= p.valid_until;
  IF v_covered = 0 OR v_covered & v_bits <> v_bits THEN
    RAISE EXCEPTION 'an access goes beyond the statement that it rests on' USING ERRCODE = 'check_violation';
  END IF;
  IF v_owner <> NEW.contributor_id THEN
    IF NOT v_named THEN
      RAISE EXCEPTION 'an access opens rows of a contributor that the statement does not name' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM agencies g WHERE g.id = NEW.contributor_id AND g.kind = 'INTERNATIONAL_ORGANISATION') THEN
      RAISE EXCEPTION 'an access opens rows of an international organisation' USING ERRCODE = 'check_violation'; -- A6
    END IF;
  END IF;
  -- Only her latest statement decides, at the same moment the narrower; and a no about
  -- the agency beats a yes about its class (C4).
  WITH said AS (
      SELECT w.word, k.given_on, p.decision, p.recipient_class IS NOT NULL AS by_class
      FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.kind = 'SHARING' AND k.voice = 'PERSON'
      CROSS JOIN LATERAL jsonb_array_elements_text(p.categories) AS w(word)
      WHERE p.case_id = NEW.case_id AND p.recipient_id = NEW.grantee_id AND p.purposes ? NEW.purpose)
    SELECT coalesce(bit_or(sala_bits(jsonb_build_array(s.word))), 0) INTO v_refused FROM said s
    WHERE s.given_on > c.given_on OR (s.decision = 'DENY' AND (s.given_on = c.given_on
      OR (NOT s.by_class AND s.given_on = (SELECT max(n.given_on) FROM said n WHERE NOT n.by_class AND n.word = s.word))));
  v_kept := sala_recorded(NEW.case_id, NEW.contributor_id, NEW.purpose, NEW.valid_from, NEW.valid_until);
  IF v_owner <> NEW.contributor_id AND sala_recorded(NEW.case_id, v_owner, NEW.purpose, NEW.valid_from, NEW.valid_until) = 0 THEN
    v_kept := 0;
  END IF;
  IF v_bits & ~v_kept <> 0 THEN
    RAISE EXCEPTION 'an access opens what is in safekeeping' USING ERRCODE = 'check_violation'; -- C8
  END IF;
  IF NEW.action = 'PREVIEW' THEN
    -- A preview names no category: it stands on any that all it rests on share (D2).
    v_previewed := v_covered & sala_bits(r.categories) & v_kept & ~v_refused;
    IF NEW.purpose = 'JUSTICE' THEN
      v_previewed := v_previewed & ~sala_bits('["WHEREABOUTS", "HEALTH", "HEALTH_RESTRICTED", "NARRATIVE"]');
    END IF;
    IF v_previewed = 0 THEN
      RAISE EXCEPTION 'a preview of what is not shared' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF v_refused & v_bits <> 0 THEN
    RAISE EXCEPTION 'an access stands against a later statement' USING ERRCODE = 'check_violation';
  END IF;
  -- The contributor's agreement with the grantee and the referrer's: both, or the one (A2, D6).
  IF NOT sala_agreed(NEW.agreement_id, NEW.contributor_id, NEW.grantee_id, NEW.case_id, NEW.purpose, v_bits, v_previewed, NEW.valid_from, NEW.valid_until)
    OR NOT sala_agreed(NEW.referral_agreement_id, v_owner, NEW.grantee_id, NEW.case_id, NEW.purpose, v_bits, v_previewed, NEW.valid_from, NEW.valid_until) THEN
    RAISE EXCEPTION 'an access rests on no agreement that covers it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- The states of a referral (D3): who may bring it from where to where, and what is
-- written on the way. What has ended has ended.
-- +goose StatementBegin
CREATE FUNCTION sala_referral_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_waits boolean := OLD.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING');
  v_accepted boolean := OLD.state IN ('ACCEPTED', 'ACCEPTED_IN_PART');
  v_accepts boolean := NEW.state IN ('ACCEPTED', 'ACCEPTED_IN_PART');
  v_ends boolean := NEW.state IN ('DECLINED', 'COMPLETED', 'REVOKED');
BEGIN
  IF NOT coalesce(CASE sala_agency()
      WHEN OLD.to_id THEN (v_waits AND sala_now() < OLD.reply_by AND NEW.state IN ('INFORMATION_ASKED', 'WAITING', 'ACCEPTED', 'ACCEPTED_IN_PART', 'DECLINED'))
        OR (v_accepted AND NEW.state = 'COMPLETED')
      WHEN OLD.from_id THEN (v_waits OR v_accepted) AND NEW.state = 'REVOKED'
    END, false)
    -- When an agency leaves, the policy role ends its referrals (00003_onboarding.sql).
    AND NOT (current_user = 'sala_policy' AND (v_waits OR v_accepted) AND NEW.state = 'REVOKED') THEN
    RAISE EXCEPTION 'a referral does not come from that state to that by that side' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT coalesce((CASE WHEN v_accepts THEN NEW.accepted_on = sala_now() AND sala_bits(NEW.accepted_categories) <> 0
        AND sala_bits(NEW.accepted_categories) & ~sala_bits(NEW.categories) = 0
      ELSE NEW.accepted_on IS NOT DISTINCT FROM OLD.accepted_on AND NEW.accepted_categories IS NOT DISTINCT FROM OLD.accepted_categories END)
    AND (CASE WHEN v_ends THEN NEW.ended_on = sala_now() ELSE NEW.ended_on IS NULL END)
    AND (NEW.state = 'DECLINED' OR NEW.decline_reason IS NULL)
    AND (NEW.state = 'COMPLETED' OR NEW.outcome IS NULL), false) THEN
    RAISE EXCEPTION 'a referral is written otherwise than its new state says' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER referrals_move BEFORE UPDATE ON referrals FOR EACH ROW EXECUTE FUNCTION sala_referral_moves();

-- Whether a case may move from its owner to another agency: on her own statement about
-- exactly that, given as an adult, in force, and under an agreement of the two (A4).
-- +goose StatementBegin
CREATE FUNCTION sala_transfer_agreed(p_case text, p_from text, p_to text, p_consent text, p_now bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM provisions p
    JOIN consents k ON k.id = p.consent_id AND k.case_id = p.case_id
    JOIN case_files f ON f.id = p.case_id
    JOIN persons x ON x.case_id = p.case_id AND x.deceased_on IS NULL
    JOIN agencies t ON t.id = p.recipient_id AND t.kind <> 'REGIONAL_COUNTERPART'
    JOIN gates g1 ON g1.id = p_from AND g1.open
    JOIN gates g2 ON g2.id = p_to AND g2.open
    JOIN agreements g ON g.countersigned_on IS NOT NULL AND g.purposes @> p.purposes AND g.case_kinds ? f.kind
      AND g.valid_from <= p_now AND p_now < g.valid_until
    JOIN gates gg ON gg.id = g.id AND gg.open
    JOIN agreement_parties p1 ON p1.agreement_id = g.id AND p1.agency_id = p_from
    JOIN agreement_parties p2 ON p2.agreement_id = g.id AND p2.agency_id = p_to
    WHERE p.case_id = p_case AND p.consent_id = p_consent AND p.recipient_id = p_to AND p.recipient_class IS NULL AND p.decision = 'PERMIT'
      AND p.valid_from <= p_now AND p_now < p.valid_until
      AND k.kind = 'TRANSFER' AND k.voice = 'PERSON' AND k.basis = 'CONSENT'
      AND k.interpretation IN ('NONE_NEEDED', 'VETTED') AND k.setting = 'SAFE_PLACE'
      AND sala_adult_from(p_case) >= -2208988800000000 AND sala_adult_from(p_case) <= k.given_on AND k.given_on <= p_now
      AND NOT EXISTS (SELECT 1 FROM provisions n JOIN consents kn ON kn.id = n.consent_id
        WHERE n.case_id = p_case AND n.recipient_id = p_to AND n.decision = 'DENY' AND kn.given_on >= k.given_on));
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION sala_transfer_rests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.owner_id <> OLD.owner_id THEN
    IF OLD.transfer_to_id = '' OR NEW.owner_id <> OLD.transfer_to_id OR NEW.transfer_to_id <> '' OR sala_agency() IS DISTINCT FROM NEW.owner_id
      OR NOT coalesce(sala_transfer_agreed(OLD.id, OLD.owner_id, NEW.owner_id, OLD.transfer_consent_id, sala_now()), false) THEN
      RAISE EXCEPTION 'a case changes its owner otherwise than by a transfer that she agreed to' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.transfer_to_id <> '' AND (NEW.transfer_to_id <> OLD.transfer_to_id OR NEW.transfer_consent_id <> OLD.transfer_consent_id) THEN
    IF sala_agency() IS DISTINCT FROM OLD.owner_id
      OR NOT coalesce(sala_transfer_agreed(OLD.id, OLD.owner_id, NEW.transfer_to_id, NEW.transfer_consent_id, sala_now()), false) THEN
      RAISE EXCEPTION 'a transfer is offered that she has not agreed to' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER case_files_transfer BEFORE UPDATE OF owner_id, transfer_to_id, transfer_consent_id ON case_files
  FOR EACH ROW EXECUTE FUNCTION sala_transfer_rests();

-- These answer about any case, whoever asks: they are for the triggers alone.
REVOKE ALL ON FUNCTION sala_adult_from(text), sala_recorded(text, text, text, bigint, bigint),
  sala_agreed(text, text, text, text, text, bigint, bigint, bigint, bigint), sala_own_access_rests(accesses),
  sala_transfer_agreed(text, text, text, text, bigint) FROM PUBLIC;
