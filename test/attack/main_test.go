package attack

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

const (
	assistance = category.ForAssistance
	justice    = category.ForJustice
)

var server *postgres.Server

func TestMain(m *testing.M) { os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s })) }

// both runs an attack on SQLite and on PostgreSQL.
func both(t *testing.T, attack func(*testing.T, *world.World)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); attack(t, world.OnSQLite(t, world.Options{})) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); attack(t, onPostgres(t)) })
}

func onPostgres(t *testing.T) *world.World {
	t.Helper()
	server.Need(t)
	return world.OnPostgres(t, server, world.Options{})
}

// root is the database superuser's connection to a PostgreSQL world, bound by no wall.
func root(t *testing.T, w *world.World) *sql.DB { return open(t, w.URL) }

// app is the application's login, with nothing done to it yet.
func app(t *testing.T, w *world.World) *sql.DB { return open(t, w.AppURL) }

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// behind is another process on the world's PostgreSQL database, with other walls.
func behind(t *testing.T, w *world.World, o store.Options) *store.Store {
	t.Helper()
	if o.Evaluator == nil {
		p, err := world.Policy()
		if err != nil {
			t.Fatal(err)
		}
		o.Evaluator = p
	}
	o.Keys, o.Secret = w.Keys, world.Secret
	if o.Clock == nil {
		o.Clock = func() time.Time { return time.UnixMicro(w.Store.Now()) }
	}
	st, err := store.OpenPostgres(w.AppURL, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// exec runs statements that have to succeed.
func exec(t *testing.T, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// one reads one value.
func one[T any](t *testing.T, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string, args ...any) T {
	t.Helper()
	var v T
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// state is PostgreSQL's code of an error, or empty.
func state(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// PostgreSQL's codes of the refusals that count.
const (
	notPrivileged = "42501" // no grant, or a row-level policy
	checkViolated = "23514" // a trigger of ours
)

// wantKind fails the test where an error is not of the kind.
func wantKind(t *testing.T, what string, err error, want errs.Kind) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: it was accepted, want %s", what, want.Code())
		return
	}
	if got := errs.KindOf(err); got != want {
		t.Errorf("%s: %s (%v: %v), want %s", what, got.Code(), err, world.Cause(err), want.Code())
	}
}

// run calls fn as one write operation and hands its value out.
func run[T any](t *testing.T, w *world.World, s rule.Scope, fn func(context.Context, *store.Op) (T, error)) T {
	t.Helper()
	var v T
	if err := w.Do(s, func(ctx context.Context, op *store.Op) (err error) { v, err = fn(ctx, op); return err }); err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return v
}

// as is the scope of an agency's case worker for assistance.
func as(w *world.World, code string) rule.Scope { return w.As(code, assistance) }

// full registers a case of lwu with a row in every part.
func full(t *testing.T, w *world.World, canary string) string {
	t.Helper()
	id := w.Register("lwu", canary)
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "STATEMENT", Text: canary})
		return err
	})
	w.Further("lwu", id, canary)
	return id
}

// further are the names of the further parts.
func further() (names []string) {
	for _, c := range world.FurtherParts {
		names = append(names, string(c))
	}
	return names
}

// shared is a case of lwu that ngo reads: IDENTITY and CONTACT for assistance.
type shared struct{ Case, Referral string }

func share(w *world.World, canary string) shared {
	w.T.Helper()
	id := w.Register("lwu", canary)
	w.Share("lwu", id, "ngo", assistance, category.Identity, category.Contact)
	s := shared{id, w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Contact)}
	w.Accept("ngo", assistance, s.Referral)
	return s
}

// sees lists what a scope sees of one case, as "CATEGORY by code".
func sees(t *testing.T, w *world.World, s rule.Scope, caseID string) string {
	t.Helper()
	ctx, op, err := w.Store.Begin(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Rollback()
	rows, err := query(ctx, op, caseID)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return named(w, rows)
}

// named puts the codes of agencies for their ids.
func named(w *world.World, rows []string) string {
	out := slices.Clone(rows)
	for i := range out {
		for code, a := range w.Agencies {
			out[i] = strings.ReplaceAll(out[i], a.ID, code)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// withdraw records her no towards an agency, as the owner's case worker.
func withdraw(w *world.World, caseID, towards string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		_, err := casework.WithdrawConsent(ctx, op, casework.WithdrawConsentInput{
			CaseID: caseID, RecipientID: &w.Agencies[towards].ID,
			Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
		})
		return err
	}
}
