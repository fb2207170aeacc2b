package rule

import "entgo.io/ent/dialect/sql"

// InForce keeps the accesses that open something now to the grantee that they were
// made for, whoever asks: the version is the case's, the policy is live, and grantee,
// agreements and the agencies behind them stand. Open is for the viewer's own
// accesses; this is for telling a state about others'.
func InForce(s *Scope) func(*sql.Selector) {
	return func(sel *sql.Selector) {
		sel.Where(sql.P(func(b *sql.Builder) {
			b.WriteString(sel.C("valid_from") + " <= ").Arg(s.Now)
			b.WriteString(" AND " + sel.C("valid_until") + " > ").Arg(s.Now)
			b.WriteString(" AND EXISTS (SELECT 1 FROM case_files f WHERE f.id = " + sel.C("case_id") +
				" AND f.facts_version = " + sel.C("facts_version") + " AND f.evaluated_version = f.facts_version" +
				" AND " + live + " BETWEEN f.first_sequence AND f.last_sequence)" +
				" AND " + live + " BETWEEN " + sel.C("first_sequence") + " AND " + sel.C("last_sequence") +
				" AND EXISTS (SELECT 1 FROM gates g WHERE g.id = " + sel.C("grantee_id") + " AND g.open)" +
				" AND " + ThroughOpenGates(sel.C))
		}))
	}
}
