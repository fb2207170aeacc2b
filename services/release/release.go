// Package release builds tables of anonymised figures from the case database and publishes
// them: a declared table, counted under a role that reads one view of cases, through gates that
// refuse what would tell of one person, signed by two.
//
// It promises that a case is counted only where its owner has an agreement for STATISTICS
// in force and no consent excludes it (J2, J6), that what was left out is counted by reason,
// that nothing is published which a pass over the published cells alone does not clear,
// together with all earlier releases, that what a population's privacy budget pays is spent
// in the transaction that publishes, and that a build and its publication are signed by
// different keys. It holds no wall of its own: what may be read is the database's to say
// (ent/migrate, release_rows). It will not judge whether a figure is true.
package release
