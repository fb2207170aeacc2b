package casework

import (
	"strconv"

	"golang.org/x/text/language"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// problems collects what is wrong with an input: paths of fields, never values.
type problems struct{ found []fault }

func (p *problems) add(field, why string) { p.found = append(p.found, fault{field, why}) }

// err tells the first problem and the fields of all; errors.As finds the *faults.
func (p *problems) err() error {
	if len(p.found) == 0 {
		return nil
	}
	fields := make([]string, len(p.found))
	for i, f := range p.found {
		fields[i] = f.field
	}
	all := &faults{p.found}
	return errs.Wrap(all, errs.Invalid, "%s", all.Error()).WithFields(fields...)
}

// faults is everything that is wrong with an input.
type faults struct{ list []fault }

func (f *faults) Error() string { return f.list[0].field + ": " + f.list[0].message }

// text checks optional free text: valid UTF-8, no control characters, bounded.
func (p *problems) text(field string, s *string, check func(string) error) {
	if s == nil || *s == "" {
		return
	}
	if err := check(*s); err != nil {
		p.add(field, err.Error())
	}
}

// past refuses a time in the future: what is recorded has happened (I2).
func (p *problems) past(field string, at *int64, now int64) {
	if at != nil && *at > now {
		p.add(field, "this lies in the future")
	}
}

func (p *problems) country(field string, code *string) {
	if code == nil || *code == "" {
		return
	}
	if !valueset.Country(*code) {
		p.add(field, "name a country by its ISO 3166 alpha-2 code")
	}
}

func (p *problems) language(field string, code *string) {
	if code == nil || *code == "" {
		return
	}
	if _, err := language.ParseBase(*code); err != nil {
		p.add(field, "name a language by its ISO 639 code")
	}
}

func (p *problems) name(field string, n *NameInput) {
	if n == nil || n.Text == "" {
		p.add(field, "a name needs its text")
		return
	}
	p.text(field+".text", &n.Text, canon.Name)
	if !n.Kind.Valid() || !n.Script.Valid() {
		p.add(field, "a name needs a kind and a script of the lists")
	}
}

func (p *problems) provision(at string, in *ProvisionInput, kind valueset.ConsentKind) {
	if !in.Decision.Valid() {
		p.add(at+".decision", "say PERMIT or DENY")
	}
	if len(in.Purposes) == 0 {
		p.add(at+".purposes", "name at least one purpose: what is not named is not covered (C2)")
	}
	for _, u := range in.Purposes {
		// About recording she may also say whether she is counted (J6); that opens nothing.
		if !u.OpensCase() && (u != category.Statistics || kind != valueset.ConsentKindRecording) {
			p.add(at+".purposes", "only purposes that open a case can be consented to here")
		}
	}
	if kind == valueset.ConsentKindTransfer {
		p.transfer(at, in)
	} else if len(in.Categories) == 0 {
		p.add(at+".categories", "name at least one category: what is not named is not covered (C2)")
	}
	p.categories(at+".categories", in.Categories)
	if in.ValidFrom != nil && in.ValidUntil != nil && *in.ValidFrom >= *in.ValidUntil {
		p.add(at+".validUntil", "a consent must end after it starts")
	}
	if in.UnitID != nil && (in.RecipientID == nil || kind == valueset.ConsentKindTransfer) {
		p.add(at+".unitID", "a unit is named with its agency, in a statement about sharing (A5)")
	}
	switch {
	case kind == valueset.ConsentKindRecording:
		if in.RecipientID != nil || in.RecipientClass != nil {
			p.add(at+".recipientID", "a statement about recording is about your own agency: leave the recipient out")
		}
	case (in.RecipientID == nil) == (in.RecipientClass == nil):
		p.add(at+".recipientID", "name one agency or one class of agencies")
	case in.RecipientClass != nil && neverByClass[*in.RecipientClass]:
		p.add(at+".recipientClass", "police, prosecutors and courts are never named by class (C3)")
	}
}

// transfer: a yes or no to a transfer names one agency and the purposes for which it
// would own the case. It opens no rows, so it names none (A4).
func (p *problems) transfer(at string, in *ProvisionInput) {
	if len(in.Categories) > 0 {
		p.add(at+".categories", "a transfer opens no rows: leave the list empty")
	}
	if len(in.ContributorIDs) > 0 {
		p.add(at+".contributorIDs", "a transfer opens nobody's rows: leave the list out")
	}
	if in.RecipientClass != nil {
		p.add(at+".recipientClass", "a case has one owner: name the agency")
	}
	if value(in.Onward, false) {
		p.add(at+".onward", "a transfer opens no rows: leave this out")
	}
}

// neverByClass: consent to a class never covers police, prosecutors or courts (C3).
var neverByClass = map[valueset.AgencyKind]bool{
	valueset.AgencyKindPolice: true, valueset.AgencyKindProsecutor: true, valueset.AgencyKindCourt: true,
}

// categories refuses CASE (B5) and, for what is always named singly (B1), company.
func (p *problems) categories(at string, in []category.Category) {
	for _, c := range in {
		if !c.Valid() || c == category.Case {
			p.add(at, "CASE is never named (B5)")
		}
		if (c == category.Whereabouts || c == category.HealthRestricted) && len(in) > 1 {
			p.add(at, "WHEREABOUTS and HEALTH_RESTRICTED are always named singly (B1)")
		}
	}
}

func index(field string, i int) string { return field + "." + strconv.Itoa(i) }

func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
