-- +goose Up
-- What looks at accesses to others' rows did so in many small steps, each with settings of
-- its own: a change of policy that opens much was slow by it alone. The settings are made
-- once a statement now, a statement is looked at for all words together, and what is alike
-- is found by columns. What is allowed stays the same.

DROP FUNCTION sala_leaf(accesses, text, text);
-- +goose StatementBegin
CREATE FUNCTION sala_leaves(a accesses, p_words jsonb, p_owner text)
RETURNS TABLE (word text, voice text, guardian text, kind text, given_on bigint, permit boolean, by_class boolean, opens boolean, written boolean, views boolean, mature boolean, stands_for jsonb, valid_from bigint, valid_until bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT w.word, k.voice::text, coalesce(k.guardianship_id, '')::text, coalesce(b.kind, '')::text, k.given_on,
    p.decision = 'PERMIT', p.recipient_class IS NOT NULL,
    coalesce(p.decision = 'PERMIT' AND k.basis = 'CONSENT' AND (a.purpose <> 'TRACING' OR jsonb_array_length(p.purposes) = 1)
      -- Provisional, it opens the minimum for 7 days; for justice not out of custody (C6).
      AND (full_said OR (w.word IN ('IDENTITY', 'CONTACT', 'PROFILE') AND (a.purpose <> 'JUSTICE' OR k.setting = 'SAFE_PLACE')))
      -- Her story, her health and where she is for justice: apart, after legal advice (C9).
      AND (a.purpose <> 'JUSTICE' OR w.word NOT IN ('NARRATIVE', 'HEALTH', 'WHEREABOUTS', 'HEALTH_RESTRICTED')
        OR (w.word <> 'HEALTH_RESTRICTED' AND full_said AND jsonb_array_length(p.purposes) = 1 AND jsonb_array_length(p.categories) = 1
          AND p.recipient_class IS NULL AND k.legal_advice_offered))
      -- Police, prosecutors and courts are never named by class (C3), and what is named
      -- singly is named by a provision of its own (B1).
      AND (p.recipient_class IS NULL OR NOT EXISTS (SELECT 1 FROM agencies x WHERE x.id = a.grantee_id AND x.kind IN ('POLICE', 'PROSECUTOR', 'COURT')))
      AND (w.word NOT IN ('WHEREABOUTS', 'HEALTH_RESTRICTED') OR jsonb_array_length(p.categories) = 1)
      AND (a.contributor_id = p_owner OR coalesce(p.contributor_ids ? a.contributor_id, false)) -- A2
      AND (k.voice <> 'CAREGIVER' OR (g.valid_from <= k.given_on AND k.given_on < g.valid_until))
      AND (k.voice <> 'BEST_INTERESTS' OR sala_in_effect(b.id, b.kind, p_owner)), false),
    coalesce(k.form IN ('WRITTEN', 'THUMBPRINT'), false), k.childs_views IS NOT NULL, k.mature_and_safe, coalesce(b.stands_for, '[]'),
    greatest(p.valid_from, g.valid_from),
    least(p.valid_until, g.valid_until, b.review_on, CASE b.kind WHEN 'ASSESSMENT' THEN k.given_on + 2592000000000 END,
      CASE WHEN NOT full_said THEN k.given_on + 604800000000 END)
    FROM provisions p JOIN consents k ON k.id = p.consent_id AND k.case_id = p.case_id AND k.kind = 'SHARING'
    CROSS JOIN LATERAL (SELECT k.interpretation IN ('NONE_NEEDED', 'VETTED') AND k.setting = 'SAFE_PLACE' AS full_said) fs
    JOIN LATERAL jsonb_array_elements_text(p_words) AS w(word) ON p.categories ? w.word
    LEFT JOIN guardianships g ON g.id = k.guardianship_id AND g.case_id = k.case_id
    LEFT JOIN best_interests b ON b.id = k.best_interests_id AND b.case_id = k.case_id
    WHERE p.case_id = a.case_id AND p.recipient_id = a.grantee_id AND p.purposes ? a.purpose AND (p.unit_id IN ('', a.unit_id) OR (a.unit_id = '' AND p.decision = 'DENY'))
      AND NOT (k.voice = 'CAREGIVER' AND CASE WHEN k.guardianship_id IS NULL THEN p.decision = 'PERMIT'
        ELSE coalesce(g.conflict OR g.agency_id IN (p_owner, a.grantee_id), false) END);
END $$;
-- +goose StatementEnd

-- What each word is said on, and by whom; the words on which it stands.
DROP FUNCTION sala_word_said(accesses, text, text, bigint);
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_said(a accesses, p_words jsonb, p_owner text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_adult bigint := sala_adult_from(a.case_id);
  v record;
  v_bits bigint := 0;
  v_need text := 'ALL';
  v_end bigint := 9223372036854775807;
  v_child boolean := v_adult IS NULL OR a.valid_from < v_adult;
  v_panel boolean;
  v_person boolean;
  v_carer boolean;
  v_yes boolean;
  v_once boolean;
BEGIN
  IF v_adult < -2208988800000000 THEN
    RETURN 0; -- such a date can only be a mistake
  END IF;
  -- Where she, grown, has alone spoken of each, and once, there is nothing to weigh: most
  -- cases. What follows comes to the same.
  IF NOT v_child THEN
    SELECT count(*) = count(DISTINCT s.word) AND bool_and(s.voice = 'PERSON'),
      bit_or(sala_bits(jsonb_build_array(s.word))) FILTER (WHERE s.opens AND s.given_on <= a.valid_from AND s.valid_from <= a.valid_from AND a.valid_until <= s.valid_until
        AND s.given_on >= v_adult AND NOT EXISTS (SELECT 1 FROM incapacities i WHERE i.case_id = a.case_id AND i.valid_from <= s.given_on AND s.given_on < i.valid_until))
      INTO v_once, v_bits FROM sala_leaves(a, p_words, p_owner) s;
    v_bits := coalesce(v_bits, 0);
    IF v_once THEN
      RETURN v_bits;
    END IF;
    v_bits := 0;
  END IF;
  IF v_child AND v_adult IS NOT NULL THEN
    CASE
      WHEN a.valid_from < v_adult - 378604800000000 THEN v_need := 'VIEWS'; v_end := v_adult - 378604800000000;
      WHEN a.valid_from < v_adult - 189302400000000 THEN v_need := 'ASSENT'; v_end := v_adult - 189302400000000;
      WHEN a.valid_from < v_adult - 94608000000000 THEN v_need := 'WRITTEN'; v_end := v_adult - 94608000000000;
      ELSE
        v_need := 'OWN';
        v_end := v_adult + CASE WHEN a.action = 'READ' AND a.purpose IN ('PROTECTION', 'ASSISTANCE') THEN 2592000000000 ELSE 0 END;
    END CASE;
  END IF;
  FOR v IN WITH said AS MATERIALIZED (SELECT * FROM sala_leaves(a, p_words, p_owner)),
    leaf AS (SELECT s.*, s.opens AND s.given_on <= a.valid_from AND s.valid_from <= a.valid_from AND a.valid_until <= s.valid_until AS yes
      FROM said s WHERE NOT v_child OR v_adult IS NULL OR s.given_on < v_adult),
    last AS (SELECT l.* FROM leaf l WHERE l.given_on = (SELECT max(m.given_on) FROM leaf m
      WHERE m.word = l.word AND m.voice = l.voice AND m.guardian = l.guardian AND m.kind = l.kind)),
    named AS (SELECT l.* FROM leaf l WHERE NOT l.by_class AND l.given_on = (SELECT max(m.given_on) FROM leaf m
      WHERE NOT m.by_class AND m.word = l.word AND m.voice = l.voice AND m.guardian = l.guardian AND m.kind = l.kind)),
    able AS (SELECT l.* FROM leaf l WHERE l.voice = 'PERSON' AND NOT v_child AND (NOT l.permit OR NOT EXISTS (SELECT 1 FROM incapacities i
      WHERE i.case_id = a.case_id AND i.valid_from <= l.given_on AND l.given_on < i.valid_until))),
    refused AS (SELECT l.word, l.voice FROM last l WHERE NOT l.permit UNION SELECT n.word, n.voice FROM named n WHERE NOT n.permit
      UNION SELECT b.word, b.voice FROM able b WHERE NOT b.permit AND (b.given_on = (SELECT max(c.given_on) FROM able c WHERE c.word = b.word)
        OR (NOT b.by_class AND b.given_on = (SELECT max(c.given_on) FROM able c WHERE c.word = b.word AND NOT c.by_class))))
  SELECT l.word,
    coalesce(bool_and(l.yes) FILTER (WHERE l.voice = 'PERSON'), false) AS p,
    coalesce(bool_and(l.written) FILTER (WHERE l.voice = 'PERSON'), false) AS p_written,
    coalesce(bool_and(l.mature AND l.given_on >= v_adult - 94608000000000) FILTER (WHERE l.voice = 'PERSON'), false) AS p_mature,
    coalesce(bool_and(l.given_on >= v_adult AND NOT EXISTS (SELECT 1 FROM incapacities i
      WHERE i.case_id = a.case_id AND i.valid_from <= l.given_on AND l.given_on < i.valid_until)) FILTER (WHERE l.voice = 'PERSON'), false) AS p_grown,
    coalesce(bool_and(l.yes) FILTER (WHERE l.voice = 'CAREGIVER'), false) AS c,
    coalesce(bool_and(l.views) FILTER (WHERE l.voice = 'CAREGIVER'), false) AS c_views,
    coalesce(bool_and(l.yes) FILTER (WHERE l.kind = 'DETERMINATION'), false) AS d,
    coalesce(bool_and(l.yes AND l.stands_for ? 'PERSON') FILTER (WHERE l.kind = 'DETERMINATION'), false) AS d_p,
    coalesce(bool_and(l.yes AND l.stands_for ? 'CAREGIVER') FILTER (WHERE l.kind = 'DETERMINATION'), false) AS d_c,
    coalesce(bool_and(l.yes AND l.stands_for ? 'PERSON') FILTER (WHERE l.kind = 'ASSESSMENT'), false) AS a_p,
    coalesce(bool_and(l.yes AND l.stands_for ? 'CAREGIVER') FILTER (WHERE l.kind = 'ASSESSMENT'), false) AS a_c,
    'PERSON' IN (SELECT r.voice FROM refused r WHERE r.word = l.word) AS p_no,
    'CAREGIVER' IN (SELECT r.voice FROM refused r WHERE r.word = l.word) AS c_no,
    'BEST_INTERESTS' IN (SELECT r.voice FROM refused r WHERE r.word = l.word) AS b_no,
    EXISTS (SELECT 1 FROM said s WHERE s.word = l.word AND s.voice = 'PERSON' AND s.given_on >= v_adult) AS spoke_grown
    FROM last l GROUP BY l.word
  LOOP
    v_panel := a.purpose NOT IN ('JUSTICE', 'RETURN') OR v.d;
    IF v_child THEN
      v_person := (v.p AND NOT v.p_no AND (v_need = 'ASSENT' OR v.p_written)) OR v.d_p OR (NOT v.p_no AND (v.a_p OR v_need = 'VIEWS'));
      v_carer := (v.c AND NOT v.c_no AND (v.c_views OR v_need IN ('WRITTEN', 'OWN'))) OR v.d_c OR (v.a_c AND NOT v.c_no);
      v_yes := a.valid_until <= v_end AND NOT v.spoke_grown AND NOT v.b_no AND v_panel
        AND ((v_person AND v_carer) OR (v_need = 'OWN' AND v.p AND NOT v.p_no AND v.p_mature));
    ELSE
      v_yes := (v.p AND v.p_grown AND NOT v.p_no)
        OR ((v.d_p OR v.a_p) AND v_panel AND NOT v.p_no AND NOT v.b_no AND EXISTS (SELECT 1 FROM incapacities i
          WHERE i.case_id = a.case_id AND i.valid_from <= a.valid_from AND a.valid_until <= i.valid_until));
    END IF;
    IF v_yes THEN
      v_bits := v_bits | sala_bits(jsonb_build_array(v.word));
    END IF;
  END LOOP;
  RETURN v_bits;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_shared_access_rests(a accesses) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r referrals%ROWTYPE;
  v_owner text;
  v_deceased bigint;
  v_bits bigint := a.categories & ~1::bigint; -- CASE is never named (B5)
  v_onward boolean := a.first_referral_id <> '' OR a.first_agreement_id <> '' OR a.first_referrer_id <> '';
  v_words jsonb;
  v_said bigint;
  v_kept bigint;
  v_decided bigint;
  v_previewed bigint := 0;
BEGIN
  SELECT f.owner_id, x.deceased_on INTO v_owner, v_deceased FROM case_files f LEFT JOIN persons x ON x.case_id = f.id WHERE f.id = a.case_id;
  IF a.action NOT IN ('READ', 'PREVIEW') THEN
    RAISE EXCEPTION 'an access to change another contributor''s rows' USING ERRCODE = 'check_violation';
  END IF;
  IF a.purpose = 'JUSTICE' AND EXISTS (SELECT 1 FROM recovery_periods p WHERE p.case_id = a.case_id AND p.decision <> 'ASKS'
      AND p.valid_from <= a.valid_from AND a.valid_from < p.valid_until) THEN
    RAISE EXCEPTION 'an access for justice that starts while she recovers' USING ERRCODE = 'check_violation'; -- D7
  END IF;
  IF v_deceased IS NOT NULL AND (a.action = 'PREVIEW' OR a.valid_from >= v_deceased) THEN
    RAISE EXCEPTION 'an access that starts after her death' USING ERRCODE = 'check_violation'; -- C7
  END IF;
  SELECT * INTO r FROM referrals x WHERE x.id = a.referral_id AND x.case_id = a.case_id AND x.from_id = a.referrer_id
    AND x.to_id = a.grantee_id AND x.unit_id IN ('', a.unit_id) AND x.purpose = a.purpose
    AND CASE WHEN v_onward THEN x.onward_of <> '' ELSE x.onward_of = '' AND x.from_id = v_owner END
    AND ((a.action = 'READ' AND x.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND x.accepted_on <= a.valid_from
          AND a.valid_until <= x.valid_until AND sala_bits(x.accepted_categories) & sala_bits(x.categories) & v_bits = v_bits)
      OR (a.action = 'PREVIEW' AND x.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING') AND v_bits = 0
          AND x.offered_on <= a.valid_from AND a.valid_until <= x.reply_by));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an access rests on no referral of the owner that covers it' USING ERRCODE = 'check_violation'; -- D1, D4
  END IF;
  IF NOT EXISTS (SELECT 1 FROM consents k JOIN provisions p ON p.consent_id = k.id
      WHERE k.id = a.consent_id AND k.case_id = a.case_id AND k.kind = 'SHARING' AND k.given_on <= a.valid_from
        AND p.decision = 'PERMIT' AND p.recipient_id = a.grantee_id AND p.unit_id IN ('', a.unit_id) AND p.purposes ? a.purpose) THEN
    RAISE EXCEPTION 'an access rests on no statement of this case' USING ERRCODE = 'check_violation';
  END IF;
  IF v_onward THEN
    PERFORM sala_onward_rests(a, v_owner, r);
    RETURN;
  END IF;
  v_decided := sala_decided(a, v_owner);
  IF v_decided = 0 OR v_bits & ~v_decided <> 0 THEN
    RAISE EXCEPTION 'an access opens rows of an international organisation without its decision' USING ERRCODE = 'check_violation'; -- A6
  END IF;
  -- A preview names no category, nor does what supervisors see: it stands on any that all
  -- it rests on share (D2, D5).
  v_words := CASE WHEN a.action = 'READ' THEN r.accepted_categories ELSE r.categories END;
  IF v_bits <> 0 THEN
    v_words := (SELECT jsonb_agg(w.word) FROM jsonb_array_elements_text(v_words) AS w(word) WHERE sala_bits(jsonb_build_array(w.word)) & v_bits <> 0);
  END IF;
  v_said := sala_said(a, v_words, v_owner);
  IF v_said = 0 OR v_bits & ~v_said <> 0 THEN
    RAISE EXCEPTION 'an access goes beyond what was said' USING ERRCODE = 'check_violation'; -- C2, C4, C6, E1 to E6
  END IF;
  v_kept := sala_recorded(a.case_id, a.contributor_id, a.purpose, a.valid_from, a.valid_until);
  IF v_owner <> a.contributor_id AND sala_recorded(a.case_id, v_owner, a.purpose, a.valid_from, a.valid_until) = 0 THEN
    v_kept := 0;
  END IF;
  IF v_bits & ~v_kept <> 0 THEN
    RAISE EXCEPTION 'an access opens what is in safekeeping' USING ERRCODE = 'check_violation'; -- C8
  END IF;
  IF a.action = 'PREVIEW' THEN
    v_previewed := v_said & sala_bits(r.categories) & v_kept & v_decided;
    IF v_previewed = 0 THEN
      RAISE EXCEPTION 'a preview of what is not shared' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  -- The contributor's agreement with the grantee and the referrer's: both, or the one (A2, D6).
  IF NOT sala_agreed(a.agreement_id, a.contributor_id, a.grantee_id, a.case_id, a.purpose, v_bits, v_previewed, a.valid_from, a.valid_until)
    OR ((a.referral_agreement_id, v_owner) IS DISTINCT FROM (a.agreement_id, a.contributor_id)
      AND NOT sala_agreed(a.referral_agreement_id, v_owner, a.grantee_id, a.case_id, a.purpose, v_bits, v_previewed, a.valid_from, a.valid_until)) THEN
    RAISE EXCEPTION 'an access rests on no agreement that covers it' USING ERRCODE = 'check_violation';
  END IF;
END $$;
-- +goose StatementEnd

-- The small ones run in the settings, and with the rights, of what calls them.
-- +goose StatementBegin
DO $$
DECLARE
  f regprocedure;
BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
      AND p.proname IN ('sala_agreed', 'sala_recorded', 'sala_adult_from', 'sala_decided') LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY INVOKER', f);
    EXECUTE format('ALTER FUNCTION %s RESET ALL', f);
  END LOOP;
END $$;
-- +goose StatementEnd

-- What differs in nothing but whom it is for, and in categories, rests on the same.
-- +goose StatementBegin
DO $do$
BEGIN
  EXECUTE format($f$
CREATE OR REPLACE FUNCTION sala_accesses_rest() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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
  FOR a IN SELECT %s FROM made m
      WHERE m.grantee_id <> m.contributor_id AND m.basis NOT IN ('LEGAL_BASIS', 'BREAK_GLASS') GROUP BY %s LOOP
    PERFORM sala_shared_access_rests(a);
  END LOOP;
  FOR a IN SELECT m.* FROM made m WHERE m.grantee_id <> m.contributor_id AND m.basis IN ('LEGAL_BASIS', 'BREAK_GLASS') LOOP
    IF a.basis = 'LEGAL_BASIS' THEN
      PERFORM sala_legal_access_rests(a);
    ELSE
      PERFORM sala_glass_access_rests(a);
    END IF;
  END LOOP;
  RETURN NULL;
END $$
$f$,
    (SELECT string_agg(CASE c.column_name WHEN 'categories' THEN 'bit_or(m.categories)' WHEN 'id' THEN 'NULL' WHEN 'member_id' THEN 'NULL'
      ELSE format('m.%I', c.column_name) END, ', ' ORDER BY c.ordinal_position)
      FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = 'accesses'),
    (SELECT string_agg(format('m.%I', c.column_name), ', ' ORDER BY c.ordinal_position)
      FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = 'accesses' AND c.column_name NOT IN ('id', 'member_id', 'categories')));
END $do$;
-- +goose StatementEnd

-- What it takes to ask whether a row is open, as the planner should know: the rows that
-- something else leaves out are left out first.
ALTER FUNCTION sala_open(text, text, text, bigint) COST 10000;
