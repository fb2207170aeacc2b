package proof

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// streams stand in for the system's random numbers, for those goroutines alone that began
// a stream: what is made there has the same ids in two worlds.
type streams struct {
	system io.Reader
	of     sync.Map // goroutine → *stream
}

var randomness = func() *streams {
	s := &streams{system: rand.Reader}
	rand.Reader = s
	return s
}()

// stream gives each kind of row its own numbers, so that rows which one of two worlds has
// more of do not shift the ids of others.
type stream struct {
	step   string
	counts map[string]uint64
}

// begin starts the goroutine's numbers of a step anew; the same step gives the same.
func (s *streams) begin(step string) { s.of.Store(goroutine(), &stream{step, map[string]uint64{}}) }

// end gives the goroutine the system's numbers back.
func (s *streams) end() { s.of.Delete(goroutine()) }

// Read implements io.Reader.
func (s *streams) Read(b []byte) (int, error) {
	v, ok := s.of.Load(goroutine())
	if !ok {
		return s.system.Read(b)
	}
	st := v.(*stream)
	who := madeFor()
	if who == "" {
		return s.system.Read(b)
	}
	for n := 0; n < len(b); {
		st.counts[who]++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(st.step+"\x00"+who+"\x00"), st.counts[who]))
		n += copy(b[n:], sum[:])
	}
	return len(b), nil
}

// goroutine is the number of the one that calls.
func goroutine() uint64 {
	var b [64]byte
	text := bytes.Fields(b[:runtime.Stack(b[:], false)])
	n, _ := strconv.ParseUint(string(text[1]), 10, 64)
	return n
}

// madeFor is what a number is for: the entity that is being made, or the function that
// asks; empty for the names of databases, of which there are two.
func madeFor() string {
	var pcs [40]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	first := ""
	for {
		f, more := frames.Next()
		if strings.Contains(f.Function, "sala/test/postgres") {
			return ""
		}
		if strings.Contains(f.Function, "/ent.(*") && strings.Contains(f.Function, "Create)") {
			return f.Function
		}
		if first == "" && !strings.Contains(f.Function, "crypto/rand") && !strings.Contains(f.Function, "io.") && !strings.Contains(f.Function, "pubid") && !strings.Contains(f.Function, "math/big") {
			first = f.Function
		}
		if !more {
			return first
		}
	}
}
