-- +goose Up
-- Whom an agency that leaves offers its cases to where nobody is named, and until when it is
-- to have left. Both are decided with the departure.
ALTER TABLE "offboardings" ADD COLUMN "hand_over_to_id" character varying NULL;
ALTER TABLE "offboardings" ADD COLUMN "deadline" bigint NULL;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sala_departs() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  -- What was agreed is taken back until it is due: with it the agency's word that it holds
  -- its export, which may have been in error.
  v_taken_back boolean := false;
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM pg_advisory_xact_lock(sala_lock_key('departure', NEW.agency_id));
    IF current_user = 'sala_onboarding' AND (NEW.handed_over_on IS NOT NULL OR NEW.agreements_ended_on IS NOT NULL OR NEW.exported_on IS NOT NULL
        OR NEW.keys_destroyed_on IS NOT NULL OR NEW.ended_on IS NOT NULL OR NEW.deletion_due_on IS NOT NULL) THEN
      RAISE EXCEPTION 'a departure begins with its first step' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF current_user <> 'sala_onboarding' THEN
    RETURN NEW;
  END IF;
  v_taken_back := coalesce(OLD.deletion_due_on IS NOT NULL AND NEW.deletion_due_on IS NULL AND NEW.exported_on IS NULL
    AND OLD.keys_destroyed_on IS NULL AND sala_now() < OLD.deletion_due_on AND sala_agency() = OLD.agency_id, false);
  IF NEW.agency_id <> OLD.agency_id OR NEW.frozen_on <> OLD.frozen_on
      OR (NEW.hand_over_to_id, NEW.deadline) IS DISTINCT FROM (OLD.hand_over_to_id, OLD.deadline)
      OR (OLD.handed_over_on IS NOT NULL AND NEW.handed_over_on IS DISTINCT FROM OLD.handed_over_on)
      OR (OLD.agreements_ended_on IS NOT NULL AND NEW.agreements_ended_on IS DISTINCT FROM OLD.agreements_ended_on)
      OR (OLD.deletion_due_on IS NOT NULL AND NOT v_taken_back
        AND ((NEW.deletion_by, NEW.unfetched_by) IS DISTINCT FROM (OLD.deletion_by, OLD.unfetched_by)
          OR coalesce(NEW.deletion_due_on < OLD.deletion_due_on, true))) -- it is put off, never brought forward
      OR (OLD.exported_on IS NOT NULL AND NOT v_taken_back AND (NEW.exported_on, NEW.export_digest, NEW.export_recipient) IS DISTINCT FROM (OLD.exported_on, OLD.export_digest, OLD.export_recipient))
      OR (OLD.keys_destroyed_on IS NOT NULL AND NEW.keys_destroyed_on IS DISTINCT FROM OLD.keys_destroyed_on)
      OR (OLD.ended_on IS NOT NULL AND NEW.ended_on IS DISTINCT FROM OLD.ended_on) THEN
    RAISE EXCEPTION 'a step of a departure is done once' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.handed_over_on IS NOT NULL AND OLD.handed_over_on IS NULL AND sala_owns_any(NEW.agency_id))
      OR (NEW.agreements_ended_on IS NOT NULL AND NEW.handed_over_on IS NULL)
      OR (NEW.exported_on IS NOT NULL AND OLD.exported_on IS NULL AND (NEW.agreements_ended_on IS NULL
        OR coalesce(NEW.export_digest, '') = '' AND NOT coalesce(NEW.deletion_due_on IS NOT NULL
          AND OLD.unfetched_by NOT IN ('', NEW.agency_id, coalesce(NEW.deletion_by, ''))
          AND NEW.agreements_ended_on + 30 * 86400000000 <= sala_now(), false)))
      OR (NEW.unfetched_by IS DISTINCT FROM OLD.unfetched_by AND coalesce(NEW.unfetched_by, '') NOT IN ('', coalesce(sala_agency(), '')))
      OR (NEW.deletion_due_on IS NOT NULL AND OLD.deletion_due_on IS NULL AND NOT coalesce(NEW.exported_on IS NOT NULL
        AND NEW.deletion_by NOT IN ('', NEW.agency_id) AND NEW.deletion_by = sala_agency() AND NEW.deletion_due_on >= sala_now() + 72 * 3600000000, false))
      OR (NEW.keys_destroyed_on IS NOT NULL AND OLD.keys_destroyed_on IS NULL AND NOT coalesce(NEW.exported_on IS NOT NULL
        AND OLD.deletion_due_on <= sala_now() AND OLD.deletion_due_on <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, false))
      OR (NEW.ended_on IS NOT NULL AND NEW.keys_destroyed_on IS NULL) THEN
    RAISE EXCEPTION 'a step of a departure before its time' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

-- Its own case workers see that it leaves, and to whom they offer its cases.
ALTER POLICY request_select ON offboardings
  USING (sala_flag('platform') OR (agency_id = sala_agency() AND (sala_flag('administers') OR sala_flag('casework') OR sala_flag('casenotices'))));

-- Whose deadline has passed is told once, to the agency and to those who administer the
-- platform; of nothing else of a departure.
GRANT SELECT (agency_id, deadline, ended_on) ON offboardings TO sala_policy;
CREATE POLICY policy_select ON offboardings FOR SELECT TO sala_policy USING (deadline IS NOT NULL);
ALTER POLICY request_select ON notices
  USING (agency_id = sala_agency()
    AND (sala_within(holder_id) OR holder_id = ANY (string_to_array(nullif(current_setting('sala.holders', true), ''), ',')))
    AND (sala_flag('casework') OR sala_flag('casenotices')
      OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach', 'legalbasis', 'panel'))
    AND (sala_flag('parties') OR kind NOT IN
      ('AGREEMENT_SUSPENDED', 'AGREEMENT_RESUMED', 'AGREEMENT_IN_FORCE', 'AGREEMENT_ENDED', 'AGREEMENT_SHUT_DOWN', 'AGENCY_SUSPENDED', 'AGENCY_RESUMED',
       'BREACH_REPORTED', 'DELETION_PLANNED', 'DELETION_STOPPED'))
    AND (sala_flag('parties') OR sala_flag('platform') OR kind <> 'DEPARTURE_OVERDUE'));
