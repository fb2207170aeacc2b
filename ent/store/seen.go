package store

import (
	"sync"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/internal/category"
)

// Key is what one record of the ledger is about: one contributor's rows of one
// category in one case; for a preview, and for a referral to the viewer's agency, also
// the referral.
type Key struct {
	Case        string
	Contributor string
	Category    category.Category
	Preview     string // id of the referral, for a preview
	Referral    string // id of the referral, for its receiver
}

// Referred is a referral to the viewer's agency as it was read.
type Referred struct {
	ID      string
	Version int
	// Stood says whether it opened anything then; nil where nothing shown tells.
	Stood *bool
}

// Seen collects the rows about persons that an operation has read. It is safe for
// concurrent use.
type Seen struct {
	mu   sync.Mutex
	rows map[Key]map[string]bool
	// By id of the referral, for its receiver.
	versions map[string]int
	stood    map[string]bool
	label    Label
}

func newSeen() *Seen {
	return &Seen{rows: map[Key]map[string]bool{}, versions: map[string]int{}, stood: map[string]bool{}}
}

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

// Stood notes that an answer tells whether a referral to the viewer's agency stands.
func (s *Seen) Stood(referralID string, stands bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stood[referralID] = stands
}

// Opened notes, once the record is written, what goes along with the answer.
func (s *Seen) Opened(l Label) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.label = l
}

// Label returns what goes along with the answer; the zero value before its record.
func (s *Seen) Label() Label {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.label
}

// Referrals returns the referrals to the viewer's agency that were seen.
func (s *Seen) Referrals() []Referred {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Referred
	for id, version := range s.versions {
		r := Referred{ID: id, Version: version}
		if stood, told := s.stood[id]; told {
			r.Stood = &stood
		}
		out = append(out, r)
	}
	return out
}

// received notes a referral for its receiver, to whom its case may not be open.
func (s *Seen) received(r *ent.Referral) {
	s.add(Key{Case: r.CaseID, Contributor: r.FromID, Category: category.Case, Referral: r.ID}, r.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.versions[r.ID]; !ok || r.Version < v {
		s.versions[r.ID] = r.Version
	}
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
	case []*ent.CaseTransfer:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.IdentityVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Identity, r.ID)
		}
	case []*ent.ContactVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Contact, r.ID)
		}
	case []*ent.ProfileVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Profile, r.ID)
		}
	case []*ent.TraffickingVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Trafficking, r.ID)
		}
	case []*ent.NarrativeVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Narrative, r.ID)
		}
	case []*ent.Whereabouts:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Whereabouts, r.ID)
		}
	case []*ent.Family:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Family, r.ID)
		}
	case []*ent.Protection:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Protection, r.ID)
		}
	case []*ent.Health:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Health, r.ID)
		}
	case []*ent.HealthRestricted:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.HealthRestricted, r.ID)
		}
	case []*ent.Assistance:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Assistance, r.ID)
		}
	case []*ent.Proceeding:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Justice, r.ID)
		}
	case []*ent.Suspect:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Suspect, r.ID)
		}
	case []*ent.WhereaboutsVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Whereabouts, r.ID)
		}
	case []*ent.FamilyVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Family, r.ID)
		}
	case []*ent.ProtectionVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Protection, r.ID)
		}
	case []*ent.HealthVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Health, r.ID)
		}
	case []*ent.HealthRestrictedVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.HealthRestricted, r.ID)
		}
	case []*ent.AssistanceVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Assistance, r.ID)
		}
	case []*ent.ProceedingVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Justice, r.ID)
		}
	case []*ent.SuspectVersion:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Suspect, r.ID)
		}
	case []*ent.Consent:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Guardianship:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.BestInterests:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.BreakGlass:
		for _, r := range rows {
			part(r.CaseID, "", category.Case, r.ID)
		}
	case []*ent.GlassReview:
		for _, r := range rows {
			part(r.CaseID, agency, category.Case, r.ID)
		}
	case []*ent.CaseLock:
		for _, r := range rows {
			part(r.CaseID, agency, category.Case, r.ID)
		}
	case []*ent.InterestsSignature:
		for _, r := range rows {
			part(r.CaseID, agency, category.Case, r.ID)
		}
	case []*ent.RecoveryPeriod:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.LegalBasis:
		// Whoever entered it, and whoever is asked, is told nothing of a person by it.
		for _, r := range rows {
			if r.CaseID != "" && r.ContributorID != agency && r.SourceID != agency {
				part(r.CaseID, r.ContributorID, category.Case, r.ID)
			}
		}
	case []*ent.Permission:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.ExternalReferral:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Conference:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.ConferenceTask:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Incapacity:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Provision:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Access:
		for _, r := range rows {
			part(r.CaseID, r.ContributorID, category.Case, r.ID)
		}
	case []*ent.Referral:
		for _, r := range rows {
			if r.FromID == agency {
				part(r.CaseID, r.FromID, category.Case, r.ID)
			} else {
				s.received(r)
			}
		}
	case []*ent.Preview:
		for _, r := range rows {
			if r.FromID == agency {
				part(r.CaseID, r.FromID, category.Case, r.ID)
			} else {
				s.add(Key{Case: r.CaseID, Contributor: r.FromID, Preview: r.ReferralID}, r.ID)
			}
		}
	}
}
