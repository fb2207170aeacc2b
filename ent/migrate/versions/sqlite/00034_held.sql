-- +goose Up
-- Shapes are of another form now: each is written anew.
DELETE FROM case_shapes;
