-- +goose Up
-- The document that the parties of an agreement sign, by its SHA-256.
ALTER TABLE "agreements" ADD COLUMN "document_digest" character varying NULL;
