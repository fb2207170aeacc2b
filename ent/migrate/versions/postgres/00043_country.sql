-- +goose Up
-- The country whose law an agency works under; empty: none.
ALTER TABLE "agencies" ADD COLUMN "country" character varying NOT NULL DEFAULT '';
