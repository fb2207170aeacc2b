package release_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/release"
	"github.com/sala-exchange/sala/test/world"
)

// group is so many cases of one kind.
type group struct {
	n    int
	year int
	sex  valueset.Sex
	form valueset.Exploitation
}

var people = []group{
	{60, 2023, valueset.SexFemale, valueset.ExploitationForcedLabour}, {60, 2023, valueset.SexMale, valueset.ExploitationForcedLabour},
	{55, 2024, valueset.SexFemale, valueset.ExploitationSexualExploitation}, {50, 2024, valueset.SexMale, valueset.ExploitationForcedLabour},
	{3, 2024, valueset.SexIntersex, valueset.ExploitationForcedLabour},
}

// register registers one case of an agency, and returns its id.
func register(t *testing.T, w *world.World, code string, g group) (id string) {
	t.Helper()
	at := time.Date(g.year, 6, 15, 3, 0, 0, 0, time.UTC).UnixMicro()
	w.Must(w.As(code, category.ForAssistance), func(ctx context.Context, op *store.Op) (err error) {
		id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{
			Kind: valueset.CaseKindPresumedVictim, OccurredOn: &at, Recording: world.Recording(category.ForAssistance),
			Identity: world.Adult("Canary Released"), Profile: &casework.ProfileInput{Sex: &g.sex, Citizenships: []string{"LA"}},
			Trafficking: &casework.TraffickingInput{ExploitationTypes: []valueset.Exploitation{g.form}, ExploitationPlace: world.Ptr("Canary Place")},
		})
		return err
	})
	return id
}

// stocked is a world with cases, whose owner has an agreement for STATISTICS.
func stocked(t *testing.T) *world.World {
	t.Helper()
	w := world.OnPostgres(t, server, world.Options{})
	for _, g := range people {
		for range g.n {
			register(t, w, "lwu", g)
		}
	}
	w.InForce([]string{"lwu", "iom"}, []category.Purpose{category.Statistics}, []category.Category{category.Profile, category.Trafficking}, 24*time.Hour, 1000*24*time.Hour)
	return w
}

const definition = `name: persons
title: Persons by sex and year
publisher: Secretariat
country: LA
geography: Lao People's Democratic Republic
population: {name: persons, unit: CASE}
period: {from: 2023, to: 2024}
columns:
  - {name: year}
  - {name: sex}
method: counts
audience: COUNTERPARTS
`

func changed(old, new string) []byte {
	if !strings.Contains(definition, old) {
		panic("the definition does not hold what is to be changed")
	}
	return []byte(strings.Replace(definition, old, new, 1))
}

// desk is a builder and a publisher with a folder.
type desk struct {
	builder, publisher note.Signer
	keys               note.Verifiers
	folder             publication.Store
	path               string
	public             []string   // the keys as text
	editions           []*edition // that were published
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	var public [][]byte
	make := func(name string) note.Signer {
		secret, verifier, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			t.Fatal(err)
		}
		public = append(public, []byte(verifier+"\n"))
		s, err := note.NewSigner(secret)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	d := &desk{builder: make("analyst"), publisher: make("head"), path: t.TempDir()}
	for _, k := range public {
		d.public = append(d.public, strings.TrimSpace(string(k)))
	}
	var err error
	if d.keys, _, err = release.Keys(public...); err != nil {
		t.Fatal(err)
	}
	if d.folder, err = publication.OpenFolder(d.path); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) as(w *world.World, signer note.Signer) *release.Publisher {
	return &release.Publisher{Store: w.Store, Releases: d.folder, Signer: signer, Verifiers: d.keys, Auditor: release.Bounds{}}
}

// built builds, seals and opens again, as two operators do.
func (d *desk) built(t *testing.T, w *world.World, raw []byte, in ...release.Inputs) (*release.Built, string) {
	t.Helper()
	b, err := release.Build(t.Context(), w.Store, raw, append(in, release.Inputs{})[0])
	if err != nil {
		t.Fatal(err, world.Cause(err))
	}
	var file bytes.Buffer
	if err := release.Seal(&file, b, d.builder); err != nil {
		t.Fatal(err)
	}
	out, by, err := release.Open(&file, d.keys)
	if err != nil {
		t.Fatal(err)
	}
	return out, by
}

func one[T any](t *testing.T, db *sql.DB, query string) (v T) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&v); err != nil {
		t.Fatal(query, err)
	}
	return v
}

// TestFromCasesToAPublishedRelease: build, four eyes, publication, record, notices, replay
// and withdrawal.
func TestFromCasesToAPublishedRelease(t *testing.T) {
	t.Parallel()
	w, d := stocked(t), newDesk(t)
	b, by := d.built(t, w, []byte(definition))
	want := [][]string{
		{"2023", "FEMALE", "55"}, {"2023", "MALE", "55"}, {"2023", "_T", "110"}, {"2024", "FEMALE", "55"}, {"2024", "MALE", "44"}, {"2024", "_T", "99"},
	}
	for _, row := range want {
		if !slices.ContainsFunc(b.Rows, func(r []string) bool { return slices.Equal(r, row) }) {
			t.Errorf("%v is not among %v", row, b.Rows)
		}
	}
	if fmt.Sprint(b.Rows) == "" || strings.Contains(fmt.Sprint(b.Rows), "INTERSEX") {
		t.Errorf("three persons are told apart: %v", b.Rows)
	}
	if _, err := d.as(w, d.builder).Publish(t.Context(), b, by); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("the builder published: %v", err)
	}
	done, err := d.as(w, d.publisher).Publish(t.Context(), b, by)
	if err != nil {
		t.Fatal(err, world.Cause(err))
	}
	if done.Edition != 1 || done.Told != 1 {
		t.Errorf("published %+v", done)
	}
	again, err := d.as(w, d.publisher).Publish(t.Context(), b, by)
	if errs.KindOf(err) != errs.Conflict {
		t.Errorf("published twice: %+v, %v", again, err)
	}
	ref := publication.Ref{ID: "persons", Version: 1}
	r, err := publication.Open(t.Context(), d.folder, ref, d.keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if n := one[int](t, w.Root(), "SELECT count(*) FROM disclosures WHERE verb LIKE 'publish release persons/1 sha256:%'"); n != 1 {
		t.Errorf("%d entries of the publication on the ledger", n)
	}
	if err := d.as(w, d.publisher).Withdraw(t.Context(), ref, "wrong reference date"); err != nil {
		t.Fatal(err, world.Cause(err))
	}
	w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
		n, err := op.Notice.Query().Where(notice.AgencyID(w.Agencies["thailand"].ID), notice.KindIn(valueset.NoticeKindReleasePublished, valueset.NoticeKindReleaseWithdrawn)).Count(ctx)
		if n != 2 {
			t.Errorf("the counterpart has %d notices", n)
		}
		return err
	})
	if earlier, err := release.Earlier(t.Context(), w.Store); err != nil || len(earlier) != 1 {
		t.Errorf("what was withdrawn is forgotten: %v, %v", earlier, err)
	}
}

// TestWhoIsCounted: by owners' agreements and by consents, with what was left out (J2, J6).
func TestWhoIsCounted(t *testing.T) {
	t.Parallel()
	w := world.OnPostgres(t, server, world.Options{})
	g := group{1, 2024, valueset.SexFemale, valueset.ExploitationForcedLabour}
	var ids []string
	for range 25 {
		ids = append(ids, register(t, w, "lwu", g))
	}
	register(t, w, "ngo", g)
	count := func() (in int, out map[string]int) {
		out = map[string]int{}
		err := w.Store.Run(t.Context(), rule.Scope{Mode: rule.Release}, true, func(ctx context.Context, op *store.Op) error {
			r, err := op.Releasable(ctx, release.UnitCase)
			if err != nil {
				return err
			}
			for i, why := range r.LeftOut {
				if out[why]++; why != "" && strings.Join(r.Values[i], "") != "2024" {
					t.Errorf("more than the year of a case that was left out: %v", r.Values[i])
				}
			}
			in = out[""]
			return nil
		})
		if err != nil {
			t.Fatal(err, world.Cause(err))
		}
		return in, out
	}
	if in, out := count(); in != 0 || out["NO_AGREEMENT"] != 26 {
		t.Fatalf("without an agreement: %d, %v", in, out)
	}
	w.InForce([]string{"lwu", "iom"}, []category.Purpose{category.Statistics}, []category.Category{category.Profile}, 24*time.Hour, 1000*24*time.Hour)
	if in, out := count(); in != 25 || out["NO_AGREEMENT"] != 1 {
		t.Fatalf("with one: %d, %v", in, out)
	}
	state := func(id string, decision valueset.Decision, purposes ...category.Purpose) {
		w.Advance(time.Minute)
		w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{CaseID: id, Kind: valueset.ConsentKindRecording,
				Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
				Provisions: []*casework.ProvisionInput{{Decision: decision, Purposes: purposes, Categories: []category.Category{category.Profile}}}})
			return err
		})
	}
	state(ids[0], valueset.DecisionDeny, category.Statistics)
	state(ids[1], valueset.DecisionDeny, category.Statistics)
	state(ids[1], valueset.DecisionPermit, category.Statistics)
	if in, out := count(); in != 24 || out["CONSENT"] != 1 {
		t.Errorf("one said no, another no and then yes: %d, %v", in, out)
	}
	w.Shut("lwu")
	if in, out := count(); in != 0 || out["OWNER_SUSPENDED"] != 25 {
		t.Errorf("the owner is suspended: %d, %v", in, out)
	}
}

// TestTheBudget: it is spent with the publication, and neither a restart, a replay nor a
// clock that is set back gives anything back (threats.md 39).
func TestTheBudget(t *testing.T) {
	t.Parallel()
	w, d := stocked(t), newDesk(t)
	private := []byte(strings.Replace(string(changed("method: counts", "method: private\nparameters: {epsilon: 4, delta: 0.000001, length: 2}")), "name: persons\n", "name: private\n", 1))
	for i := range 2 {
		b, by := d.built(t, w, private)
		done, err := d.as(w, d.publisher).Publish(t.Context(), b, by)
		if err != nil {
			t.Fatal(err, world.Cause(err))
		}
		if want := float64(4 * (i + 1)); done.Epsilon < want || done.Epsilon > want+0.001 {
			t.Errorf("%.6f is spent after %d", done.Epsilon, i+1)
		}
	}
	w.Advance(-200 * 24 * time.Hour)
	restarted, err := store.OpenPostgres(w.AppURL, store.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = restarted.Close() }()
	w.Advance(200 * 24 * time.Hour)
	b, by := d.built(t, w, private)
	p := d.as(w, d.publisher)
	for range 2 {
		if _, err := p.Publish(t.Context(), b, by); errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "budget of the population is spent") {
			t.Errorf("beyond the budget: %v", err)
		}
		p.Store = restarted
	}
	if n := one[int](t, w.Root(), "SELECT count(*) FROM releases"); n != 2 {
		t.Errorf("%d releases are stored", n)
	}
	if found, _ := filepath.Glob(filepath.Join(d.path, "private", "*")); len(found) != 2 {
		t.Errorf("files of %d editions", len(found))
	}
	for what, statement := range map[string]string{
		"a spending taken back": "DELETE FROM budget_entries", "a smaller one": "UPDATE budget_entries SET epsilon = 1",
		"a release taken back": "DELETE FROM releases", "a changed one": "UPDATE releases SET digest = 'x'",
		"one more, by another limit": "INSERT INTO budget_entries SELECT 'x', population, id, 1, 1, 100000000, 1, 1 FROM releases LIMIT 1",
		"one more than there is":     "INSERT INTO budget_entries SELECT 'x', b.population, r.id, 3000000, 0, b.limit_epsilon, b.limit_delta, 1 FROM budget_entries b, releases r LIMIT 1",
		"less than nothing":          "INSERT INTO budget_entries SELECT 'x', b.population, r.id, -1, 0, b.limit_epsilon, b.limit_delta, 1 FROM budget_entries b, releases r LIMIT 1",
		"one by one person":          "INSERT INTO releases SELECT 'y', name, 3, 'z', population, year_from, year_to, audience, cells, snapshot, built_by, built_by, 1, NULL, NULL FROM releases LIMIT 1",
	} {
		if _, err := w.Root().ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "23514") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestSealedCandidates: one changed byte, or a key that nobody named, and it is none.
func TestSealedCandidates(t *testing.T) {
	t.Parallel()
	d, other := newDesk(t), newDesk(t)
	b := &release.Built{Definition: []byte(definition), Columns: []string{"year", "sex", "count"}, Rows: [][]string{{"2023", "MALE", "33"}}}
	var file bytes.Buffer
	if err := release.Seal(&file, b, d.builder); err != nil {
		t.Fatal(err)
	}
	if _, by, err := release.Open(bytes.NewReader(file.Bytes()), d.keys); err != nil || by != "analyst" {
		t.Fatal(by, err)
	}
	if _, _, err := release.Open(bytes.NewReader(bytes.Replace(file.Bytes(), []byte(`"33"`), []byte(`"44"`), 1)), d.keys); err == nil {
		t.Error("a changed candidate is taken")
	}
	if _, _, err := release.Open(bytes.NewReader(file.Bytes()), other.keys); err == nil {
		t.Error("another's key is taken")
	}
}
