package rule

import (
	"slices"

	"entgo.io/ent/dialect/sql"
)

// ChecksBases reports whether the viewer checks, for the agency whose rows they ask for,
// legal bases that others have entered (F1): whoever answers for notices about them.
func (s *Scope) ChecksBases() bool { return slices.Contains(s.Acknowledges, subjectLegalBasis) }

// legalBasis: to the agency that entered it, to the focal point of the agency that is
// asked, and within the case to its owner and to that agency. Neither of the first tells
// whether there is such a case (F1).
func legalBasis(b *sql.Builder, s *Scope, col func(string) string) {
	decidesBasis(b, s, col)
	b.WriteString(" OR (" + col("source_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, " AND a.contributor_id = a.grantee_id")
	b.WriteString(") OR ")
	ownersAlone(b, s, col)
}

// decidesBasis: the case workers of the agency that entered it, and the focal point of the
// agency that is asked. Which of them does what is the verbs' to say, and the database's.
func decidesBasis(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString("1 = 0")
	if s.CaseWork {
		b.WriteString(" OR " + col("contributor_id") + " = ").Arg(s.Agency)
	}
	if s.ChecksBases() {
		b.WriteString(" OR " + col("source_id") + " = ").Arg(s.Agency)
	}
}
