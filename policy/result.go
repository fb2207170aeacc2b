package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
)

// readAccesses reads the value of the rule access, strictly: a key too many or
// too few, another type, an unknown word or an empty interval is an error. Errors
// name fields, never values.
func readAccesses(v ast.Value) ([]rule.Access, error) {
	set, ok := v.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("accesses are not a set")
	}
	out := make([]rule.Access, 0, set.Len())
	for _, t := range set.Slice() {
		a, err := readAccess(t.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func readAccess(v ast.Value) (a rule.Access, err error) {
	r, err := newFields(v, 19, "legal_basis", "break_glass")
	if err != nil {
		return a, err
	}
	a = rule.Access{
		Grantee: r.text("grantee"), Member: r.text("member"), Unit: r.text("unit"), Contributor: r.text("contributor"),
		Action: r.text("action"), Categories: r.texts("categories"), Purpose: r.text("purpose"),
		Basis: r.text("basis"), Referral: r.text("referral"), Consent: r.text("consent"),
		Agreement: r.text("agreement"),
		Referrer:  r.text("referrer"), ReferralAgreement: r.text("referral_agreement"), Obligations: r.texts("obligations"), LegalBasis: r.optional("legal_basis"), BreakGlass: r.optional("break_glass"),
		FirstReferral: r.text("first_referral"), FirstAgreement: r.text("first_agreement"), FirstReferrer: r.text("first_referrer"),
		From: r.integer("from"), Until: r.integer("until"),
	}
	if r.err != nil {
		return rule.Access{}, r.err
	}
	return a, checkAccess(&a)
}

// checkAccess refuses an access that no sound policy gives, whichever was loaded.
func checkAccess(a *rule.Access) error {
	switch {
	case a.Grantee == "" || a.Contributor == "":
		return fmt.Errorf("an access names no grantee or no contributor")
	case !category.Purpose(a.Purpose).OpensCase():
		return fmt.Errorf("an access has a purpose that opens no case")
	case a.From >= a.Until || a.Until > rule.Forever:
		return fmt.Errorf("an access has an interval that is empty or too long")
	}
	for _, c := range a.Categories {
		if !category.Category(c).Valid() {
			return fmt.Errorf("an access has an unknown category")
		}
	}
	switch a.Action {
	case rule.ActionRead:
	case rule.ActionAdd, rule.ActionCorrect:
		if a.Grantee != a.Contributor {
			return fmt.Errorf("an access lets an agency change another's rows")
		}
	case rule.ActionPreview:
		if len(a.Categories) > 0 {
			return fmt.Errorf("a preview names categories")
		}
	default:
		return fmt.Errorf("an access has an unknown action")
	}
	return checkBasis(a)
}

func checkBasis(a *rule.Access) error {
	own := a.Grantee == a.Contributor
	if a.LegalBasis != "" && a.Basis != "LEGAL_BASIS" {
		return fmt.Errorf("an access names a legal basis that it does not stand on")
	}
	direct := a.FirstReferral == "" && a.FirstAgreement == "" && a.FirstReferrer == ""
	passedOn := a.FirstReferral != "" && a.FirstAgreement != "" && a.FirstReferrer != "" && a.FirstReferrer != a.Referrer
	if !direct && !passedOn || own && !direct {
		return fmt.Errorf("an access is passed on by half a way")
	}
	if (a.BreakGlass != "") != (a.Basis == "BREAK_GLASS") {
		return fmt.Errorf("an access does not stand on its basis")
	}
	switch a.Basis {
	case "OWNERSHIP", "OWN_CONTRIBUTION":
		if own {
			return nil
		}
	case "CONSENT_REFERRAL":
		if !own && a.Referral != "" && a.Consent != "" && a.Agreement != "" && a.Referrer != "" && a.ReferralAgreement != "" {
			return nil
		}
	case "LEGAL_BASIS":
		if !own && a.Action == rule.ActionRead && a.LegalBasis != "" && a.Referral == "" && a.Consent == "" && a.Agreement == "" &&
			a.Referrer == "" && a.ReferralAgreement == "" {
			return nil
		}
	case "BREAK_GLASS":
		if !own && a.Action == rule.ActionRead && a.Member != "" && a.Member != a.Grantee && a.Referral == "" && a.Consent == "" && a.Agreement == "" {
			return nil
		}
	}
	return fmt.Errorf("an access does not stand on its basis")
}

// fields reads the members of one object and keeps the first error.
type fields struct {
	o   ast.Object
	err error
}

// newFields takes an object of so many members, and of those beside that may be left out.
func newFields(v ast.Value, count int, optional ...string) (*fields, error) {
	o, ok := v.(ast.Object)
	if ok {
		for _, key := range optional {
			if o.Get(ast.InternedTerm(key)) != nil {
				count++
			}
		}
	}
	if !ok || o.Len() != count {
		return nil, fmt.Errorf("an answer has too many or too few fields")
	}
	return &fields{o: o}, nil
}

func (r *fields) get(key string) ast.Value {
	if t := r.o.Get(ast.InternedTerm(key)); t != nil {
		return t.Value
	}
	return ast.NullValue
}

func (r *fields) fail(key string) {
	if r.err == nil {
		r.err = fmt.Errorf("field %s is missing or of another type", key)
	}
}

func (r *fields) text(key string) string {
	s, ok := r.get(key).(ast.String)
	if !ok {
		r.fail(key)
	}
	return string(s)
}

// optional reads a member that may be left out.
func (r *fields) optional(key string) string {
	if r.o.Get(ast.InternedTerm(key)) == nil {
		return ""
	}
	return r.text(key)
}

func (r *fields) boolean(key string) bool {
	b, ok := r.get(key).(ast.Boolean)
	if !ok {
		r.fail(key)
	}
	return bool(b)
}

func (r *fields) integer(key string) int64 {
	n, ok := r.get(key).(ast.Number)
	if !ok {
		r.fail(key)
		return 0
	}
	i, ok := n.Int64()
	if !ok {
		r.fail(key)
	}
	return i
}

// texts reads an array or a set of strings.
func (r *fields) texts(key string) []string {
	var terms []*ast.Term
	switch v := r.get(key).(type) {
	case *ast.Array:
		for i := range v.Len() {
			terms = append(terms, v.Elem(i))
		}
	case ast.Set:
		terms = v.Slice()
	default:
		r.fail(key)
	}
	out := make([]string, 0, len(terms))
	for _, t := range terms {
		s, ok := t.Value.(ast.String)
		if !ok {
			r.fail(key)
		}
		out = append(out, string(s))
	}
	return out
}
