package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// superuser owns the cluster; trust authentication lets everybody be it.
const superuser = "postgres"

// How long a start, and each step of a stop, may take at most.
const (
	startWithin = time.Minute
	stopWithin  = 10 * time.Second
)

// Server is a running PostgreSQL. Its methods may be called concurrently. The nil
// *Server stands for "accepted to be without": see [Server.Need].
type Server struct {
	address string // host:port
	log     string // path of the log file
	own     *process
	home    *home                                   // nil where the server is shared
	command func(context.Context) (*process, error) // starts it once more
	bin     string

	mu   sync.Mutex
	made map[string]bool // databases to drop when a shared server is left
}

// Start starts a server of its own and returns when it accepts connections. The
// caller must Stop it; if the calling process dies first, so does the server. ctx
// bounds the start alone, which takes a minute at most. Settings, each NAME=VALUE, go
// before the package's own.
func Start(ctx context.Context, settings ...string) (*Server, error) {
	return start(ctx, os.TempDir(), settings)
}

// StartInMemory is [Start] with the server's folder in memory where there is one with room:
// databases are made and dropped ten times as fast. It is not for measuring.
func StartInMemory(ctx context.Context, settings ...string) (*Server, error) {
	return start(ctx, cmp.Or(memory(), os.TempDir()), settings)
}

func start(ctx context.Context, parent string, settings []string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	bin, err := locate(ctx)
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	h, err := newHome(parent, who)
	if err != nil {
		return nil, err
	}
	s, err := startIn(ctx, h, bin, who, settings)
	if err != nil {
		return nil, errors.Join(err, h.remove())
	}
	return s, nil
}

func startIn(ctx context.Context, h *home, bin string, who *account, more []string) (*Server, error) {
	err := initdb(ctx, h, bin, who)
	if err != nil {
		return nil, err
	}
	// Between our finding a free port and the server's taking it, another process
	// may take it.
	for attempt := 1; ; attempt++ {
		s, err := launch(ctx, h, bin, who, more)
		if err == nil || attempt == 5 || !errors.Is(err, errPortTaken) {
			return s, err
		}
	}
}

func launch(ctx context.Context, h *home, bin string, who *account, more []string) (*Server, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	args := settings(h, port)
	for _, c := range more {
		args = append(args, "-c", c)
	}
	command := func(ctx context.Context) (*process, error) {
		return startProcess(ctx, h, who, filepath.Join(bin, "postgres"), args)
	}
	p, err := command(ctx)
	if err != nil {
		return nil, err
	}
	return &Server{
		address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		log:     h.log(), own: p, home: h, command: command, bin: bin, made: map[string]bool{},
	}, nil
}

// Durable are the settings of a server that loses nothing it has acknowledged when it
// crashes.
var Durable = []string{"fsync=on", "synchronous_commit=on", "full_page_writes=on"}

// Crash ends a server of one's own at once, without a checkpoint; [Server.Resume] has it
// recover from its write-ahead log.
func (s *Server) Crash() error { return s.own.quit() }

// Resume starts a server that crashed again, at the same address. ctx bounds the start.
func (s *Server) Resume(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	p, err := s.command(ctx)
	if err != nil {
		return err
	}
	s.own = p
	return nil
}

// Tool is the path of one of PostgreSQL's programs, of the version of a server of one's
// own.
func (s *Server) Tool(name string) string { return filepath.Join(s.bin, name) }

// Data is the folder of a server of one's own, for sweeps.
func (s *Server) Data() string { return s.home.data() }

// settings are the server's arguments: fast rather than durable, and a log that
// holds no statement and no parameter, as production must have it.
func settings(h *home, port int) []string {
	args := []string{"-D", h.data(), "-k", h.dir, "-h", "127.0.0.1", "-p", strconv.Itoa(port)}
	for _, c := range []string{
		"fsync=off", "synchronous_commit=off", "full_page_writes=off",
		"log_error_verbosity=terse", "log_min_error_statement=panic",
		"log_parameter_max_length=0", "log_parameter_max_length_on_error=0",
		"log_checkpoints=off", "max_connections=1000", "timezone=UTC", "log_timezone=UTC",
	} {
		args = append(args, "-c", c)
	}
	return args
}

func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port of 127.0.0.1 for PostgreSQL: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Open returns the server that SALA_TEST_POSTGRES names, or starts one.
func Open(ctx context.Context) (*Server, error) {
	shared := os.Getenv("SALA_TEST_POSTGRES")
	if shared == "" {
		return StartInMemory(ctx)
	}
	u, err := url.Parse(shared)
	if err != nil || u.Host == "" {
		return nil, errors.New("reading SALA_TEST_POSTGRES: it is not a URL like postgres://postgres@127.0.0.1:5432/postgres")
	}
	log := os.Getenv("SALA_TEST_POSTGRES_LOG")
	if log == "" {
		return nil, errors.New("sharing the server of SALA_TEST_POSTGRES: set SALA_TEST_POSTGRES_LOG to its log file, which canary sweeps read")
	}
	return &Server{address: u.Host, log: log, made: map[string]bool{}}, nil
}

// URL is the connection URL of a database for a user. Both are plain names.
func (s *Server) URL(db, user string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(user), Host: s.address,
		Path: "/" + db, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Environment is what a child process needs to share the server by [Open].
func (s *Server) Environment() []string {
	return []string{
		"SALA_TEST_POSTGRES=" + s.URL("postgres", superuser),
		"SALA_TEST_POSTGRES_LOG=" + s.log,
	}
}

// Stop stops the server and removes its folder. A shared server runs on, without
// the databases made through s. A server that had died before is an error.
func (s *Server) Stop() error {
	if s == nil {
		return nil
	}
	if s.own == nil {
		return s.dropMade()
	}
	err := s.own.stop()
	if err != nil {
		err = fmt.Errorf("stopping PostgreSQL: %w; the end of its log:\n%s", err, tail(s.log))
	}
	return errors.Join(err, s.home.remove())
}
