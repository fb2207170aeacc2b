package exchange

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// Manifest says what an export holds and what whoever has it must do. It names no
// person, and no case.
type Manifest struct {
	Format     string            `json:"format"`
	Calendar   valueset.Calendar `json:"calendar"` // of the dates in it
	MadeOn     time.Time         `json:"madeOn"`   // by the clock of the machine that made it
	Server     string            `json:"server"`
	Agency     string            `json:"agency"` // code of the exporting agency
	Member     string            `json:"member"` // id of who made it
	Purpose    category.Purpose  `json:"purpose"`
	Cases      int               `json:"cases"`
	Categories []string          `json:"categories"` // open for at least one case
	// LeftOut counts rows that the standard's columns have no place for, by category:
	// those of further contributors, and further rows of one.
	LeftOut     map[string]int `json:"leftOut"`
	Obligations []string       `json:"obligations"`
	// EarliestEnd is when the first of the accesses that this rests on ends; they may
	// end sooner, by a notice.
	EarliestEnd string   `json:"earliestEnd"`
	AtTheEnd    []string `json:"atTheEnd"`
	SafeContact string   `json:"safeContact"`
	// File, SHA256 and Recipients are of the file beside the manifest.
	File       string   `json:"file"`
	SHA256     string   `json:"sha256"`
	Encrypted  bool     `json:"encrypted"`
	Recipients []string `json:"recipients"` // age public keys
}

// What every manifest says.
var (
	atTheEnd = []string{
		"delete this file, its copies and what was printed of it when the purpose is reached, and at the latest when the access ends",
		"delete what concerns a case as soon as Sala gives the notice that access to it ended",
		"use it for the stated purpose only, and give it to nobody who has no access of their own",
	}
	safeContact = "do not contact anybody by a number or address of this file before looking up the instructions for safe contact in Sala (B3)"
)

const exportQuery = `query Export($purpose: Purpose!, $first: Int!, $after: Cursor) @purpose(of: $purpose) {
  cases(first: $first, after: $after, orderBy: {field: OPENED_ON}) {
    edges { node { id state owner { code }
      access { category state until obligations }
      identities { contributor { code } names { text part kind } salutation title birthText birthCalendar birthPrecision birth { year month day } }
      contacts { contributor { code } channel address street city province postalCode country }
      profiles { contributor { code } gender citizenships }
      traffickings { contributor { code } status decidedBy recruitmentMethods recruitmentPlace controlMethods exploitationTypes industries sexExploitationTypes exploitationPlace }
      narratives { contributor { code } kind text }
      consents { contributor { code } kind basis } } }
    pageInfo { hasNextPage endCursor }
  }
}`

// exportPage is how many cases are read at once.
const exportPage = 25

type by struct{ Contributor struct{ Code string } }

func (b by) from() string { return b.Contributor.Code }

type exportedCase struct {
	ID     string
	State  valueset.CaseState
	Owner  struct{ Code string }
	Access []struct {
		Category, State string
		Until           *string
		Obligations     []string
	}
	Identities []struct {
		by
		Names             []struct{ Text, Part, Kind string }
		Salutation, Title string
		BirthText         string
		BirthCalendar     valueset.Calendar
		BirthPrecision    valueset.Precision
		Birth             *struct{ Year, Month, Day int }
	}
	Contacts []struct {
		by
		Channel                                              valueset.ContactChannel
		Address, Street, City, Province, PostalCode, Country string
	}
	Profiles []struct {
		by
		Gender       valueset.Gender
		Citizenships []string
	}
	Traffickings []struct {
		by
		Status               valueset.TraffickingStatus
		DecidedBy            valueset.DecisionMaker
		RecruitmentMethods   []valueset.RecruitmentMethod
		RecruitmentPlace     string
		ControlMethods       []valueset.ControlMethod
		ExploitationTypes    []valueset.Exploitation
		Industries           []valueset.Industry
		SexExploitationTypes []valueset.SexExploitation
		ExploitationPlace    string
	}
	Narratives []struct {
		by
		Kind, Text string
	}
	Consents []struct {
		by
		Kind  valueset.ConsentKind
		Basis valueset.RecordingBasis
	}
}

// Export reads every case that is open for the purpose, page by page, and writes a row
// for each: every row that was read is in the ledger by that. The manifest lacks what
// concerns the file.
func Export(ctx context.Context, c *client.Client, purpose category.Purpose, cal valueset.Calendar, w *htcds.Writer) (*Manifest, error) {
	var me struct {
		Me struct {
			ID     string
			Agency struct{ Code string }
		}
	}
	if _, err := c.Do(ctx, `{ me { id agency { code } } }`, nil, &me); err != nil {
		return nil, err
	}
	m := &Manifest{Calendar: cal, MadeOn: time.Now().UTC(), Server: c.Endpoint, Agency: me.Me.Agency.Code, Member: me.Me.ID,
		Purpose: purpose, LeftOut: map[string]int{}, Obligations: []string{}, AtTheEnd: atTheEnd, SafeContact: safeContact, Recipients: []string{}}
	vars := map[string]any{"purpose": purpose, "first": exportPage, "after": nil}
	for {
		var out struct {
			Cases struct {
				Edges    []struct{ Node json.RawMessage }
				PageInfo struct {
					HasNextPage bool
					EndCursor   *string
				}
			}
		}
		if _, err := c.Do(ctx, exportQuery, vars, &out); err != nil {
			return nil, err
		}
		for _, e := range out.Cases.Edges {
			var one exportedCase
			if err := json.Unmarshal(e.Node, &one); err != nil {
				return nil, errs.Wrap(err, errs.Internal, "the answer has not the form that was asked for")
			}
			m.note(one)
			if err := w.Write(m.row(one)); err != nil {
				return nil, err
			}
		}
		if !out.Cases.PageInfo.HasNextPage || out.Cases.PageInfo.EndCursor == nil {
			slices.Sort(m.Categories)
			slices.Sort(m.Obligations)
			return m, w.Close()
		}
		vars["after"] = *out.Cases.PageInfo.EndCursor
	}
}

// note collects what is open, and on which terms.
func (m *Manifest) note(c exportedCase) {
	m.Cases++
	for _, a := range c.Access {
		if a.State != "OPEN" {
			continue
		}
		if !slices.Contains(m.Categories, a.Category) {
			m.Categories = append(m.Categories, a.Category)
		}
		if a.Until != nil && (m.EarliestEnd == "" || *a.Until < m.EarliestEnd) {
			m.EarliestEnd = *a.Until
		}
		for _, o := range a.Obligations {
			if !slices.Contains(m.Obligations, o) {
				m.Obligations = append(m.Obligations, o)
			}
		}
	}
}

// first takes one row of a category: the exporting agency's own, else the owner's,
// else the first that was recorded. The others are counted as left out: data of two
// contributors are never mixed into one row.
func first[T interface{ from() string }](m *Manifest, c exportedCase, word category.Category, all []T) (one T, ok bool) {
	if len(all) == 0 {
		return one, false
	}
	m.LeftOut[string(word)] += len(all) - 1
	for _, code := range []string{m.Agency, c.Owner.Code} {
		if i := slices.IndexFunc(all, func(t T) bool { return t.from() == code }); i >= 0 {
			return all[i], true
		}
	}
	return all[0], true
}

func (m *Manifest) row(c exportedCase) htcds.Row {
	r := htcds.Row{Status: statusOf(c.State)}
	if i, ok := first(m, c, category.Identity, c.Identities); ok {
		r.Salutation, r.Title = i.Salutation, i.Title
		for _, n := range i.Names {
			to := map[string]*string{"GIVEN": &r.FirstName, "FULL": &r.FirstName, "MIDDLE": &r.MiddleName, "FAMILY": &r.SecondName}[cmp.Or(n.Part, "FULL")]
			if n.Kind == string(valueset.NameKindLegal) && to != nil && *to == "" {
				*to = n.Text
				continue
			}
			m.LeftOut["names"]++
		}
		if i.Birth != nil && i.BirthText != "" {
			r.Birth = canon.Date{Original: i.BirthText, Calendar: i.BirthCalendar, Precision: i.BirthPrecision,
				Year: i.Birth.Year, Month: i.Birth.Month, Day: i.Birth.Day}
		}
	}
	if p, ok := first(m, c, category.Profile, c.Profiles); ok {
		r.Gender, r.Citizenships = p.Gender, p.Citizenships
	}
	if t, ok := first(m, c, category.Trafficking, c.Traffickings); ok {
		r.TraffickingStatus, r.DecisionMaker = t.Status, t.DecidedBy
		r.RecruitmentMethods, r.RecruitmentPlace, r.ControlMethods = t.RecruitmentMethods, t.RecruitmentPlace, t.ControlMethods
		r.Exploitations, r.Industries = t.ExploitationTypes, t.Industries
		r.SexExploitations, r.ExploitationPlace = t.SexExploitationTypes, t.ExploitationPlace
	}
	m.contacts(c, &r)
	for _, n := range c.Narratives {
		if n.Kind == "CLOSURE" && r.ClosureReason == "" {
			r.ClosureReason = n.Text
			continue
		}
		m.LeftOut[string(category.Narrative)]++
	}
	for _, k := range c.Consents {
		if k.Kind == valueset.ConsentKindRecording {
			yes := k.Basis == valueset.RecordingBasisConsent
			r.Consent = &yes
		}
	}
	return r
}

func (m *Manifest) contacts(c exportedCase, r *htcds.Row) {
	for _, k := range c.Contacts {
		to := map[valueset.ContactChannel]*string{valueset.ContactChannelMobilePhone: &r.MobilePhone,
			valueset.ContactChannelHomePhone: &r.HomePhone, valueset.ContactChannelEmail: &r.Email}[k.Channel]
		switch {
		case to != nil && *to == "":
			*to = k.Address
		case k.Channel == valueset.ContactChannelPost && r.Mailing == (htcds.Address{}):
			r.Mailing = htcds.Address{Street: k.Street, City: k.City, State: k.Province, PostalCode: k.PostalCode, Country: strings.ToUpper(k.Country)}
		default:
			m.LeftOut[string(category.Contact)]++
		}
	}
}

func statusOf(s valueset.CaseState) valueset.CaseStatus {
	switch s {
	case valueset.CaseStateActive, valueset.CaseStateReopened:
		return valueset.CaseStatusActive
	case valueset.CaseStateFollowUp:
		return valueset.CaseStatusFollowUp
	case valueset.CaseStateClosed:
		return valueset.CaseStatusClosed
	case valueset.CaseStateClosedReferred:
		return valueset.CaseStatusClosedReferred
	}
	return ""
}
