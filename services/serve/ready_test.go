package serve

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

func quiet() *slog.Logger { return logline.New(io.Discard, slog.LevelError) }

// TestReady: everything that must hold is named, and each by itself makes the server
// not ready; what holds again makes it ready again.
func TestReady(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		r := start(t, w.Serve(false), nil, nil)
		r.impatient()
		all := "[+] database: ok\n[+] migrations: ok\n[+] policy: ok\n[+] ledger: ok\n[+] database log: ok\n[+] key store: ok\nready\n"
		if status, body := r.operate("/readyz?verbose"); status != 200 || body != all {
			t.Fatalf("%d %s", status, body)
		}
		if status, body := r.operate("/readyz"); status != 200 || body != "ready\n" {
			t.Errorf("%d %s", status, body)
		}
		if status, _ := r.operate("/livez"); status != 200 {
			t.Errorf("not alive: %d", status)
		}
		change := func(statement string) {
			if _, err := w.Root().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		rename := func(from, to string) {
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		}
		folder := strings.TrimPrefix(w.KeyStore, "folder:")
		for _, c := range []struct {
			check, says string
			spoil, mend func()
		}{
			{"migrations", "CONFLICT: the database has migrations that this program does not know",
				func() { change("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)") },
				func() { change("DELETE FROM goose_db_version WHERE version_id = 99999") }},
			{"policy", "CONFLICT: the database lives under another policy",
				func() { change("UPDATE gates SET revision = 'another' WHERE id = 'policy'") },
				func() { change("UPDATE gates SET revision = '" + w.Store.Revision() + "' WHERE id = 'policy'") }},
			{"key store", "UNAVAILABLE", func() { rename(folder, folder+".away") }, func() { rename(folder+".away", folder) }},
		} {
			c.spoil()
			status, body := r.operate("/readyz?verbose")
			if status != 503 || !strings.Contains(body, "[-] "+c.check+": "+c.says) || strings.Count(body, "[-]") != 1 || !strings.HasSuffix(body, "\nnot ready\n") {
				t.Errorf("%s: %d %s", c.check, status, body)
			}
			if _, metrics := r.operate("/metrics"); !strings.Contains(metrics, `sala_ready{check="`+c.check+`"} 0`) {
				t.Errorf("%s: the metric says ready", c.check)
			}
			c.mend()
			if status, body := r.operate("/readyz?verbose"); status != 200 || body != all {
				t.Errorf("%s mended: %d %s", c.check, status, body)
			}
		}
		if n := strings.Count(r.log.String(), "not ready: a check fails"); n != 3 {
			t.Errorf("%d of 3 failures are logged", n)
		}
	})
}

// TestReadinessFollowsTheDatabase: it goes down when the database stops, the process
// lives on, and it comes back with the database.
func TestReadinessFollowsTheDatabase(t *testing.T) {
	w := world.OnPostgres(t, pg, world.Options{})
	door := postgres.NewDoor(t, w.AppURL)
	r := start(t, w.Serve(false), map[string]string{"database": door.URL}, nil)
	r.impatient()
	c := r.client()
	if _, err := c.Do(t.Context(), "{ me { id } }", nil, nil); err != nil {
		t.Fatal(err)
	}
	door.Shut()
	status, body := r.operate("/readyz?verbose")
	if status != 503 || !strings.Contains(body, "[-] database: UNAVAILABLE") || !strings.Contains(body, "[-] migrations: UNAVAILABLE") {
		t.Errorf("without a database: %d %s", status, body)
	}
	if status, _ := r.operate("/livez"); status != 200 {
		t.Errorf("without a database the process is to live: %d", status)
	}
	if status, _, body := r.post(r.plain(), "/graphql", c.Token, me); status != 503 || !strings.Contains(body, "UNAVAILABLE") {
		t.Errorf("an operation without a database: %d %s", status, body)
	}
	door.Open()
	until(t, "ready again", func() bool { status, _ := r.operate("/readyz"); return status == 200 })
	// A connection that broke while it lay idle fails the request that takes it up.
	until(t, "answering again", func() bool { _, err := c.Do(t.Context(), "{ me { id } }", nil, nil); return err == nil })
}

// TestTheLedgerMayNotLag: a sequencer that makes no passes makes the server not ready.
func TestTheLedgerMayNotLag(t *testing.T) { both(t, ledgerMayNotLag) }

func ledgerMayNotLag(t *testing.T, w *world.World) {
	idle := api.NewSequencer(w.Store, time.Second, quiet())
	until(t, "time passes", func() bool { return idle.Lag() > time.Microsecond })
	for maxLag, ready := range map[time.Duration]bool{time.Hour: true, time.Microsecond: false} {
		checks := ownChecks(w.Store, book(t), idle, maxLag)
		if err := checks[3].Func(t.Context()); (err == nil) != ready || checks[3].Name != "ledger" {
			t.Errorf("a lag of at most %s: %v", maxLag, err)
		}
	}
}

// TestPostgresLogsNothingTyped: a database whose own log would hold what people typed is
// not served, whichever setting it is; where statements are not logged, their
// parameters' length does not matter.
func TestPostgresLogsNothingTyped(t *testing.T) {
	for setting, refused := range map[string]bool{
		"log_error_verbosity = 'default'":                                    true,
		"log_error_verbosity = verbose":                                      true,
		"log_parameter_max_length_on_error = -1":                             true,
		"log_parameter_max_length = 40, log_min_duration_statement = 100":    true,
		"log_parameter_max_length = -1, log_statement = mod":                 true,
		"log_parameter_max_length = -1, log_min_duration_sample = 0":         true,
		"log_parameter_max_length = -1, log_transaction_sample_rate = 0.5":   true,
		"log_parameter_max_length = -1":                                      false,
		"log_min_duration_statement = 0, log_statement = 'all'":              false,
		"log_error_verbosity = terse, log_parameter_max_length_on_error = 0": false,
	} {
		t.Run(setting, func(t *testing.T) {
			w := world.OnPostgres(t, pg, world.Options{Empty: true})
			for one := range strings.SplitSeq(setting, ", ") {
				if _, err := w.Root().ExecContext(t.Context(), "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET "+strings.ReplaceAll(one, "'", "''")+"', current_database()); END $$"); err != nil {
					t.Fatal(err)
				}
			}
			name, _, _ := strings.Cut(setting, " ")
			_, err := assemble(t.Context(), values(t, w, "https://issuer.example", nil), io.Discard)
			if got := err != nil && strings.Contains(err.Error(), "SET "+name); got != refused {
				t.Errorf("refused: %v, want %v (%v)", got, refused, err)
			}
		})
	}
}

// book is that of a server without further policies.
func book(t *testing.T) *revisions.Book {
	t.Helper()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return revisions.NewBook(p, 1)
}
