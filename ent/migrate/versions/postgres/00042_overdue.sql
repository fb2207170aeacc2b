-- +goose Up
-- Of another agency's overdue departure only those who administer the platform are told, not
-- whoever answers for agreements at an agency that does.
ALTER POLICY request_select ON notices
  USING (agency_id = sala_agency()
    AND (sala_within(holder_id) OR holder_id = ANY (string_to_array(nullif(current_setting('sala.holders', true), ''), ',')))
    AND (sala_flag('casework') OR sala_flag('casenotices')
      OR split_part(subject_id, '_', 1) IN ('agreement', 'proposal', 'agency', 'issuer', 'invitation', 'erasure', 'retention', 'breach', 'legalbasis', 'panel'))
    AND (sala_flag('parties') OR kind NOT IN
      ('AGREEMENT_SUSPENDED', 'AGREEMENT_RESUMED', 'AGREEMENT_IN_FORCE', 'AGREEMENT_ENDED', 'AGREEMENT_SHUT_DOWN', 'AGENCY_SUSPENDED', 'AGENCY_RESUMED',
       'BREACH_REPORTED', 'DELETION_PLANNED', 'DELETION_STOPPED'))
    AND (kind <> 'DEPARTURE_OVERDUE' OR sala_flag('platform') OR sala_flag('parties') AND subject_id = agency_id));
