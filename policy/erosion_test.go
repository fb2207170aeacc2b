package policy

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/viewer"
)

// scalars returns the path of every leaf in a JSON document.
func scalars(doc any, at []any, visit func([]any)) {
	switch v := doc.(type) {
	case map[string]any:
		for k := range v {
			scalars(v[k], append(slices.Clone(at), k), visit)
		}
	case []any:
		for i := range v {
			scalars(v[i], append(slices.Clone(at), i), visit)
		}
	default:
		visit(at)
	}
}

// removed marks a leaf that is taken away.
type removed struct{}

// eroded returns a copy of doc with the leaf at path replaced, or removed.
func eroded(doc any, path []any, with any) any {
	if len(path) == 0 {
		return with
	}
	switch v := doc.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if k != path[0] {
				out[k] = x
			} else if y := eroded(x, path[1:], with); !isRemoved(y) {
				out[k] = y
			}
		}
		return out
	case []any:
		out := []any{}
		for i, x := range v {
			if i != path[0] {
				out = append(out, x)
			} else if y := eroded(x, path[1:], with); !isRemoved(y) {
				out = append(out, y)
			}
		}
		return out
	}
	panic("a path leads nowhere")
}

func isRemoved(x any) bool { _, ok := x.(removed); return ok }

// erosions are what a leaf is replaced with, all of another type than it has.
func erosions(leaf any) []any {
	out := []any{removed{}}
	for _, x := range []any{nil, true, false, json.Number("0"), json.Number("1e18"), "", "999", "ngo", []any{}, []any{"ngo"}, map[string]any{}} {
		if fmt.Sprintf("%T", x) != fmt.Sprintf("%T", leaf) {
			out = append(out, x)
		}
	}
	return out
}

// erode calls try with every erosion of every leaf of x, by a name for it; of those under
// the prefixes of names alone, where there are any.
func erode(t *testing.T, x any, try func(name string, input ast.Value), under ...string) {
	t.Helper()
	raw, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	var doc any
	if err := decoder.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	tried, leaves, all := 0, 0, 0
	scalars(doc, nil, func([]any) { all++ })
	scalars(doc, nil, func(path []any) {
		leaves++
		name := fmt.Sprint(path)
		if len(under) > 0 && !slices.ContainsFunc(under, func(u string) bool { return strings.HasPrefix(name, u) }) {
			return
		}
		for i, with := range erosions(leafAt(doc, path)) {
			if testing.Short() && all > 100 && i > 0 && (i+leaves)%3 != 0 { // each is taken away, and replaced by what its turn brings
				continue
			}
			input, err := ast.InterfaceToValue(eroded(doc, path, with))
			if err != nil {
				t.Fatal(err)
			}
			tried++
			try(fmt.Sprintf("%v := %#v", path, with), input)
		}
	})
	if tried < 50 {
		t.Fatalf("only %d erosions: the property is not tested", tried)
	}
}

func leafAt(doc any, path []any) any {
	for _, step := range path {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[step.(string)]
		case []any:
			doc = v[step.(int)]
		}
	}
	return doc
}

// atom is one thing that is open: the parts of an access that decide what opens.
type atom struct{ grantee, member, unit, contributor, action, category, purpose string }

// atoms lists what the accesses open, with its intervals.
func atoms(accesses []rule.Access) map[atom][][2]int64 {
	out := map[atom][][2]int64{}
	for _, a := range accesses {
		for _, c := range append([]string{""}, a.Categories...) {
			k := atom{a.Grantee, a.Member, a.Unit, a.Contributor, a.Action, c, a.Purpose}
			out[k] = append(out[k], [2]int64{a.From, a.Until})
		}
	}
	return out
}

// added names something that is open in b, but in no interval of a.
func added(a, b map[atom][][2]int64) string {
	for k, windows := range b {
		for _, w := range windows {
			if !slices.ContainsFunc(a[k], func(o [2]int64) bool { return o[0] <= w[0] && w[1] <= o[1] }) {
				return fmt.Sprintf("%+v in %v", k, w)
			}
		}
	}
	return ""
}

// TestErosionOfFacts: deleting or retyping any leaf never adds an access
// (threats.md, finding 9); an error is a refusal.
func TestErosionOfFacts(t *testing.T) {
	p := builtIn(t)
	for what, facts := range map[string]*rule.Facts{
		"an adult": granting(), "a child": minor(), "one who is incapable": incapable(), "one who recovers": reflecting(), "legal bases": ordered(), "what is passed on": passing(),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			erodesTowardsNo(t, p, facts)
		})
	}
}

func erodesTowardsNo(t *testing.T, p *Policy, facts *rule.Facts) {
	t.Helper()
	full, err := p.Access(context.Background(), facts)
	if err != nil {
		t.Fatal(err)
	}
	before := atoms(full)
	if !slices.ContainsFunc(full, func(a rule.Access) bool { return a.Basis == "CONSENT_REFERRAL" }) {
		t.Fatal("nothing is shared to begin with")
	}
	fewer := 0
	erode(t, facts, func(name string, input ast.Value) {
		after, refused := accessOf(p, input)
		if extra := added(before, after); extra != "" {
			t.Errorf("%s opens %s", name, extra)
		}
		if refused || len(after) < len(before) {
			fewer++
		}
	})
	if fewer == 0 {
		t.Error("no erosion takes anything away")
	}
}

// TestErosionOfOtherVoices: where a no of somebody else than her closes a child's case,
// a broken leaf of it, or of what is known of who said it, opens nothing.
func TestErosionOfOtherVoices(t *testing.T) {
	t.Parallel()
	p := builtIn(t)
	for what, no := range map[string]rule.StatementFacts{
		"the father's no": {Voice: "CAREGIVER", Guardian: "dad"}, "a no of somebody unknown": {Voice: "CAREGIVER"},
		"a panel's no": {Voice: "BEST_INTERESTS", BestInterests: "de"}, "an assessment's no": {Voice: "BEST_INTERESTS", BestInterests: "as"},
		"her own no": {Voice: "PERSON"},
	} {
		f := minor()
		no.Consent, no.Provision, no.Decision, no.Strength, no.Basis, no.Contributors = "s9", "p9", "DENY", "FULL", "CONSENT", []string{}
		no.GivenAt, no.From, no.Until = minorNow+5, minorNow, rule.Forever
		leaf := f.Consents["ngo"]["ASSISTANCE"]
		leaf["IDENTITY"] = append(slices.Clone(leaf["IDENTITY"]), no)
		closed := func(rows map[atom][][2]int64) bool {
			for k := range rows {
				if k.grantee == "ngo" && k.category == "IDENTITY" && k.contributor != "ngo" {
					return false
				}
			}
			return true
		}
		if rows, _ := accessOf(p, factsValue(f)); !closed(rows) {
			t.Errorf("%s does not close", what)
		}
		erode(t, f, func(name string, input ast.Value) {
			if rows, _ := accessOf(p, input); !closed(rows) {
				t.Errorf("%s: %s opens", what, name)
			}
		}, "[consents ngo ASSISTANCE IDENTITY 2 ", "[guardians dad ", "[best_interests "+cmp.Or(no.BestInterests, "none"))
	}
}

// TestErosionOfRefusals: facts in which her no stands stay refused, whichever leaf
// of the no is broken.
func TestErosionOfRefusals(t *testing.T) {
	t.Parallel()
	p, f := builtIn(t), granting()
	for _, category := range []string{"IDENTITY", "WHEREABOUTS", "PROFILE"} {
		leaf := slices.Clone(f.Consents["ngo"]["ASSISTANCE"][category])
		no := leaf[0]
		no.Decision, no.GivenAt, no.Contributors = "DENY", 150, []string{}
		f.Consents["ngo"]["ASSISTANCE"][category] = append(leaf, no)
	}
	tried := 0
	erode(t, f, func(name string, input ast.Value) {
		tried++
		after, _ := accessOf(p, input)
		for k := range after {
			if k.grantee == "ngo" && k.contributor != "ngo" {
				t.Errorf("%s opens %+v", name, k)
				return
			}
		}
	}, "[consents ngo ")
	if tried < 150 {
		t.Errorf("only %d erosions of her statements", tried)
	}
}

func accessOf(p *Policy, input ast.Value) (map[atom][][2]int64, bool) {
	v, err := p.evaluate(context.Background(), "testing", accessEntrypoint, input)
	if err != nil {
		return nil, true
	}
	rows, err := readAccesses(v)
	if err != nil {
		return nil, true
	}
	return atoms(rows), false
}

// TestErosionFindsFailOpen: the property can fail. A policy that proves its
// permission by a negation is caught by the same erosion.
func TestErosionFindsFailOpen(t *testing.T) {
	negating := `package sala.act

decision := {"allow": allow, "supervisor": false, "purposes": set(), "acknowledges": set()}

default allow := false

allow if {
	input.viewer.member != ""
	not input.viewer.agency_kind == "REGIONAL_COUNTERPART"
}`
	p, err := compile(with(t, "act/act.rego", negating))
	if err != nil {
		t.Fatal(err)
	}
	refused := caseWorker()
	refused.AgencyKind = "REGIONAL_COUNTERPART"
	opened := 0
	erode(t, Request{Viewer: refused, Purpose: category.Return, Action: ReadCase}, func(_ string, input ast.Value) {
		if v, err := p.evaluate(context.Background(), "testing", actEntrypoint, input); err == nil {
			if d, err := readDecision(v); err == nil && d.Allow {
				opened++
			}
		}
	})
	if opened == 0 {
		t.Error("the erosion does not find a policy that fails open")
	}
}

// TestErosionOfRequests: no deny becomes an allow, and no purpose is added. Taking
// PLATFORM_ADMINISTRATOR out of the roles is no erosion: it is another viewer.
func TestErosionOfRequests(t *testing.T) {
	p := builtIn(t)
	change := func(edit func(*Request)) Request {
		r := Request{Viewer: caseWorker(), Purpose: category.Return, Action: ReadCase}
		r.Viewer.Roles = append(r.Viewer.Roles, viewer.Supervisor)
		r.Viewer.ScopePurposes = []category.Purpose{category.Return, category.Tracing}
		edit(&r)
		return r
	}
	for _, r := range []Request{
		change(func(*Request) {}),
		change(func(r *Request) { r.Viewer.ScopePurposes = nil }),
		change(func(r *Request) { r.Action = ReadOwn }),
		change(func(r *Request) { r.Purpose = category.ForJustice }),
		change(func(r *Request) { r.Purpose = category.Oversight }),
		change(func(r *Request) { r.Action = ManageAgreement }),
		change(func(r *Request) { r.Viewer.AgencyKind = "REGIONAL_COUNTERPART" }),
		change(func(r *Request) { r.Viewer.AgencyActive = false }),
		change(func(r *Request) { r.Viewer.MemberActive = false }),
		change(func(r *Request) {
			r.Action, r.Purpose, r.Viewer.ScopePurposes = BreakGlass, category.ForProtection, nil
		}),
		change(func(r *Request) {
			r.Action, r.Purpose, r.Viewer.ScopePurposes, r.Viewer.SecondFactor = BreakGlass, category.ForProtection, nil, true
		}),
	} {
		before, err := p.Act(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		erode(t, r, func(name string, input ast.Value) {
			v, err := p.evaluate(context.Background(), "testing", actEntrypoint, input)
			if err != nil {
				t.Errorf("%s leaves the decision undefined", name)
				return
			}
			after, err := readDecision(v)
			if err != nil {
				t.Fatal(err)
			}
			wider := slices.ContainsFunc(after.Purposes, func(p category.Purpose) bool { return !slices.Contains(before.Purposes, p) })
			if after.Allow && !before.Allow || after.Supervisor && !before.Supervisor || wider {
				t.Errorf("%s widens %+v to %+v", name, before, after)
			}
		})
	}
}
