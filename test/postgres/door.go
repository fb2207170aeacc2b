package postgres

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Door is a port before a database: shut, every connection through it breaks and no
// new one is taken, as when the database stops. Its methods may be called concurrently.
type Door struct {
	URL string // of the database, through the door

	t      testing.TB
	behind string
	at     string
	muted  atomic.Bool

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
}

// NewDoor opens a door before the database at a URL; it is shut when the test ends.
func NewDoor(t testing.TB, database string) *Door {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	d := &Door{t: t, behind: u.Host, at: "127.0.0.1:0"}
	d.Open()
	u.Host = d.at
	d.URL = u.String()
	t.Cleanup(d.Shut)
	return d
}

// Open lets connections through again, at the same port.
func (d *Door) Open() {
	d.t.Helper()
	l, err := net.Listen("tcp", d.at)
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listener, d.at, d.conns = l, l.Addr().String(), map[net.Conn]bool{}
	go d.keep(l)
}

func (d *Door) keep(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		go d.through(l, in)
	}
}

// through carries one connection until either side, or the door, ends it.
func (d *Door) through(l net.Listener, in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", d.behind)
	if err != nil {
		return
	}
	defer out.Close()
	d.mu.Lock()
	open := d.listener == l
	if open {
		d.conns[in] = true
	}
	d.mu.Unlock()
	if !open {
		return
	}
	go func() {
		_, _ = io.Copy(out, in)
		out.Close()
	}()
	_, _ = io.Copy(heard{d, in}, out)
	d.mu.Lock()
	delete(d.conns, in)
	d.mu.Unlock()
}

// Mute lets nothing through from the database any more, while it still gets what is
// sent to it.
func (d *Door) Mute() { d.muted.Store(true) }

// heard is a client's side of a connection, which hears nothing of a muted door.
type heard struct {
	door *Door
	net.Conn
}

// Write implements io.Writer.
func (h heard) Write(b []byte) (int, error) {
	if h.door.muted.Load() {
		return len(b), nil
	}
	return h.Conn.Write(b)
}

// Shut breaks every connection.
func (d *Door) Shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener == nil {
		return
	}
	d.listener.Close()
	d.listener = nil
	for c := range d.conns {
		c.Close()
	}
}
