package policy

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/pubid"
)

// shape is facts with a stand-in for each public id: what a policy sees of a case. So it
// cannot look inside an id, nor know one, and what it decides on one case it decides on
// every other of the same shape, ids aside.
//
// Facts are written as JSON, so no field is left out, and every text in them that is a
// public id is replaced; everything else, above all each time, stays as it is. Stand-ins
// have the form of ids of the same kind and count up in the order in which ids occur; those
// of statements in the order of the ids themselves, since of several that decide together
// the first is named. A text that is no public id is no stand-in either.
type shape struct {
	text []byte // the facts with stand-ins
	ids  map[string]string
}

// shapeOf returns the shape of facts.
func shapeOf(f *rule.Facts) (shape, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return shape{}, err
	}
	var order []string
	kinds := map[string]string{}
	eachText(raw, func(_ int, text []byte) {
		if _, seen := kinds[string(text)]; seen {
			return
		}
		if kind := pubid.Prefix(string(text)); kind != "" {
			kinds[string(text)] = kind
			order = append(order, string(text))
		}
	})
	slices.SortStableFunc(order, func(a, b string) int {
		if kinds[a] == statementKind && kinds[b] == statementKind {
			return strings.Compare(a, b)
		}
		return strings.Compare(kinds[a], kinds[b]) // each kind counts for itself
	})
	s := shape{ids: make(map[string]string, len(order))}
	names, counted := make(map[string]string, len(order)), map[string]int{}
	for _, id := range order {
		kind := kinds[id]
		counted[kind]++
		name := fmt.Sprintf("%s_%025d0", kind, counted[kind]) // the last character of an id is one of few
		names[id], s.ids[name] = name, id
	}
	s.text = make([]byte, 0, len(raw))
	last := 0
	eachText(raw, func(at int, text []byte) {
		if name, is := names[string(text)]; is {
			s.text = append(append(s.text, raw[last:at]...), name...)
			last = at + len(text)
		}
	})
	s.text = append(s.text, raw[last:]...)
	return s, nil
}

// statementKind is the kind of id of her statements.
const statementKind = "consent"

// key is one text for one shape.
func (s shape) key() [sha256.Size]byte { return sha256.Sum256(s.text) }

// facts are those that a policy decides on.
func (s shape) facts() (*rule.Facts, error) {
	f := &rule.Facts{}
	return f, json.Unmarshal(s.text, f)
}

// named writes accesses that were decided on the shape with the ids of the case.
func (s shape) named(list []rule.Access) []rule.Access {
	return renamed(list, func(text string) string {
		if id, is := s.ids[text]; is {
			return id
		}
		return text
	})
}

// eachText calls found for the inside of each string of a JSON text, as it is written, and
// where it begins.
func eachText(raw []byte, found func(int, []byte)) {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '"' {
			continue
		}
		begin := i + 1
		for i++; raw[i] != '"'; i++ {
			if raw[i] == '\\' {
				i++
			}
		}
		found(begin, raw[begin:i])
	}
}

func renamed(list []rule.Access, name func(string) string) []rule.Access {
	out := make([]rule.Access, len(list))
	texts := func(in []string) []string {
		out := make([]string, len(in))
		for i, t := range in {
			out[i] = name(t)
		}
		return out
	}
	for i, a := range list {
		a.Grantee, a.Member, a.Contributor, a.Referrer = name(a.Grantee), name(a.Member), name(a.Contributor), name(a.Referrer)
		a.Action, a.Purpose, a.Basis = name(a.Action), name(a.Purpose), name(a.Basis)
		a.Referral, a.Consent, a.Agreement, a.ReferralAgreement = name(a.Referral), name(a.Consent), name(a.Agreement), name(a.ReferralAgreement)
		a.LegalBasis, a.BreakGlass = name(a.LegalBasis), name(a.BreakGlass)
		a.FirstReferral, a.FirstAgreement, a.FirstReferrer = name(a.FirstReferral), name(a.FirstAgreement), name(a.FirstReferrer)
		a.Categories, a.Obligations = texts(a.Categories), texts(a.Obligations)
		out[i] = a
	}
	return out
}
