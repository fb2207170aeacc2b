package serve

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/world"
)

// part is a sequencer as a process of its own has it, under the login of its own.
type part struct {
	*server
	t     *testing.T
	log   *journal
	stop  func()
	ended chan error
}

// sequencing is its configuration: nothing of the API's.
func sequencing(t *testing.T, w *world.World, change map[string]string) *configuration.Values {
	t.Helper()
	t.Setenv("PGPASSWORD", "")
	database := "sqlite:" + w.Path
	if w.AppURL != "" {
		database = strings.Replace(w.AppURL, "sala_app", "sala_sequencer", 1)
	}
	flags := map[string][]string{"database": {database}, "operationsAddress": {"127.0.0.1:0"}}
	for k, v := range change {
		flags[k] = []string{v}
	}
	v, p := configuration.Resolve(configuration.Inputs{Flags: flags})
	if len(p) > 0 {
		t.Fatal(p)
	}
	return v
}

func startPart(t *testing.T, w *world.World) *part {
	t.Helper()
	p := &part{t: t, log: &journal{}, ended: make(chan error, 1)}
	var err error
	if p.server, err = assembleSequencer(t.Context(), sequencing(t, w, nil), p.log); err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	go func() {
		defer close(p.ended)
		p.ended <- p.place(ctx)
		p.close()
	}()
	select {
	case <-p.up:
	case err := <-p.ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		for range p.ended { // until it is closed
		}
	})
	return p
}

func (p *part) operate(path string) (int, string) {
	p.t.Helper()
	resp, err := http.Get("http://" + p.operateAddr.String() + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// waiting is how many records have no place.
func waiting(t *testing.T, w *world.World) (n int) {
	t.Helper()
	if err := w.Root().QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM disclosures) - (SELECT count(*) FROM ledger_entries)").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

var apart = map[string]string{"ledgerSequencer": "apart", "ledgerMaxLag": "5s"}

// TestASequencerOfItsOwn: a server that is told to places nothing and says, once records have
// waited for too long, that it is not ready; with the part beside it they get their places
// and it is; with the part killed it says so again.
func TestASequencerOfItsOwn(t *testing.T) { both(t, sequencerOfItsOwn) }

func sequencerOfItsOwn(t *testing.T, w *world.World) {
	ws := w.Serve(false)
	r := start(t, ws, apart, nil)
	r.impatient()
	id := w.Register("lwu", "Kanaree")
	if !sees(t, r.client(), id) {
		t.Fatal("the server does not answer")
	}
	lags := func() bool {
		status, body := r.operate("/readyz?verbose")
		return status == 503 && strings.Contains(body, "[-] ledger:")
	}
	until(t, "nobody places and the server is not ready", lags)
	if waiting(t, w) == 0 {
		t.Fatal("the server gave places itself: nothing is shown of the part")
	}
	if _, metrics := r.operate("/metrics"); !strings.Contains(metrics, "\nsala_ledger_lag_seconds ") || strings.Contains(metrics, "sala_ledger_placed_total") {
		t.Error("the server's metrics do not tell the lag, or tell of places that it does not give")
	}
	p := startPart(t, w)
	until(t, "every record has its place", func() bool { return waiting(t, w) == 0 })
	until(t, "the server is ready again", func() bool { status, _ := r.operate("/readyz"); return status == 200 })
	all := "[+] database: ok\n[+] migrations: ok\n[+] ledger: ok\n[+] database log: ok\nready\n"
	if status, body := p.operate("/readyz?verbose"); status != 200 || body != all {
		t.Errorf("the part: %d %s", status, body)
	}
	if status, _ := p.operate("/livez"); status != 200 {
		t.Errorf("the part is not alive: %d", status)
	}
	_, metrics := p.operate("/metrics")
	for _, m := range []string{"\nsala_ledger_lag_seconds ", "\nsala_ledger_placed_total ", `sala_ready{check="ledger"} 1`, "sala_build_info{"} {
		if !strings.Contains(metrics, m) {
			t.Errorf("the part's metrics lack %q", m)
		}
	}
	if strings.Contains(metrics, "sala_ledger_placed_total 0\n") || strings.Contains(metrics, "sala_operation") {
		t.Error("the part placed nothing, or has metrics of the API's")
	}
	p.stop()
	if err := <-p.ended; err != nil || !strings.Contains(p.log.String(), `"stopped"`) {
		t.Errorf("told to stop: %v\n%s", err, p.log)
	}
	if !sees(t, r.client(), id) {
		t.Error("the server does not answer while its ledger still may lag")
	}
	until(t, "without the part the server is not ready", lags)
}

// TestTwoSequencersSideBySide, and a server that sequences too: one gapless log, and when one
// is stopped the others go on.
func TestTwoSequencersSideBySide(t *testing.T) {
	w := world.OnPostgres(t, pg, world.Options{})
	ws := w.Serve(false)
	r, here := start(t, ws, apart, nil), start(t, ws, nil, nil)
	a, b := startPart(t, w), startPart(t, w)
	id := w.Register("lwu", "Kanaree")
	for i := range 60 {
		if i == 20 {
			here.stop()
			if err := <-here.ended; err != nil {
				t.Error(err)
			}
		}
		if i == 40 {
			a.stop()
			if err := <-a.ended; err != nil {
				t.Error(err)
			}
		}
		if !sees(t, r.client(), id) {
			t.Fatal("the server does not answer")
		}
	}
	until(t, "every record has its place", func() bool { return waiting(t, w) == 0 })
	report, err := disclosure.Verify(t.Context(), w.Store)
	if err != nil || len(report.Findings) > 0 || report.Size < 60 || report.Waiting > 0 {
		t.Errorf("the ledger: %+v %v", report, err)
	}
	if strings.Contains(a.log.String()+b.log.String(), `"level":"ERROR"`) {
		t.Errorf("they fail beside each other:\n%s%s", a.log, b.log)
	}
}

// TestTheSequencersReadiness goes with its database, and a database of other migrations, or a
// login that may not place, is refused at the start.
func TestTheSequencersReadiness(t *testing.T) {
	w := world.OnPostgres(t, pg, world.Options{})
	p := startPart(t, w)
	var tick time.Duration
	began := time.Now()
	p.ready.SetClock(func() time.Time { tick += time.Minute; return began.Add(tick) })
	change := func(statement string) {
		t.Helper()
		if _, err := w.Root().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	change("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	if status, body := p.operate("/readyz?verbose"); status != 503 || !strings.Contains(body, "[-] migrations: CONFLICT") {
		t.Errorf("a migration of a later program: %d %s", status, body)
	}
	if _, err := assembleSequencer(t.Context(), sequencing(t, w, nil), io.Discard); err == nil || !strings.Contains(err.Error(), "migrations that this program does not know") {
		t.Errorf("started on migrations of a later program: %v", err)
	}
	change("DELETE FROM goose_db_version WHERE version_id = 99999")
	if status, body := p.operate("/readyz"); status != 200 {
		t.Errorf("mended: %d %s", status, body)
	}
	if err := Sequence(t.Context(), sequencing(t, w, map[string]string{"operationsAddress": p.operateAddr.String()}), io.Discard); err == nil || !strings.Contains(err.Error(), "operationsAddress") {
		t.Errorf("an address that is taken: %v", err)
	}
	if err := Sequence(t.Context(), sequencing(t, w, map[string]string{"database": ""}), io.Discard); err == nil || !strings.Contains(err.Error(), "name the database") {
		t.Errorf("without a database: %v", err)
	}
	if err := Sequence(t.Context(), sequencing(t, w, map[string]string{"databasePasswordFile": "/nowhere"}), io.Discard); err == nil || !strings.Contains(err.Error(), "databasePasswordFile") {
		t.Errorf("without its password: %v", err)
	}
}
