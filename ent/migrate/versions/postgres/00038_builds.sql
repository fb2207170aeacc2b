-- +goose Up
-- A build weighs what it makes beside what was published (J5): the role that reads what may
-- be released reads that as well, and so a login for builds needs to act as no other.
GRANT SELECT ON releases TO sala_release;
CREATE POLICY release_select ON releases FOR SELECT TO sala_release USING (true);
