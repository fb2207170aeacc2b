package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

var fileRows = flag.String("rows", "200,400", "how many rows the imported files have, by commas")

// TestImportIsFlat measures files read in through the API: rows a second, beside COPY of
// the very rows that the import made, and the memory of the program that serves and the
// one that reads. It fails where memory grows with the rows.
//
// The client runs in a process of its own, this test's program started once more, so that
// each process's own peak is seen.
func TestImportIsFlat(t *testing.T) {
	if os.Getenv("SALA_IMPORT_FILE") != "" {
		importAsClient(t)
		return
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "\nimport of a file\ts\trows/s\tserver's peak MB\tclient's peak MB\tCOPY s\tCOPY rows/s\tratio")
	var peaks []peak
	for _, field := range strings.Split(*fileRows, ",") {
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		w := world.OnPostgres(t, server, world.Options{MaxConns: 4})
		s := w.Serve(false)
		p := importFile(t, s, n)
		copied := copyAll(t, w)
		peaks = append(peaks, p)
		_, _ = fmt.Fprintf(out, "%d rows\t%.1f\t%.0f\t%.0f\t%.0f\t%.2f\t%.0f\t%.0f\n", n, p.took.Seconds(), float64(n)/p.took.Seconds(), p.server, p.client,
			copied.Seconds(), float64(n)/copied.Seconds(), p.took.Seconds()/copied.Seconds())
		_ = out.Flush()
	}
	first, last := peaks[0], peaks[len(peaks)-1]
	// A tenfold file may cost what a garbage collector leaves about, not ten times as much.
	if last.server > first.server*1.5+64 || last.client > first.client*1.5+64 {
		t.Errorf("memory grows with the rows: %+v, then %+v", first, last)
	}
}

// peak is what an import took; memory in MB.
type peak struct {
	took           time.Duration
	server, client float64
}

func importFile(t *testing.T, s *world.Server, n int) peak {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.csv")
	writeRows(t, path, n)
	resetPeak()
	cmd := osexec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestImportIsFlat$", "-test.timeout", "60m")
	cmd.Env = append(os.Environ(), "SALA_IMPORT_FILE="+path, "SALA_ENDPOINT="+s.URL, "SALA_TOKEN="+s.Token("lwu", "worker"))
	began := time.Now()
	printed, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	var told struct{ Created, PeakKB int }
	_, line, _ := bytes.Cut(printed, []byte("client: "))
	line, _, _ = bytes.Cut(line, []byte("\n"))
	if err := json.Unmarshal(line, &told); err != nil || told.Created != n {
		t.Fatalf("the client made %d cases of %d rows: %v\n%s", told.Created, n, err, printed)
	}
	return peak{took, float64(peakKB(t)) / 1024, float64(told.PeakKB) / 1024}
}

func importAsClient(t *testing.T) {
	f, err := os.Open(os.Getenv("SALA_IMPORT_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	c := &client.Client{Endpoint: os.Getenv("SALA_ENDPOINT"), Token: os.Getenv("SALA_TOKEN")}
	r, err := exchange.Import(context.Background(), c, f, info.Size(), exchange.ReadOptions(valueset.CalendarGregorian), exchange.ImportOptions{
		Purposes: []category.Purpose{category.ForAssistance, category.ForProtection},
		Progress: func(line string) { _, _ = fmt.Fprintf(os.Stderr, "%6.1f s %s\n", time.Since(began).Seconds(), line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("client: {\"Created\": %d, \"PeakKB\": %d}\n", r.Created, peakKB(t))
}

// writeRows writes a file of n persons, each with a birth date, a number and a text.
func writeRows(t *testing.T, path string, n int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	b := bufio.NewWriter(f)
	_, _ = b.WriteString("First Name,Second Name,Consent,Birthdate,Gender,Citizenship,Mobile Phone,Mailing City,Trafficking Status,Type of Exploitation,Status,Referring Organisation,Incoming Referral Details\n")
	for i := range n {
		born := time.Date(1960, 1, 1+i%14000, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		_, _ = fmt.Fprintf(b, "Given%d,Family%d,Yes,%s,Feminine,LA,+85620%08d,Vientiane,Possible victim of trafficking,Forced labour,Active,Shelter %d,came with case %s\n",
			i, i, born, i, i%50, hex.EncodeToString([]byte(strconv.Itoa(i))))
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// resetPeak begins the peak of this process's memory anew, where the system lets it.
func resetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200)
}

// peakKB is the most memory that this process had at once.
func peakKB(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("this system does not tell a process's peak of memory")
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// copyAll copies the rows that an import made into tables alike, by COPY of the database
// itself, and returns how long that took: no walls, no policy, no seal.
func copyAll(t *testing.T, w *world.World) time.Duration {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var took time.Duration
	for _, table := range append([]string{"narratives", "imported_rows"}, tables...) {
		dump, err := os.Create(filepath.Join(t.TempDir(), table))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.PgConn().CopyTo(t.Context(), dump, "COPY "+table+" TO STDOUT"); err != nil {
			t.Fatal(err)
		}
		if _, err := dump.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		run(t, conn, "CREATE TABLE copied (LIKE "+table+" INCLUDING INDEXES)")
		began := time.Now()
		if _, err := conn.PgConn().CopyFrom(t.Context(), dump, "COPY copied FROM STDIN"); err != nil {
			t.Fatal(err)
		}
		took += time.Since(began)
		_ = dump.Close()
		run(t, conn, "DROP TABLE copied")
	}
	return took
}
