-- +goose Up
-- An agency's own settings, where it stands, and each way in which it signs in.
ALTER TABLE "agencies" ADD COLUMN "names" jsonb NULL;
ALTER TABLE "agencies" ADD COLUMN "state" character varying NOT NULL DEFAULT 'PROPOSED';
ALTER TABLE "agencies" ADD COLUMN "need_to_know" character varying NOT NULL DEFAULT 'ASSIGNMENT';
ALTER TABLE "agencies" ADD COLUMN "administers_platform" boolean NOT NULL DEFAULT false;
ALTER TABLE "agencies" ADD COLUMN "requests_per_minute" bigint NOT NULL DEFAULT 600;
ALTER TABLE "agencies" ADD COLUMN "concurrent_requests" bigint NOT NULL DEFAULT 16;
ALTER TABLE "agency_units" ADD COLUMN "names" jsonb NULL;
CREATE TABLE "issuers" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "url" character varying NOT NULL,
  "audiences" jsonb NOT NULL,
  "client_id" character varying NULL,
  "agency_claim" character varying NULL,
  "agency_value" character varying NULL,
  "discriminator_claim" character varying NULL,
  "discriminator_value" character varying NULL,
  "acr_values" jsonb NOT NULL,
  "proposal_id" character varying NULL,
  "created_on" bigint NOT NULL,
  "valid_from" bigint NOT NULL,
  "valid_until" bigint NULL,
  "discovered_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "issuer_url" ON "issuers" ("url");
CREATE INDEX "issuer_agency_id" ON "issuers" ("agency_id");
-- Those that were there are active, and keep their issuer until it has been discovered anew.
UPDATE "agencies" SET "state" = 'ACTIVE' WHERE EXISTS (SELECT 1 FROM "gates" g WHERE g."id" = "agencies"."id" AND g."open");
UPDATE "agencies" SET "state" = 'SUSPENDED' WHERE "state" = 'PROPOSED';
INSERT INTO "issuers" ("id", "agency_id", "url", "audiences", "client_id", "agency_claim", "agency_value", "discriminator_claim", "discriminator_value", "acr_values", "proposal_id", "created_on", "valid_from")
  SELECT 'issuer_' || substr("id", 8), "id", "issuer", '[]', '', '', '', '', '', '[]', '', "created_on", "created_on" FROM "agencies" WHERE "issuer" IS NOT NULL AND "issuer" <> '';
DROP INDEX "agencies_issuer_key";
ALTER TABLE "agencies" DROP COLUMN "issuer";

CREATE TABLE "proposals" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "kind" character varying NOT NULL,
  "content" text NOT NULL,
  "proposer_id" character varying NOT NULL,
  "proposed_by" character varying NOT NULL,
  "proposed_on" bigint NOT NULL,
  "approved_on" bigint NULL,
  "effective_from" bigint NULL,
  "countersigned_on" bigint NULL,
  "refused_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "proposal_agency_id_proposed_on" ON "proposals" ("agency_id", "proposed_on");
CREATE TABLE "approvals" (
  "id" character varying NOT NULL,
  "proposal_id" character varying NOT NULL,
  "about_id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "member_id" character varying NOT NULL,
  "approved_on" bigint NOT NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "approval_proposal_id_agency_id" ON "approvals" ("proposal_id", "agency_id");
CREATE TABLE "invitations" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "secret_hash" bytea NOT NULL,
  "proposal_id" character varying NULL,
  "created_on" bigint NOT NULL,
  "valid_from" bigint NULL,
  "valid_until" bigint NOT NULL,
  "used_on" bigint NULL,
  "used_by" character varying NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "invitation_secret_hash" ON "invitations" ("secret_hash");
CREATE INDEX "invitation_agency_id" ON "invitations" ("agency_id");
CREATE TABLE "offboardings" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "frozen_on" bigint NOT NULL,
  "handed_over_on" bigint NULL,
  "agreements_ended_on" bigint NULL,
  "exported_on" bigint NULL,
  "export_digest" character varying NULL,
  "keys_destroyed_on" bigint NULL,
  "ended_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "offboardings_agency_id_key" ON "offboardings" ("agency_id");

-- What an agreement binds its parties to (D6).
ALTER TABLE "agreements" ADD COLUMN "code" character varying NULL;
ALTER TABLE "agreements" ADD COLUMN "proposer_id" character varying NULL;
ALTER TABLE "agreements" ADD COLUMN "retention_days" bigint NOT NULL DEFAULT 0;
ALTER TABLE "agreements" ADD COLUMN "onward" character varying NOT NULL DEFAULT 'NO';
ALTER TABLE "agreements" ADD COLUMN "breach_notice_hours" bigint NOT NULL DEFAULT 72;
ALTER TABLE "agreements" ADD COLUMN "at_end" character varying NOT NULL DEFAULT 'DELETE';
ALTER TABLE "agreements" ADD COLUMN "shut_down_on" bigint NULL;
ALTER TABLE "agreements" ADD COLUMN "ended_on" bigint NULL;
CREATE UNIQUE INDEX "agreements_code_key" ON "agreements" ("code");
ALTER TABLE "agreement_parties" ADD COLUMN "controller_role" character varying NOT NULL DEFAULT 'CONTROLLER';

-- The second wall of the new tables.
ALTER TABLE issuers ENABLE ROW LEVEL SECURITY;
ALTER TABLE proposals ENABLE ROW LEVEL SECURITY;
ALTER TABLE approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE offboardings ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON issuers, proposals, invitations, offboardings TO sala_onboarding;
GRANT SELECT, INSERT ON approvals TO sala_onboarding;
CREATE POLICY onboarding_select ON issuers FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON issuers FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON issuers FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON proposals FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON proposals FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON proposals FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON approvals FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON approvals FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_select ON invitations FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON invitations FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON invitations FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
CREATE POLICY onboarding_select ON offboardings FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON offboardings FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON offboardings FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);

-- Who administers an agency sees what is about that agency; who administers the
-- platform sees it of every agency. An invitation is shown to nobody.
GRANT SELECT ON issuers, proposals, approvals, offboardings TO sala_request;
CREATE POLICY request_select ON issuers FOR SELECT TO sala_request
  USING (sala_flag('platform') OR (sala_flag('administers') AND agency_id = sala_agency()));
CREATE POLICY request_select ON proposals FOR SELECT TO sala_request
  USING (sala_flag('platform') OR (sala_flag('administers') AND agency_id = sala_agency()));
CREATE POLICY request_select ON approvals FOR SELECT TO sala_request
  USING (sala_flag('platform') OR (sala_flag('administers') AND about_id = sala_agency()));
CREATE POLICY request_select ON offboardings FOR SELECT TO sala_request
  USING (sala_flag('platform') OR (sala_flag('administers') AND agency_id = sala_agency()));

-- A proposal is never rewritten, and an approval never changed or taken back.
-- +goose StatementBegin
CREATE FUNCTION sala_proposed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.agency_id, NEW.kind, NEW.content, NEW.proposer_id, NEW.proposed_by, NEW.proposed_on)
     IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.kind, OLD.content, OLD.proposer_id, OLD.proposed_by, OLD.proposed_on) THEN
    RAISE EXCEPTION 'a proposal is never rewritten' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER proposals_once BEFORE UPDATE ON proposals FOR EACH ROW EXECUTE FUNCTION sala_proposed_once();

-- When an agency leaves, its referrals end; nothing else of one is changed by this role.
GRANT UPDATE (state, ended_on, version) ON referrals TO sala_policy;
CREATE POLICY policy_update ON referrals FOR UPDATE TO sala_policy
  USING (true)
  WITH CHECK (state = 'REVOKED');
