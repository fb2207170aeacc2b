-- +goose Up
-- The networks that an agency's members may come from, each list from its time on: the
-- last that has begun and was not taken back counts. No list: from anywhere.
CREATE TABLE "allow_lists" (
  "id" character varying NOT NULL,
  "agency_id" character varying NOT NULL,
  "networks" jsonb NOT NULL,
  "proposal_id" character varying NULL,
  "created_on" bigint NOT NULL,
  "valid_from" bigint NOT NULL,
  "taken_back_on" bigint NULL,
  PRIMARY KEY ("id")
);
CREATE INDEX "allowlist_agency_id_valid_from" ON "allow_lists" ("agency_id", "valid_from");

-- The second wall: as of issuers. What a list says, and of whom, never changes.
ALTER TABLE allow_lists ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (valid_from, taken_back_on) ON allow_lists TO sala_onboarding;
CREATE POLICY onboarding_select ON allow_lists FOR SELECT TO sala_onboarding
  USING (true);
CREATE POLICY onboarding_insert ON allow_lists FOR INSERT TO sala_onboarding
  WITH CHECK (true);
CREATE POLICY onboarding_update ON allow_lists FOR UPDATE TO sala_onboarding
  USING (true)
  WITH CHECK (true);
GRANT SELECT ON allow_lists TO sala_request;
CREATE POLICY request_select ON allow_lists FOR SELECT TO sala_request
  USING (sala_flag('platform') OR (sala_flag('administers') AND agency_id = sala_agency()));
