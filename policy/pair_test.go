package policy

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/pubid"
)

// idsIn are the ids of facts, by kind, as tests write them.
func idsIn(f *rule.Facts) map[string]string {
	kind := map[string]string{f.Case.ID: "case"}
	for id, list := range f.Referrals {
		kind[id] = "agency"
		for _, r := range list {
			kind[r.ID] = "referral"
		}
	}
	for id := range f.Agencies {
		kind[id] = "agency"
	}
	for _, list := range f.Agreements {
		for _, a := range list {
			kind[a.ID] = "agreement"
		}
	}
	for _, said := range []map[string]rule.Statements{f.Recordings, f.Consents} {
		for _, purposes := range said {
			for _, leaves := range purposes {
				for _, leaf := range leaves {
					for _, s := range leaf {
						kind[s.Consent], kind[s.Provision] = "consent", "provision"
					}
				}
			}
		}
	}
	for _, members := range f.Assignments {
		for _, m := range members {
			kind[m] = "member"
		}
	}
	for id := range f.Guardians {
		kind[id] = "guardianship"
	}
	for id, b := range f.BestInterests {
		kind[id] = "interests"
		for _, s := range b.Signed {
			kind[s.Member] = "member"
		}
	}
	delete(kind, "")
	return kind
}

// under writes the facts with other ids.
func under(t testing.TB, f *rule.Facts, ids map[string]string) *rule.Facts {
	t.Helper()
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	last := 0
	eachText(raw, func(at int, text []byte) {
		if id, is := ids[string(text)]; is {
			out.Write(raw[last:at])
			out.WriteString(id)
			last = at + len(text)
		}
	})
	out.Write(raw[last:])
	var g rule.Facts
	if err := json.Unmarshal([]byte(out.String()), &g); err != nil {
		t.Fatal(err)
	}
	return &g
}

// public gives each id of the facts a public one, drawn anew: mostly in the order of those
// that stand there, as in another case of the same shape.
func public(t *rapid.T, f *rule.Facts) map[string]string {
	kinds, out := idsIn(f), map[string]string{}
	ordered := rapid.IntRange(0, 3).Draw(t, "in order") > 0
	of := map[string][]string{}
	for id, kind := range kinds {
		of[kind] = append(of[kind], id)
	}
	for kind, list := range of {
		slices.Sort(list)
		made := make([]string, len(list))
		for i := range made {
			made[i] = pubid.New(kind)
		}
		if ordered {
			slices.Sort(made)
		}
		for i, id := range list {
			out[id] = made[i]
		}
	}
	return out
}

// TestPairDecidesAsItsPolicies: whatever ids cases of a few shapes have, what a Pair
// remembers is what its policies decide on them; and it remembers something.
func TestPairDecidesAsItsPolicies(t *testing.T) {
	was := builtIn(t)
	is := altered(t, "access/words.rego", `"PROTECTION", "ASSISTANCE", "RETURN"`, `"PROTECTION", "ASSISTANCE"`)
	narrow := altered(t, "access/words.rego", `supervisor_categories := {"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE"}`, `supervisor_categories := {"CASE"}`)
	for _, other := range []*Policy{is, narrow} {
		pair := NewPair(was, other)
		kinds := []*rule.Facts{granting(), minor(), incapable(), reflecting()}
		rapid.Check(t, func(r *rapid.T) {
			base := kinds[rapid.IntRange(0, len(kinds)-1).Draw(r, "case")]
			f := under(t, base, public(r, base))
			if rapid.Bool().Draw(r, "another age") {
				f.Case.AdultFrom++
			}
			got, err := pair.Compare(context.Background(), f)
			if err != nil {
				r.Fatal(err)
			}
			a, err := was.Access(context.Background(), f)
			if err != nil {
				r.Fatal(err)
			}
			b, err := other.Access(context.Background(), f)
			if err != nil {
				r.Fatal(err)
			}
			if got.Alike != alike(a, b) {
				r.Fatalf("alike is %v", got.Alike)
			}
			if !got.Alike && (!alike(got.Was, a) || !alike(got.Is, b)) {
				r.Fatal("it remembers another decision than its policies'")
			}
		})
		evaluated, remembered := pair.Evaluated()
		if t.Logf("%d evaluated, %d remembered", evaluated, remembered); remembered == 0 {
			t.Error("nothing was remembered: the test shows nothing")
		}
	}
}

// altered is the built-in policy with some words of modules replaced.
func altered(t testing.TB, changes ...string) *Policy {
	t.Helper()
	modules := map[string][]byte{}
	for _, dir := range []string{"access", "act"} {
		files, err := embedded.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			path := dir + "/" + f.Name()
			if modules[path], err = embedded.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := 0; i < len(changes); i += 3 {
		path, from, to := changes[i], changes[i+1], changes[i+2]
		if !strings.Contains(string(modules[path]), from) {
			t.Fatalf("%s does not say %q", path, from)
		}
		modules[path] = []byte(strings.ReplaceAll(string(modules[path]), from, to))
	}
	p, err := compile(modules)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestAPolicySeesNoIds: a policy that tells ids apart by their text, or names one, decides
// on two cases that differ in ids alone the same; it sees stand-ins, and words as they are.
func TestAPolicySeesNoIds(t *testing.T) {
	base, ids, zeros := granting(), map[string]string{}, map[string]string{}
	for id, kind := range idsIn(base) {
		for ids[id] = pubid.New(kind); strings.HasSuffix(ids[id], "0"); {
			ids[id] = pubid.New(kind)
		}
		for zeros[id] = pubid.New(kind); !strings.HasSuffix(zeros[id], "0"); {
			zeros[id] = pubid.New(kind)
		}
	}
	if ids["s1"] < ids["s2"] != (zeros["s1"] < zeros["s2"]) {
		zeros["s1"], zeros["s2"] = zeros["s2"], zeros["s1"]
	}
	const named = "is_name(x) if {\n\tis_string(x)\n\tx != \"\"\n"
	for what, condition := range map[string]string{"peeping": `not endswith(x, "0x")` + "\n", "naming": `x != "` + ids["ann"] + `"` + "\n"} {
		p := altered(t, "access/words.rego", named, named+"\t"+condition)
		a, err := p.Access(context.Background(), under(t, base, ids))
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.Access(context.Background(), under(t, base, zeros))
		if err != nil {
			t.Fatal(err)
		}
		as, bs := map[string]string{}, map[string]string{}
		for id := range ids {
			as[ids[id]], bs[zeros[id]] = id, id
		}
		name := func(by map[string]string) func(string) string {
			return func(s string) string {
				if id := by[s]; id != "" {
					return id
				}
				return s
			}
		}
		if len(a) == 0 || !alike(renamed(a, name(as)), renamed(b, name(bs))) {
			t.Errorf("%s: it tells two cases apart by their ids", what)
		}
	}
}

// TestShapesKeepTimes: another time or word makes another shape, other ids do not; the
// order of statements stays, since of several the first is named.
func TestShapesKeepTimes(t *testing.T) {
	base := granting()
	base.Case.ID = "case" // one case, whatever its id
	one, two := map[string]string{}, map[string]string{}
	for id, kind := range idsIn(base) {
		if kind == "member" || kind == "provision" || kind == "referral" {
			one[id], two[id] = pubid.New(kind), pubid.New(kind)
		}
	}
	key := func(f *rule.Facts) [32]byte {
		s, err := shapeOf(f)
		if err != nil {
			t.Fatal(err)
		}
		return s.key()
	}
	if key(under(t, base, one)) != key(under(t, base, two)) {
		t.Error("other ids make another shape")
	}
	if key(base) == key(under(t, base, one)) {
		t.Error("a text that is no id has a stand-in")
	}
	later := under(t, base, one)
	later.Case.AdultFrom++
	if key(later) == key(under(t, base, one)) {
		t.Error("another time has the same shape")
	}
	first, second := pubid.New("consent"), pubid.New("consent")
	swapped := map[string]string{"s1": second, "s2": first}
	if key(under(t, base, map[string]string{"s1": first, "s2": second})) == key(under(t, base, swapped)) {
		t.Error("statements in the other order have the same shape")
	}
}

// TestEveryFieldIsRenamedAndCompared: a field that is added to an access and forgotten
// here would carry one case's id into another.
func TestEveryFieldIsRenamedAndCompared(t *testing.T) {
	for i := range reflect.TypeFor[rule.Access]().NumField() {
		a := rule.Access{Categories: []string{}, Obligations: []string{}}
		field := reflect.ValueOf(&a).Elem().Field(i)
		name := reflect.TypeFor[rule.Access]().Field(i).Name
		switch field.Interface().(type) {
		case string:
			field.SetString("x")
		case []string:
			field.Set(reflect.ValueOf([]string{"x"}))
		case int64:
			field.SetInt(1)
			if compare(a, rule.Access{}) == 0 {
				t.Errorf("%s is not compared", name)
			}
			continue
		default:
			t.Fatalf("%s is of a kind that nobody renames", name)
		}
		if compare(a, rule.Access{}) == 0 {
			t.Errorf("%s is not compared", name)
		}
		out := reflect.ValueOf(renamed([]rule.Access{a}, func(s string) string { return s + "!" })[0]).Field(i).Interface()
		if s, is := out.(string); is && s != "x!" {
			t.Errorf("%s is not renamed", name)
		}
		if l, is := out.([]string); is && !slices.Equal(l, []string{"x!"}) {
			t.Errorf("%s is not renamed", name)
		}
	}
}

// BenchmarkPair: a case of a shape that was decided before, without evaluation.
func BenchmarkPair(b *testing.B) {
	p := builtIn(b)
	pair := NewPair(p, altered(b, "access/words.rego", `"PROTECTION", "ASSISTANCE", "RETURN"`, `"PROTECTION", "ASSISTANCE"`))
	base := granting()
	ids := map[string]string{}
	for id, kind := range idsIn(base) {
		ids[id] = pubid.New(kind)
	}
	f := under(b, base, ids)
	for b.Loop() {
		if _, err := pair.Compare(context.Background(), f); err != nil {
			b.Fatal(err)
		}
	}
}
