-- +goose Up
-- Create "accesses" table
CREATE TABLE `accesses` (
  `id` text NOT NULL,
  `member_id` text NOT NULL DEFAULT (''),
  `action` text NOT NULL,
  `categories` integer NOT NULL,
  `purpose` text NOT NULL,
  `basis` text NOT NULL,
  `referral_id` text NOT NULL DEFAULT (''),
  `consent_id` text NOT NULL DEFAULT (''),
  `agreement_id` text NOT NULL DEFAULT (''),
  `obligations` json NULL,
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  `facts_version` integer NOT NULL,
  `revision` text NOT NULL,
  `grantee_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `case_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `accesses_agencies_grantee` FOREIGN KEY (`grantee_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `accesses_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `accesses_case_files_accesses` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION
);
-- Create index "access_case_id_contributor_id" to table: "accesses"
CREATE INDEX `access_case_id_contributor_id` ON `accesses` (`case_id`, `contributor_id`);
-- Create index "access_grantee_id_member_id_purpose_action_case_id" to table: "accesses"
CREATE INDEX `access_grantee_id_member_id_purpose_action_case_id` ON `accesses` (`grantee_id`, `member_id`, `purpose`, `action`, `case_id`);
-- Create index "access_referral_id" to table: "accesses"
CREATE INDEX `access_referral_id` ON `accesses` (`referral_id`);
-- Create index "access_consent_id" to table: "accesses"
CREATE INDEX `access_consent_id` ON `accesses` (`consent_id`);
-- Create "agencies" table
CREATE TABLE `agencies` (
  `id` text NOT NULL,
  `code` text NOT NULL,
  `name` text NOT NULL,
  `kind` text NOT NULL,
  `issuer` text NULL,
  `created_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "agencies_code_key" to table: "agencies"
CREATE UNIQUE INDEX `agencies_code_key` ON `agencies` (`code`);
-- Create index "agencies_issuer_key" to table: "agencies"
CREATE UNIQUE INDEX `agencies_issuer_key` ON `agencies` (`issuer`);
-- Create "agency_units" table
CREATE TABLE `agency_units` (
  `id` text NOT NULL,
  `code` text NOT NULL,
  `name` text NOT NULL,
  `agency_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `agency_units_agencies_units` FOREIGN KEY (`agency_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "agencyunit_agency_id_code" to table: "agency_units"
CREATE UNIQUE INDEX `agencyunit_agency_id_code` ON `agency_units` (`agency_id`, `code`);
-- Create "agreements" table
CREATE TABLE `agreements` (
  `id` text NOT NULL,
  `title` text NOT NULL,
  `purposes` json NOT NULL,
  `categories` json NOT NULL,
  `case_kinds` json NOT NULL,
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  `countersigned_on` integer NULL,
  PRIMARY KEY (`id`)
);
-- Create "agreement_parties" table
CREATE TABLE `agreement_parties` (
  `id` text NOT NULL,
  `focal_point` text NULL,
  `signed_on` integer NULL,
  `suspended_on` integer NULL,
  `agreement_id` text NOT NULL,
  `agency_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `agreement_parties_agreements_parties` FOREIGN KEY (`agreement_id`) REFERENCES `agreements` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `agreement_parties_agencies_agency` FOREIGN KEY (`agency_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "agreementparty_agreement_id_agency_id" to table: "agreement_parties"
CREATE UNIQUE INDEX `agreementparty_agreement_id_agency_id` ON `agreement_parties` (`agreement_id`, `agency_id`);
-- Create index "agreementparty_agency_id" to table: "agreement_parties"
CREATE INDEX `agreementparty_agency_id` ON `agreement_parties` (`agency_id`);
-- Create "assignments" table
CREATE TABLE `assignments` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `since` integer NOT NULL,
  `ended_on` integer NULL,
  PRIMARY KEY (`id`)
);
-- Create index "assignment_case_id_agency_id" to table: "assignments"
CREATE INDEX `assignment_case_id_agency_id` ON `assignments` (`case_id`, `agency_id`);
-- Create "case_files" table
CREATE TABLE `case_files` (
  `id` text NOT NULL,
  `reference` text NOT NULL,
  `kind` text NOT NULL,
  `state` text NOT NULL,
  `closing_reason` text NULL,
  `opened_on` integer NOT NULL,
  `occurred_on` integer NULL,
  `version` integer NOT NULL DEFAULT (1),
  `facts_version` integer NOT NULL DEFAULT (0),
  `evaluated_version` integer NOT NULL DEFAULT (-1),
  `transfer_to_id` text NOT NULL DEFAULT (''),
  `transfer_consent_id` text NOT NULL DEFAULT (''),
  `owner_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `case_files_agencies_owner` FOREIGN KEY (`owner_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "case_files_reference_key" to table: "case_files"
CREATE UNIQUE INDEX `case_files_reference_key` ON `case_files` (`reference`);
-- Create index "casefile_owner_id" to table: "case_files"
CREATE INDEX `casefile_owner_id` ON `case_files` (`owner_id`);
-- Create "consents" table
CREATE TABLE `consents` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `kind` text NOT NULL,
  `basis` text NOT NULL,
  `voice` text NOT NULL,
  `form` text NULL,
  `sealed` blob NOT NULL,
  `language` text NULL,
  `interpretation` text NOT NULL,
  `setting` text NOT NULL,
  `given_on` integer NOT NULL,
  `to_interview` text NOT NULL DEFAULT ('UNKNOWN'),
  `told_purpose` text NOT NULL DEFAULT ('UNKNOWN'),
  `told_use` text NOT NULL DEFAULT ('UNKNOWN'),
  `told_research` text NOT NULL DEFAULT ('UNKNOWN'),
  `told_access` text NOT NULL DEFAULT ('UNKNOWN'),
  `told_storage` text NOT NULL DEFAULT ('UNKNOWN'),
  `told_withdrawal` text NOT NULL DEFAULT ('UNKNOWN'),
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `consents_case_files_consents` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `consents_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "consent_case_id_contributor_id" to table: "consents"
CREATE INDEX `consent_case_id_contributor_id` ON `consents` (`case_id`, `contributor_id`);
-- Create "contacts" table
CREATE TABLE `contacts` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `contacts_case_files_contacts` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `contacts_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "contact_case_id_contributor_id" to table: "contacts"
CREATE INDEX `contact_case_id_contributor_id` ON `contacts` (`case_id`, `contributor_id`);
-- Create "disclosures" table
CREATE TABLE `disclosures` (
  `id` text NOT NULL,
  `kind` text NOT NULL,
  `at` integer NOT NULL,
  `operation_id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `purpose` text NOT NULL,
  `basis` text NOT NULL,
  `verb` text NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  `categories` integer NOT NULL,
  `row_ids` json NOT NULL,
  `key` blob NOT NULL,
  `commitment` blob NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "disclosure_contributor_id_at" to table: "disclosures"
CREATE INDEX `disclosure_contributor_id_at` ON `disclosures` (`contributor_id`, `at`);
-- Create index "disclosure_case_id_at" to table: "disclosures"
CREATE INDEX `disclosure_case_id_at` ON `disclosures` (`case_id`, `at`);
-- Create index "disclosure_commitment" to table: "disclosures"
CREATE INDEX `disclosure_commitment` ON `disclosures` (`commitment`);
-- Create "gates" table
CREATE TABLE `gates` (
  `id` text NOT NULL,
  `open` bool NOT NULL DEFAULT (false),
  `revision` text NOT NULL DEFAULT (''),
  `version` integer NOT NULL DEFAULT (1),
  `changed_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create "idempotency_keys" table
CREATE TABLE `idempotency_keys` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `member_id` text NOT NULL,
  `mutation` text NOT NULL,
  `key` text NOT NULL,
  `digest` blob NOT NULL,
  `result_ids` json NOT NULL,
  `expires_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "idempotencykey_member_id_mutation_key" to table: "idempotency_keys"
CREATE UNIQUE INDEX `idempotencykey_member_id_mutation_key` ON `idempotency_keys` (`member_id`, `mutation`, `key`);
-- Create "identities" table
CREATE TABLE `identities` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `identities_case_files_identities` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `identities_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "identity_case_id_contributor_id" to table: "identities"
CREATE UNIQUE INDEX `identity_case_id_contributor_id` ON `identities` (`case_id`, `contributor_id`);
-- Create "imported_rows" table
CREATE TABLE `imported_rows` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `digest` text NOT NULL,
  `row` integer NOT NULL,
  `case_id` text NOT NULL,
  `imported_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "importedrow_agency_id_digest_row" to table: "imported_rows"
CREATE UNIQUE INDEX `importedrow_agency_id_digest_row` ON `imported_rows` (`agency_id`, `digest`, `row`);
-- Create "ledger_entries" table
CREATE TABLE `ledger_entries` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `format` integer NOT NULL DEFAULT (1),
  `at` integer NOT NULL,
  `commitment` blob NOT NULL
);
-- Create "ledger_nodes" table
CREATE TABLE `ledger_nodes` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `hash` blob NOT NULL
);
-- Create "members" table
CREATE TABLE `members` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `issuer` text NOT NULL,
  `subject` text NOT NULL,
  `roles` json NOT NULL,
  `active` bool NOT NULL DEFAULT (true),
  `created_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "member_issuer_subject" to table: "members"
CREATE UNIQUE INDEX `member_issuer_subject` ON `members` (`issuer`, `subject`);
-- Create index "member_agency_id" to table: "members"
CREATE INDEX `member_agency_id` ON `members` (`agency_id`);
-- Create "narratives" table
CREATE TABLE `narratives` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `sealed` blob NOT NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `narratives_case_files_narratives` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `narratives_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "narrative_case_id_contributor_id" to table: "narratives"
CREATE INDEX `narrative_case_id_contributor_id` ON `narratives` (`case_id`, `contributor_id`);
-- Create "notices" table
CREATE TABLE `notices` (
  `id` text NOT NULL,
  `agency_id` text NOT NULL,
  `kind` text NOT NULL,
  `subject_id` text NOT NULL,
  `created_on` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- Create index "notice_agency_id_created_on" to table: "notices"
CREATE INDEX `notice_agency_id_created_on` ON `notices` (`agency_id`, `created_on`);
-- Create "persons" table
CREATE TABLE `persons` (
  `id` text NOT NULL,
  `adult_earliest` integer NULL,
  `adult_latest` integer NULL,
  `age_bounds` json NULL,
  `created_on` integer NOT NULL,
  `case_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `persons_case_files_person` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION
);
-- Create index "persons_case_id_key" to table: "persons"
CREATE UNIQUE INDEX `persons_case_id_key` ON `persons` (`case_id`);
-- Create "previews" table
CREATE TABLE `previews` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `from_id` text NOT NULL,
  `service` text NOT NULL,
  `urgency` text NOT NULL,
  `reply_by` integer NOT NULL,
  `age_group` text NOT NULL,
  `sex` text NOT NULL,
  `interpreter_language` text NULL,
  `accessibility_needs` text NULL,
  `referral_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `previews_referrals_preview` FOREIGN KEY (`referral_id`) REFERENCES `referrals` (`id`) ON DELETE NO ACTION
);
-- Create index "previews_referral_id_key" to table: "previews"
CREATE UNIQUE INDEX `previews_referral_id_key` ON `previews` (`referral_id`);
-- Create "profiles" table
CREATE TABLE `profiles` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `sex` text NULL,
  `gender` text NULL,
  `birth_year_earliest` integer NULL,
  `birth_year_latest` integer NULL,
  `citizenships` json NULL,
  `marital_status` text NULL,
  `number_of_children` integer NULL,
  `education` text NULL,
  `primary_language` text NULL,
  `secondary_language` text NULL,
  `interpreter_language` text NULL,
  `accessibility_needs` text NULL,
  `deceased` bool NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `profiles_case_files_profiles` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `profiles_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "profile_case_id_contributor_id" to table: "profiles"
CREATE UNIQUE INDEX `profile_case_id_contributor_id` ON `profiles` (`case_id`, `contributor_id`);
-- Create "provisions" table
CREATE TABLE `provisions` (
  `id` text NOT NULL,
  `case_id` text NOT NULL,
  `decision` text NOT NULL,
  `recipient_id` text NOT NULL DEFAULT (''),
  `recipient_class` text NULL,
  `purposes` json NOT NULL,
  `categories` json NOT NULL,
  `contributor_ids` json NULL,
  `onward` bool NOT NULL DEFAULT (false),
  `valid_from` integer NOT NULL,
  `valid_until` integer NOT NULL,
  `consent_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `provisions_consents_provisions` FOREIGN KEY (`consent_id`) REFERENCES `consents` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `provisions_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "provision_case_id" to table: "provisions"
CREATE INDEX `provision_case_id` ON `provisions` (`case_id`);
-- Create index "provision_consent_id" to table: "provisions"
CREATE INDEX `provision_consent_id` ON `provisions` (`consent_id`);
-- Create index "provision_recipient_id" to table: "provisions"
CREATE INDEX `provision_recipient_id` ON `provisions` (`recipient_id`);
-- Create "referrals" table
CREATE TABLE `referrals` (
  `id` text NOT NULL,
  `service` text NOT NULL,
  `purpose` text NOT NULL,
  `categories` json NOT NULL,
  `accepted_categories` json NULL,
  `urgency` text NOT NULL,
  `state` text NOT NULL,
  `decline_reason` text NULL,
  `asked_about` json NULL,
  `outcome` text NULL,
  `offered_on` integer NOT NULL,
  `reply_by` integer NOT NULL,
  `accepted_on` integer NULL,
  `ended_on` integer NULL,
  `valid_until` integer NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `case_id` text NOT NULL,
  `from_id` text NOT NULL,
  `to_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `referrals_case_files_referrals` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `referrals_agencies_from` FOREIGN KEY (`from_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `referrals_agencies_to` FOREIGN KEY (`to_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "referral_case_id" to table: "referrals"
CREATE INDEX `referral_case_id` ON `referrals` (`case_id`);
-- Create index "referral_from_id" to table: "referrals"
CREATE INDEX `referral_from_id` ON `referrals` (`from_id`);
-- Create index "referral_to_id" to table: "referrals"
CREATE INDEX `referral_to_id` ON `referrals` (`to_id`);
-- Create "traffickings" table
CREATE TABLE `traffickings` (
  `id` text NOT NULL,
  `version` integer NOT NULL DEFAULT (1),
  `occurred_on` integer NULL,
  `recorded_on` integer NOT NULL,
  `recorded_by` text NOT NULL,
  `status` text NULL,
  `decided_by` text NULL,
  `relationship_to_trafficker` text NULL,
  `age_when_trafficked` integer NULL,
  `recruitment_websites` json NULL,
  `recruitment_methods` json NULL,
  `recruitment_place` text NULL,
  `control_methods` json NULL,
  `exploitation_types` json NULL,
  `industries` json NULL,
  `sex_exploitation_types` json NULL,
  `exploitation_websites` json NULL,
  `place_kind` text NULL,
  `exploitation_place` text NULL,
  `case_id` text NOT NULL,
  `contributor_id` text NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `traffickings_case_files_traffickings` FOREIGN KEY (`case_id`) REFERENCES `case_files` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `traffickings_agencies_contributor` FOREIGN KEY (`contributor_id`) REFERENCES `agencies` (`id`) ON DELETE NO ACTION
);
-- Create index "trafficking_case_id_contributor_id" to table: "traffickings"
CREATE INDEX `trafficking_case_id_contributor_id` ON `traffickings` (`case_id`, `contributor_id`);
