package store

import (
	"sync"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/internal/category"
)

// Key is what one record of the ledger is about: one contributor's rows of one
// category in one case; for a preview also its referral.
type Key struct {
	Case        string
	Contributor string
	Category    category.Category
	Preview     string // id of the referral, for a preview
}

// Seen collects the rows about persons that an operation has read. It is safe for
// concurrent use.
type Seen struct {
	mu   sync.Mutex
	rows map[Key]map[string]bool
}

func newSeen() *Seen { return &Seen{rows: map[Key]map[string]bool{}} }

func (s *Seen) add(k Key, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[k] == nil {
		s.rows[k] = map[string]bool{}
	}
	s.rows[k][id] = true
}

// Rows returns what was seen: ids of rows by key.
func (s *Seen) Rows() map[Key][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[Key][]string, len(s.rows))
	for k, ids := range s.rows {
		for id := range ids {
			out[k] = append(out[k], id)
		}
	}
	return out
}

// collect notes the rows of one query's result. Values that are no rows (counts,
// ids) show nothing of a person.
func (s *Seen) collect(v ent.Value, agency string) {
	part := func(caseID, contributor string, c category.Category, id string) {
		s.add(Key{Case: caseID, Contributor: contributor, Category: c}, id)
	}
	switch rows := v.(type) {
	case []*ent.CaseFile:
		for _, r := range rows {
			part(r.ID, r.OwnerID, category.Case, r.ID)
		}
	case []*ent.Person:
		for _, r := range rows {
			part(r.CaseID, "", category.Case, r.ID)
		}
	case []*ent.CaseChange:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Identity:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Identity, r.ID)
		}
	case []*ent.Contact:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Contact, r.ID)
		}
	case []*ent.Profile:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Profile, r.ID)
		}
	case []*ent.Trafficking:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Trafficking, r.ID)
		}
	case []*ent.Narrative:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Narrative, r.ID)
		}
	case []*ent.Consent:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Preview:
		for _, r := range rows {
			if r.FromID != agency {
				s.add(Key{Case: r.CaseID, Contributor: r.FromID, Preview: r.ReferralID}, r.ID)
			}
		}
	}
}
