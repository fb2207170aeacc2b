package rule

import (
	"strconv"

	"github.com/sala-exchange/sala/internal/pubid"
)

// likeness tells the ids in facts apart by what is said of them: where they stand, and what
// stands below them. It only decides which stand-in an id gets. Two ids that are alike by it
// count in the order in which they occur; where that differs between two cases, these are of
// two shapes though they need not be. It is the same in every process, since shapes are kept.
type likeness struct {
	raw   []byte
	shape *Shape
	kinds map[string]string // of each id
	order []string          // ids as they occur
	of    map[string]uint64

	at    int
	above []string // ids among the names on the way to here
	next  map[string]uint64
}

// newLikeness reads facts as JSON twice: ids are told apart by the words around them first,
// then by each other too.
func newLikeness(raw []byte, s *Shape) *likeness {
	l := &likeness{raw: raw, shape: s, kinds: map[string]string{}, of: map[string]uint64{}}
	for range 2 {
		l.at, l.next = 0, map[string]uint64{}
		l.value(offset)
		l.of = l.next
	}
	return l
}

// value reads one value, of what encoding/json writes; way says where it stands.
func (l *likeness) value(way uint64) {
	switch l.raw[l.at] {
	case '{':
		for l.at++; l.raw[l.at] != '}'; {
			name := l.text()
			l.at++ // the colon
			if kind := l.kind(name); kind != "" {
				l.met(name, way)
				l.above = append(l.above, name)
				l.value(mixed(way, kind) + l.of[name])
				l.above = l.above[:len(l.above)-1]
			} else {
				l.value(mixed(way, name))
			}
			l.comma()
		}
		l.at++
	case '[':
		for l.at++; l.raw[l.at] != ']'; l.comma() {
			l.value(mixed(way, "["))
		}
		l.at++
	case '"':
		text := l.text()
		if kind := l.kind(text); kind != "" {
			l.met(text, mixed(way, ":"))
			l.tell(mixed(way, kind) + l.of[text])
		} else {
			l.tell(mixed(way, text))
		}
	default:
		l.tell(mixed(way, l.plain()))
	}
}

func (l *likeness) comma() {
	if l.raw[l.at] == ',' {
		l.at++
	}
}

// text reads a string, as it is written.
func (l *likeness) text() string {
	begin := l.at + 1
	for l.at = begin; l.raw[l.at] != '"'; l.at++ {
		if l.raw[l.at] == '\\' {
			l.at++
		}
	}
	l.at++
	return string(l.raw[begin : l.at-1])
}

// plain reads a number, a truth value or null; a time as which it is.
func (l *likeness) plain() string {
	begin := l.at
	for c := l.raw[l.at]; c != ',' && c != '}' && c != ']'; c = l.raw[l.at] {
		l.at++
	}
	if i, is := l.shape.place(l.raw[begin:l.at]); is {
		return "@" + strconv.Itoa(i)
	}
	return string(l.raw[begin:l.at])
}

func (l *likeness) kind(text string) string {
	kind, known := l.kinds[text]
	if !known {
		if kind = pubid.Prefix(text); kind != "" {
			l.order = append(l.order, text)
		}
		l.kinds[text] = kind
	}
	return kind
}

// met notes where an id stands; the order in which it is met does not count.
func (l *likeness) met(id string, way uint64) { l.next[id] += scattered(way) }

// tell notes what stands below ids.
func (l *likeness) tell(what uint64) {
	for depth, id := range l.above {
		l.next[id] += scattered(what + uint64(depth) + 1)
	}
}

// offset and prime are those of the 64-bit hash FNV-1a.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

func mixed(h uint64, text string) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	return h * prime // what follows does not run into it
}

// scattered spreads a hash over all bits before it is added to others (the finalizer of
// MurmurHash3).
func scattered(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
