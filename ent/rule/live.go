package rule

import "entgo.io/ent/dialect/sql"

// live is the number of the revision of policy that is live; NULL, which lies between no
// two numbers, where none is. Uncorrelated: read once a statement.
const live = "(SELECT gp.sequence FROM gates gp WHERE gp.id = 'policy' AND gp.open)"

// Live keeps the accesses that were decided under the revision of policy that is live, of
// those that stand beside each other while the policy changes.
func Live() func(*sql.Selector) {
	return func(sel *sql.Selector) {
		sel.Where(sql.ExprP(live + " BETWEEN " + sel.C("first_sequence") + " AND " + sel.C("last_sequence")))
	}
}
