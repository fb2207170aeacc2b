package store

import (
	"context"
	"strconv"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/breakglass"
	"github.com/sala-exchange/sala/ent/caselock"
	"github.com/sala-exchange/sala/ent/oversightpanel"
	"github.com/sala-exchange/sala/ent/rule"
)

// glassFacts reads each time that glass was broken, and whether the case is locked (F3).
func (o *Op) glassFacts(ctx context.Context, g *gathered) error {
	rows, err := o.BreakGlass.Query().Where(breakglass.CaseIDIn(g.ids...)).Order(ent.Asc(breakglass.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, names := g.to(r.CaseID)
		names[r.ContributorID] = true
		fact := rule.GlassFacts{ID: r.ID, Agency: r.ContributorID, Member: r.RecordedBy, Owner: r.OwnerID, Purpose: string(r.Purpose),
			Categories: words(r.Categories), From: r.ValidFrom, Until: r.ValidUntil}
		if r.EndedOn != nil {
			fact.Until = min(fact.Until, *r.EndedOn)
		}
		f.BreakGlass = append(f.BreakGlass, fact)
	}
	locks, err := o.CaseLock.Query().Where(caselock.CaseIDIn(g.ids...), caselock.UnlockedOnIsNil()).All(ctx)
	for _, l := range locks {
		f, _ := g.to(l.CaseID)
		f.Locked = true
	}
	return err
}

// LockMember lets a member do one thing of a kind at a time: two attempts at once would
// each see one too few. It is taken before any case.
func (o *Op) LockMember(ctx context.Context, member string) error {
	if o.store.walls.WithoutLock || o.store.dialect != dialect.Postgres {
		return nil
	}
	return o.driver.settings(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", "glass "+member)
}

// Openable is a case as break-glass finds it.
type Openable struct{ Case, Owner string }

// OpenableByGlass returns the case of a reference where break-glass of the agency may open
// it: it is another agency's, not an international organisation's, at work and not
// locked, and she is not known to be dead (F3, A6, C7). One statement, whatever is there
// or is not: a reference of no case, of a locked one and of one that is not to be opened
// come to the same, and take the same.
func (o *Op) OpenableByGlass(ctx context.Context, reference, agencyID string) (*Openable, error) {
	query := `SELECT f.id, f.owner_id FROM case_files f JOIN agencies o ON o.id = f.owner_id JOIN gates g ON g.id = f.owner_id AND g.open
		WHERE f.reference = $1 AND f.owner_id <> $2 AND o.kind NOT IN ('INTERNATIONAL_ORGANISATION', 'REGIONAL_COUNTERPART')
		AND NOT EXISTS (SELECT 1 FROM case_locks l WHERE l.case_id = f.id AND l.unlocked_on IS NULL)
		AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.case_id = f.id AND p.deceased_on IS NOT NULL)`
	var out *Openable
	err := o.scanned(ctx, query, func(rows *sql.Rows) error {
		out = &Openable{}
		return rows.Scan(&out.Case, &out.Owner)
	}, reference, agencyID)
	return out, err
}

// GlassReviewsOverdue returns the reviews that are overdue and of which their agency has
// had no notice (F3). At most limit of them.
func (o *Op) GlassReviewsOverdue(ctx context.Context, limit int) ([]Untold, error) {
	return o.untold(ctx, `SELECT f.owner_id, r.id, '' FROM glass_reviews r JOIN case_files f ON f.id = r.case_id
		WHERE r.reviewed_on IS NULL AND r.due_on <= $1
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = f.owner_id AND n.kind = 'GLASS_REVIEW_OVERDUE' AND n.subject_id = r.id)
		ORDER BY f.owner_id, r.id LIMIT `+strconv.Itoa(limit), o.Scope.Now)
}

// Overdue is a review that is overdue, as the panel may know it: the case is for a
// pseudonym to be made of.
type Overdue struct {
	Case, Kind, ReviewerKind string
	DueOn                    int64
}

// OverdueReviews returns the reviews that are overdue, the longest first, with the kinds of
// the two agencies (F5).
func (o *Op) OverdueReviews(ctx context.Context, limit int) ([]Overdue, error) {
	var out []Overdue
	err := o.scanned(ctx, `SELECT r.case_id, u.kind, w.kind, r.due_on FROM glass_reviews r
		JOIN break_glasses b ON b.id = r.glass_id JOIN agencies u ON u.id = b.contributor_id
		JOIN case_files f ON f.id = r.case_id JOIN agencies w ON w.id = f.owner_id
		WHERE r.reviewed_on IS NULL AND r.due_on <= $1 ORDER BY r.due_on, r.id LIMIT `+strconv.Itoa(limit), func(rows *sql.Rows) error {
		var r Overdue
		err := rows.Scan(&r.Case, &r.Kind, &r.ReviewerKind, &r.DueOn)
		out = append(out, r)
		return err
	}, o.Scope.Now)
	return out, err
}

// GlassUse is one break-glass, as the panel may know it.
type GlassUse struct {
	Kind string
	At   int64
}

// GlassUses returns when members of which kinds of agency broke glass since (F5).
func (o *Op) GlassUses(ctx context.Context, since int64) ([]GlassUse, error) {
	var out []GlassUse
	err := o.scanned(ctx, `SELECT u.kind, b.valid_from FROM break_glasses b JOIN agencies u ON u.id = b.contributor_id
		WHERE b.valid_from >= $1`, func(rows *sql.Rows) error {
		var r GlassUse
		err := rows.Scan(&r.Kind, &r.At)
		out = append(out, r)
		return err
	}, since)
	return out, err
}

// Oversees reports whether agencies of these kinds are a panel: at least two, one of them
// not law enforcement (F5).
func Oversees(kinds []string) bool {
	enforcing := 0
	for _, k := range kinds {
		switch k {
		case "POLICE", "PROSECUTOR", "COURT", "IMMIGRATION_OR_BORDER":
			enforcing++
		case "REGIONAL_COUNTERPART", "":
			return false
		}
	}
	return len(kinds) >= 2 && enforcing < len(kinds)
}

// Panel returns the oversight panel and those of its agencies that are at work; none where
// those are no panel any more (F5).
func (o *Op) Panel(ctx context.Context) (id string, agencies []string, err error) {
	panel, err := o.OversightPanel.Query().Where(oversightpanel.ValidUntilIsNil()).Order(ent.Desc(oversightpanel.FieldValidFrom)).First(rule.InMode(ctx, rule.Policy))
	if ent.IsNotFound(err) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, failed(err, "reading the oversight panel")
	}
	rows, err := o.Agency.Query().Where(agency.IDIn(panel.AgencyIds...), func(s *sql.Selector) {
		s.Where(sql.ExprP("EXISTS (SELECT 1 FROM gates g WHERE g.id = " + s.C(agency.FieldID) + " AND g.open)"))
	}).Order(ent.Asc(agency.FieldID)).All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return "", nil, failed(err, "reading the oversight panel")
	}
	var ids, kinds []string
	for _, a := range rows {
		ids, kinds = append(ids, a.ID), append(kinds, string(a.Kind))
	}
	if !Oversees(kinds) {
		return "", nil, nil
	}
	return panel.ID, ids, nil
}
