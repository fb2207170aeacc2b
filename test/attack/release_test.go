package attack

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/release"
	"github.com/sala-exchange/sala/test/world"
)

// persons are so many cases of one kind, opened in June of a year.
type persons struct {
	n    int
	year int
	kind valueset.CaseKind
	sex  valueset.Sex
	form valueset.Exploitation
}

// population is a world of PostgreSQL with such cases, which an agreement for STATISTICS
// covers. It returns the ids of the cases in order.
func population(t *testing.T, groups ...persons) (*world.World, []string) {
	t.Helper()
	w := onPostgres(t)
	w.InForce([]string{"lwu", "iom"}, []category.Purpose{category.Statistics}, []category.Category{category.Profile, category.Trafficking}, 24*time.Hour, 1000*24*time.Hour)
	var ids []string
	for _, g := range groups {
		for range g.n {
			ids = append(ids, oneMore(t, w, g))
		}
	}
	return w, ids
}

// oneMore registers one more case.
func oneMore(t *testing.T, w *world.World, g persons) (id string) {
	t.Helper()
	at := time.Date(g.year, 6, 15, 3, 0, 0, 0, time.UTC).UnixMicro()
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
		id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{
			Kind: g.kind, OccurredOn: &at, Recording: world.Recording(assistance), Identity: world.Adult("Canary Counted"),
			Profile:     &casework.ProfileInput{Sex: &g.sex, Citizenships: []string{"LA"}},
			Trafficking: &casework.TraffickingInput{ExploitationTypes: []valueset.Exploitation{g.form}},
		})
		return err
	})
	return id
}

// declaration is a definition of generalised rows, which show counts as they are: the
// table of which a difference tells the most.
func declaration(name, population, period, columns, method string) []byte {
	return []byte("name: " + name + "\ntitle: Persons\npublisher: Secretariat\ncountry: LA\ngeography: Lao PDR\npopulation: {name: persons, unit: CASE" + population + "}\nperiod: " + period +
		"\ncolumns: [" + columns + "]\naudience: PUBLIC\n" + method + "\n")
}

const exactRows = "method: rows"

// secretariat is one who builds and one who publishes, with a folder.
type secretariat struct {
	builder, publisher note.Signer
	keys               note.Verifiers
	folder             publication.Store
}

func newSecretariat(t *testing.T) *secretariat {
	t.Helper()
	var public [][]byte
	signer := func(name string) note.Signer {
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
	s := &secretariat{builder: signer("analyst"), publisher: signer("head")}
	var err error
	if s.keys, _, err = release.Keys(public...); err != nil {
		t.Fatal(err)
	}
	if s.folder, err = publication.OpenFolder(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return s
}

func built(t *testing.T, w *world.World, raw []byte) *release.Built {
	t.Helper()
	b, err := release.Build(t.Context(), w.Store, raw, release.Inputs{})
	if err != nil {
		t.Fatal(err, world.Cause(err))
	}
	return b
}

// publish publishes through a process's store, by the auditor.
func (s *secretariat) publish(t *testing.T, through *store.Store, b *release.Built, a release.Auditor) error {
	t.Helper()
	p := &release.Publisher{Store: through, Releases: s.folder, Signer: s.publisher, Verifiers: s.keys, Auditor: a}
	_, err := p.Publish(t.Context(), b, s.builder.Name())
	return err
}

// blind is an auditor that finds nothing: it shows what the other gates let pass.
type blind struct{}

func (blind) Audit(context.Context, []release.Published) ([]string, error) { return nil, nil }

// tally counts rows by their values.
func tally(b *release.Built) map[string]int {
	out := map[string]int{}
	for _, r := range b.Rows {
		out[strings.Join(r, " ")]++
	}
	return out
}

// refusedBy fails the test unless the gate refused, and nothing was stored.
func refusedBy(t *testing.T, w *world.World, gate string, err error, stored int) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), `the gate "`+gate+`"`) {
		t.Errorf("the gate %q did not refuse: %v (%v)", gate, err, world.Cause(err))
	}
	if n := one[int](t, w.Root(), "SELECT count(*) FROM releases"); n != stored {
		t.Errorf("%d releases are stored, want %d", n, stored)
	}
}
