package attack

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/test/world"
)

// desk is the server's own with guards that a test takes down: the zero value has all.
type desk struct {
	operation.Desk
	everything bool   // whoever asks may try everything
	unrecorded bool   // answers leave without a record, and so without a second look
	meanwhile  func() // happens between what was read and its record
}

// Permit implements operation.Desk.
func (d desk) Permit(ctx context.Context, v *viewer.Viewer, p category.Purpose) (operation.Permissions, error) {
	if d.everything {
		return operation.Permissions{ReadOwn: true, ReadCase: true, Write: true, CaseWork: true, Supervisor: true, CaseNotices: true}, nil
	}
	return d.Desk.Permit(ctx, v, p)
}

// Disclose implements operation.Desk.
func (d desk) Disclose(ctx context.Context, op *store.Op) error {
	if d.meanwhile != nil {
		d.meanwhile()
	}
	if d.unrecorded {
		return nil
	}
	return d.Desk.Disclose(ctx, op)
}

// service is the API over a world, in this process and past sign-in.
type service struct {
	t         *testing.T
	w         *world.World
	directory *api.Desk
	handler   http.Handler
}

// serviceOf is the API with the desk as take leaves it.
func serviceOf(t *testing.T, w *world.World, take func(*desk)) *service {
	t.Helper()
	p, err := world.Policy()
	if err != nil {
		t.Fatal(err)
	}
	own := api.NewDesk(w.Store, p)
	d := desk{Desk: own}
	if take != nil {
		take(&d)
	}
	h, err := graph.NewHandler(graph.Config{Desk: d, CursorKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return &service{t, w, own, h}
}

// viewer is a member as the directory has them.
func (s *service) viewer(code, subject string) *viewer.Viewer {
	s.t.Helper()
	m, err := s.directory.Member(s.t.Context(), s.w.IssuerURL(code), subject, "", origin.Address{})
	if err != nil {
		s.t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return &viewer.Viewer{Issuer: s.w.IssuerURL(code), Subject: subject, Client: "client", Agency: m.Agency, AgencyKind: m.AgencyKind,
		AgencyActive: m.AgencyActive, AgencyFrozen: m.AgencyFrozen, Member: m.Member, Roles: m.Roles}
}

// ask is the answer to a member's operation.
func (s *service) ask(code, subject, text string) string {
	s.t.Helper()
	return s.askAs(s.viewer(code, subject), text)
}

func (s *service) askAs(v *viewer.Viewer, text string) string {
	s.t.Helper()
	return posted(viewer.NewContext(s.t.Context(), v), s.handler, text)
}

// posted is a handler's answer to a document.
func posted(ctx context.Context, h http.Handler, text string) string {
	body, _ := json.Marshal(map[string]any{"query": text})
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	a := httptest.NewRecorder()
	h.ServeHTTP(a, r)
	return a.Body.String()
}

// codeOf is the code of an answer's first error, or empty.
func codeOf(answer string) string {
	var e struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if json.Unmarshal([]byte(answer), &e) != nil || len(e.Errors) == 0 {
		return ""
	}
	return e.Errors[0].Extensions.Code
}

// guard says what stands between a viewer and another agency's rows.
type guard int

const (
	nothingStands  guard = iota // neither wall, and no second look before an answer leaves
	allStand                    // as in production
	databaseStands              // PostgreSQL's row-level security alone
)

// siege runs an attack against each: where nothing stands it has to work, on a
// database without row-level security, so that what it does elsewhere means something.
func siege(t *testing.T, attack func(*testing.T, *service, guard)) {
	t.Helper()
	bare, down := func(d *desk) { d.unrecorded = true }, world.Options{Walls: store.Walls{WithoutApplication: true}}
	t.Run("nothing stands", func(t *testing.T) {
		t.Parallel()
		attack(t, serviceOf(t, world.OnSQLite(t, down), bare), nothingStands)
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		attack(t, serviceOf(t, world.OnSQLite(t, world.Options{}), nil), allStand)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		attack(t, serviceOf(t, onPostgres(t), nil), allStand)
	})
	t.Run("postgres, the database alone", func(t *testing.T) {
		t.Parallel()
		server.Need(t)
		attack(t, serviceOf(t, world.OnPostgres(t, server, down), bare), databaseStands)
	})
}

// shows fails the test where an answer holds a canary and must not, or the other way
// round.
func (g guard) shows(t *testing.T, what, answer, canary string) {
	t.Helper()
	if holds := strings.Contains(answer, canary); holds != (g == nothingStands) {
		t.Errorf("%s: shown %v: %.600s", what, holds, answer)
	}
}

// alike fails the test where two answers tell what is hidden apart from what is not
// there, or where nothing stands and they do not: then the attack is none. What the
// database alone says of it is no matter, as long as it shows nothing.
func (g guard) alike(t *testing.T, what, hidden, absent string) {
	t.Helper()
	switch same := hidden == absent; {
	case g == allStand && !same:
		t.Errorf("%s: hidden: %.600s\nabsent: %.600s", what, hidden, absent)
	case g == nothingStands && same:
		t.Errorf("%s: the attack learns nothing even where nothing stands: %.600s", what, hidden)
	}
}

// counting is a scope's count of rows by a query of the store.
func counting(t *testing.T, st *store.Store, s rule.Scope, count func(context.Context, *store.Op) (int, error)) int {
	t.Helper()
	n, err := within(t, st, s, count)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return n
}
