package rule

import "entgo.io/ent/dialect/sql"

// brokeGlass: every break-glass of a case to its owner; to who broke it, one's own while
// it is open (F3).
func brokeGlass(b *sql.Builder, s *Scope, col func(string) string) {
	ownersAlone(b, s, col)
	b.WriteString(" OR (")
	ofBreaker(b, s, col)
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, "")
	b.WriteString(")")
}

// ofBreaker: to who broke it, who may end it.
func ofBreaker(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString(col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND " + col("recorded_by") + " = ").Arg(s.Member)
}

// tried: to who tried, and names no case to anybody.
func tried(b *sql.Builder, s *Scope, col func(string) string) {
	ofAgency(b, s, col)
	b.WriteString(" AND " + col("member_id") + " = ").Arg(s.Member)
}

// ownersSupervise: what a supervisor of the owner decides about a case.
func ownersSupervise(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.Supervisor {
		b.WriteString("1 = 0")
		return
	}
	ownersAlone(b, s, col)
}
