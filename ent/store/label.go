package store

import (
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
)

// Label is what goes along with an answer (C9, D4, D6): how careful its reader must be with
// it, and what the accesses that opened others' rows oblige to. Codes and meaning are those
// of FHIR R5's security labels; the zero value is that of an answer about nobody.
type Label struct {
	Confidentiality category.Confidentiality
	Obligations     []string // sorted
}

// Label returns what goes along with rows of these keys, all of them still open.
func (o *Opened) Label(seen map[Key][]string) Label {
	var shown category.Set
	oblige := map[string]bool{}
	for k := range seen {
		shown |= k.Category.Bit()
		for _, a := range o.cases[k.Case] {
			if a.ContributorID == a.GranteeID || k.Contributor != "" && a.ContributorID != k.Contributor || !opens(a, k) {
				continue
			}
			for _, word := range a.Obligations {
				oblige[word] = true
			}
		}
	}
	return Label{Confidentiality: shown.Confidentiality(), Obligations: slices.Sorted(maps.Keys(oblige))}
}

// opens: the access shows rows of the key.
func opens(a *ent.Access, k Key) bool {
	switch {
	case k.Preview != "":
		return a.Action == rule.ActionPreview && a.ReferralID == k.Preview
	case k.Referral != "":
		return a.ReferralID == k.Referral
	}
	return a.Action == rule.ActionRead && (k.Category == category.Case || a.Categories.Has(k.Category))
}
