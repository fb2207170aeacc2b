package rule

import (
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// permission: within the case to the contributor whose rows it is about, and to the agency
// that asks; nobody else learns what a contributor decided (A6, D4).
func permission(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString("(" + col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" OR " + col("asker_id") + " = ").Arg(s.Agency)
	b.WriteString(") AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, "")
}

// decides: a contributor's case workers decide about its own rows (A6, D4).
func decides(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.CaseWork {
		b.WriteString("1 = 0")
		return
	}
	b.WriteString(col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, "")
}

// conference: to the agencies that take part, for its purpose, while the case is open to
// them: it opens nothing itself (D9).
func conference(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString(col("purpose") + " = ").Arg(string(s.Purpose))
	b.WriteString(" AND ")
	if b.Dialect() == dialect.Postgres {
		b.WriteString("jsonb_exists(" + col("agency_ids") + ", ").Arg(s.Agency).WriteString(")")
	} else {
		b.WriteString("EXISTS (SELECT 1 FROM json_each(CAST(" + col("agency_ids") + " AS TEXT)) j WHERE j.value = ").Arg(s.Agency).WriteString(")")
	}
	b.WriteString(" AND ")
	openFor(b, s, "case_id", col("case_id"), ActionRead, "")
}

// convenes: the case workers of the agency that called the conference.
func convenes(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.CaseWork {
		b.WriteString("1 = 0")
		return
	}
	b.WriteString(col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" AND ")
	conference(b, s, col)
}

// conferenceTask opens with its conference.
func conferenceTask(b *sql.Builder, s *Scope, col func(string) string) {
	b.WriteString(col("conference_id") + " IN (SELECT c.id FROM conferences c WHERE c.case_id = " + col("case_id") + " AND ")
	conference(b, s, func(column string) string { return "c." + column })
	b.WriteString(")")
}

// does: the case workers of the agency that does it, and of the one that called the
// conference.
func does(b *sql.Builder, s *Scope, col func(string) string) {
	if !s.CaseWork {
		b.WriteString("1 = 0")
		return
	}
	b.WriteString("(" + col("contributor_id") + " = ").Arg(s.Agency)
	b.WriteString(" OR " + col("agency_id") + " = ").Arg(s.Agency)
	b.WriteString(") AND ")
	conferenceTask(b, s, col)
}
