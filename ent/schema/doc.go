// Package schema is the stored model of Sala, one entity a file. Every schema
// declares exactly one category or class (rules.md B); an entity about a person
// names the agency that contributed the row (A1).
//
// Times are integers: UTC microseconds since 1970. Intervals are [from, until).
// Ids are made by the client, prefixed and unguessable. The package promises no
// access rule: those are in ent/rule, in ent/store and in PostgreSQL itself.
package schema
