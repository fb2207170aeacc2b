package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
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
	var g rule.Facts
	// Times are small numbers in the tests of this package; here they are in microseconds.
	over(t, f, func(v any) any {
		if n, is := v.(json.Number); is {
			if i, err := n.Int64(); err == nil && i >= 10 && i < 1_000_000_000 {
				return i*unit + 1_700_000_000_000_000
			}
		}
		if text, is := v.(string); is {
			if id, is := ids[text]; is {
				return id
			}
		}
		return v
	}, &g)
	return &g
}

// over writes facts with other texts and numbers.
func over(t testing.TB, f *rule.Facts, by func(any) any, into *rule.Facts) {
	t.Helper()
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	read := json.NewDecoder(bytes.NewReader(raw))
	read.UseNumber()
	if err := read.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	if raw, err = json.Marshal(replaced(tree, by)); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// unit is a day and some: what is ten units apart is not whole days apart.
const unit = 86_400_000_000 + 7_919_000_000

func replaced(v any, by func(any) any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out[by(key).(string)] = replaced(v[key], by)
		}
		return out
	case []any:
		for i := range v {
			v[i] = replaced(v[i], by)
		}
		return v
	}
	return by(v)
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

// shifts are by how much times are moved: what the rules count in, and a little more and
// less.
var shifts = func() (out []int64) {
	const hour, day = int64(3_600_000_000), int64(86_400_000_000)
	for _, n := range []int64{0, hour, day, 72 * hour, 7 * day, 30 * day, 90 * day, 1095 * day, 2191 * day, 4382 * day} {
		out = append(out, n-1, n, n+1, 1-n, -n, -1-n)
		out = append(out, 3*hour, 1, -5*hour, 7) // mostly nothing is passed
	}
	return out
}()

// moved writes facts with some of their times moved: all that are the same alike, and now
// and then one by itself.
func moved(r *rapid.T, t testing.TB, f *rule.Facts) *rule.Facts {
	var g rule.Facts
	seldom := rapid.SampledFrom([]int{2, 4, 16}).Draw(r, "how seldom a time is moved")
	by := map[int64]int64{}
	over(t, f, func(v any) any {
		n, is := v.(json.Number)
		if !is {
			return v
		}
		i, err := n.Int64()
		if err != nil || i > -1_000_000_000_000 && i < 1_000_000_000_000 || i >= rule.Forever {
			return v
		}
		if _, drawn := by[i]; !drawn {
			if rapid.IntRange(1, seldom).Draw(r, "moved") == seldom {
				by[i] = rapid.SampledFrom(shifts).Draw(r, "shift")
			}
		}
		if rapid.IntRange(0, 2000).Draw(r, "by itself") == 2000 {
			return i + rapid.SampledFrom(shifts).Draw(r, "shift")
		}
		return i + by[i]
	}, &g)
	return &g
}

// spread writes facts with the times further apart, each by the same more than the one before.
func spread(t testing.TB, f *rule.Facts, by int64) *rule.Facts {
	s, err := rule.ShapeOf(f)
	if err != nil {
		t.Fatal(err)
	}
	var g rule.Facts
	over(t, f, func(v any) any {
		if n, is := v.(json.Number); is {
			i, _ := n.Int64()
			if at, is := slices.BinarySearch(s.Instants, i); is {
				return i + by*int64(at)
			}
		}
		return v
	}, &g)
	return &g
}

// TestPairDecidesAsItsPolicies: whatever ids and times cases of a few shapes have, what a
// Pair remembers is what its policies decide on them, and it remembers something.
func TestPairDecidesAsItsPolicies(t *testing.T) {
	was := builtIn(t)
	is := altered(t, "access/words.rego", `"PROTECTION", "ASSISTANCE", "RETURN"`, `"PROTECTION", "ASSISTANCE"`)
	narrow := altered(t, "access/words.rego", `supervisor_categories := {"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE"}`, `supervisor_categories := {"CASE"}`)
	shorter := altered(t, "access/statements.rego", "7 * day", "3 * day")
	for _, other := range []*Policy{is, narrow, shorter} {
		if !was.orderly || !other.orderly {
			t.Fatal("the policy is not orderly: each case is decided by itself")
		}
		pair := NewPair(was, other)
		kinds := []*rule.Facts{granting(), minor(), incapable(), reflecting()}
		var last *rule.Facts
		rapid.Check(t, func(r *rapid.T) {
			base := kinds[rapid.IntRange(0, len(kinds)-1).Draw(r, "case")]
			f := moved(r, t, under(t, base, public(r, base)))
			if last != nil && rapid.Bool().Draw(r, "like the one before") {
				f = spread(t, last, rapid.SampledFrom([]int64{1, -1, 1000, 3_600_000_000}).Draw(r, "apart"))
			}
			last = f
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
			if !got.Alike && (!alike(got.Gives(rule.Was), a) || !alike(got.Gives(rule.Is), b)) {
				r.Fatal("it remembers another decision than its policies'")
			}
			kept, err := got.Shape.Kept().Shape()
			if err != nil {
				r.Fatal(err)
			}
			if again, known := pair.Known(kept); !known || again.Alike != got.Alike || !alike(again.Gives(rule.Was), got.Gives(rule.Was)) || !alike(again.Gives(rule.Is), got.Gives(rule.Is)) {
				r.Fatal("it knows another decision by the shape that is stored beside the case")
			}
		})
		evaluated, remembered := pair.Evaluated()
		if t.Logf("%d evaluated, %d remembered", evaluated, remembered); remembered == 0 {
			t.Error("nothing was remembered: the test shows nothing")
		}
	}
}

// TestMoreThanTheOrderOfTimesCounts: children whose times lie in the same order, but who are not
// of one age, are of one digest and decided differently.
func TestMoreThanTheOrderOfTimesCounts(t *testing.T) {
	p := builtIn(t)
	pair := NewPair(p, altered(t, "access/words.rego", `supervisor_categories := {"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE"}`, `supervisor_categories := {"CASE"}`))
	young := under(t, minor(), nil)
	var first rule.Compared
	counts := map[int]bool{}
	for i, years := range []int64{17, 9, 5, 2, 1} {
		f := under(t, young, nil)
		f.Case.AdultFrom = minorNow + years*365*dayLong
		got, err := pair.Compare(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		want, err := p.Access(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		if !alike(got.Gives(rule.Was), want) {
			t.Error("it remembers what was decided on the other child")
		}
		if i == 0 {
			first = got
		}
		if got.Shape.Digest != first.Shape.Digest {
			t.Error("the children are of different digests")
		}
		counts[len(want)] = true
	}
	if len(counts) < 2 {
		t.Errorf("all children are decided alike, so that nothing is shown: %v accesses", counts)
	}
}

// TestWhatIsNotSeenThroughIsDecidedByItself: a policy that does with times what the order of
// moments does not carry decides each case by its own times.
func TestWhatIsNotSeenThroughIsDecidedByItself(t *testing.T) {
	was := builtIn(t)
	for what, by := range map[string]string{
		"a difference of times": `count([1 | s.until - s.given_at > 30 * day]) >= 0`,
		"twice a time":          `count([1 | 2 * s.given_at > 30 * day]) >= 0`,
		"a remainder":           `count([1 | s.given_at % 2 == 0]) >= 0`,
	} {
		const line = "\ts.strength == \"FULL\"\n\tnamed_enough"
		other := altered(t, "access/statements.rego", line, "\t"+by+"\n"+line)
		pair, base := NewPair(was, other), under(t, granting(), nil)
		for range 2 {
			if _, err := pair.Compare(context.Background(), base); err != nil {
				t.Fatal(err)
			}
		}
		later := under(t, base, nil)
		later.Case.AdultFrom++
		if _, err := pair.Compare(context.Background(), later); err != nil {
			t.Fatal(err)
		}
		if evaluated, _ := pair.Evaluated(); evaluated != 2 {
			t.Errorf("%s: %d evaluations of two cases that differ in a time, want 2", what, evaluated)
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
		if len(a) == 0 || !alike(rule.Renamed(a, name(as)), rule.Renamed(b, name(bs))) {
			t.Errorf("%s: it tells two cases apart by their ids", what)
		}
	}
}

// TestShapesKeepTheOrderOfTimes: another order of times or another word makes another
// shape, other ids and later times do not; the order of statements stays, since of several
// the first is named.
func TestShapesKeepTheOrderOfTimes(t *testing.T) {
	base := under(t, granting(), nil)
	base.Case.ID = "case" // one case, whatever its id
	one, two := map[string]string{}, map[string]string{}
	for id, kind := range idsIn(base) {
		if kind == "member" || kind == "provision" || kind == "referral" {
			one[id], two[id] = pubid.New(kind), pubid.New(kind)
		}
	}
	shape := func(f *rule.Facts) *rule.Shape {
		s, err := rule.ShapeOf(f)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	key := func(f *rule.Facts) rule.Digest { return shape(f).Digest }
	if key(under(t, base, one)) != key(under(t, base, two)) {
		t.Error("other ids make another shape")
	}
	if key(base) == key(under(t, base, one)) {
		t.Error("a text that is no id has a stand-in")
	}
	later := under(t, base, one)
	later.Case.AdultFrom++
	if key(later) != key(under(t, base, one)) {
		t.Error("a later time that is passed by none makes another shape")
	}
	if slices.Equal(shape(later).Instants, shape(under(t, base, one)).Instants) {
		t.Error("a later time is not kept")
	}
	for _, at := range []int64{shape(base).Instants[len(shape(base).Instants)-1] + 1, shape(base).Instants[0]} {
		other := under(t, base, one)
		if other.Case.AdultFrom = at; key(other) == key(under(t, base, one)) {
			t.Error("another order of times has the same shape")
		}
	}
	first, second := pubid.New("consent"), pubid.New("consent")
	swapped := map[string]string{"s1": second, "s2": first}
	if key(under(t, base, map[string]string{"s1": first, "s2": second})) == key(under(t, base, swapped)) {
		t.Error("statements in the other order have the same shape")
	}
	packed, err := rule.Unpacked(rule.Packed(shape(base).Instants))
	if err != nil || !slices.Equal(packed, shape(base).Instants) {
		t.Errorf("times are not read as they are written: %v", err)
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
		out := reflect.ValueOf(rule.Renamed([]rule.Access{a}, func(s string) string { return s + "!" })[0]).Field(i).Interface()
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
