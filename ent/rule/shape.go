package rule

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/internal/pubid"
)

// Shape is facts with a stand-in for each public id: what a policy sees of a case. So it
// cannot look inside an id, nor know one, and what it decides on one case it decides on
// every other with the same text, ids aside.
//
// Facts are written as JSON, so no field is left out, and every text in them that is a
// public id is replaced. Stand-ins have the form of ids of the same kind and count up by
// what is said of an id, not by the id (likeness.go), so that two cases have one shape
// whichever agencies are in them; those of statements count in the order of the ids
// themselves, since of several that decide together the first is named. Lists of ids are in
// the order of the stand-ins. A text that is no public id is no stand-in either.
//
// Cases of one digest have the same text but for their times, and these in the same order:
// what is the third time in one is the third time in the other.
type Shape struct {
	// Digest is over the text with the number of each time, counted from the earliest, in
	// its place.
	Digest Digest
	// Instants are the times in the facts, UTC microseconds, ascending, each once. Numbers
	// of less than 1000 seconds are no times.
	Instants []int64
	// Others are the numbers that are no times, each once.
	Others []int64

	facts *Facts   // with stand-ins, and times as they are
	order []string // ids in the order of their stand-ins
	ids   map[string]string
}

// Digest is a SHA-256.
type Digest [sha256.Size]byte

// statementKind is the kind of id of her statements.
const statementKind = "consent"

// leastInstant is the smallest number that is a time, in microseconds: counts and days are
// below. It only says what two cases may differ in.
const leastInstant = 1_000_000_000

// ShapeOf returns the shape of facts.
func ShapeOf(f *Facts) (*Shape, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	s := &Shape{facts: &Facts{}}
	if err := s.numbers(raw); err != nil {
		return nil, err
	}
	names := s.standIns(raw)
	if err := json.Unmarshal(rewritten(raw, func(text []byte) (string, bool) { name, is := names[string(text)]; return name, is }, nil), s.facts); err != nil {
		return nil, err
	}
	sortIDs(s.facts)
	text, err := json.Marshal(s.facts) // members in the order of the stand-ins
	if err != nil {
		return nil, err
	}
	s.Digest = sha256.Sum256(append([]byte(factsForm), rewritten(text, nil, func(number []byte) (string, bool) {
		i, is := s.place(number)
		return "@" + strconv.Itoa(i), is
	})...))
	return s, nil
}

// factsForm is raised where the facts of a case come to say something else than before, though
// nothing of the case has changed: stored shapes are of no use then.
const factsForm = "1 "

// place is which of the times a number is.
func (s *Shape) place(number []byte) (int, bool) {
	n, err := strconv.ParseInt(string(number), 10, 64)
	i, is := slices.BinarySearch(s.Instants, n)
	return i, err == nil && is
}

// sortIDs puts lists that are sets of ids in order.
func sortIDs(f *Facts) {
	slices.Sort(f.Contributors)
	for _, members := range f.Assignments {
		slices.Sort(members)
	}
	for _, list := range f.Agreements {
		for _, a := range list {
			slices.Sort(a.Parties)
		}
	}
	for _, said := range []map[string]Statements{f.Recordings, f.Consents} {
		for _, purposes := range said {
			for _, categories := range purposes {
				for _, list := range categories {
					for _, one := range list {
						slices.Sort(one.Contributors)
					}
				}
			}
		}
	}
}

// standIns gives each public id its stand-in, and keeps whose it is.
func (s *Shape) standIns(raw []byte) (names map[string]string) {
	l := newLikeness(raw, s)
	order := l.order
	slices.SortStableFunc(order, func(a, b string) int {
		if l.kinds[a] == statementKind && l.kinds[b] == statementKind {
			return strings.Compare(a, b)
		}
		return cmp.Or(strings.Compare(l.kinds[a], l.kinds[b]), cmp.Compare(l.of[a], l.of[b])) // each kind counts for itself
	})
	s.stand(order)
	names = make(map[string]string, len(order))
	for name, id := range s.ids {
		names[id] = name
	}
	return names
}

// stand gives ids, which are sorted by kind, their stand-ins.
func (s *Shape) stand(order []string) {
	s.order, s.ids = order, make(map[string]string, len(order))
	counted := map[string]int{}
	for _, id := range order {
		kind := pubid.Prefix(id)
		counted[kind]++
		s.ids[fmt.Sprintf("%s_%025d0", kind, counted[kind])] = id // the last character of an id is one of few
	}
}

// numbers tells times from other numbers.
func (s *Shape) numbers(raw []byte) (err error) {
	each(raw, nil, func(_ int, number []byte) {
		n, e := strconv.ParseInt(string(number), 10, 64)
		switch {
		case e != nil:
			err = errors.New("a number in the facts is no whole one")
		case n >= leastInstant || n <= -leastInstant:
			s.Instants = append(s.Instants, n)
		default:
			s.Others = append(s.Others, n)
		}
	})
	slices.Sort(s.Instants)
	slices.Sort(s.Others)
	s.Instants, s.Others = slices.Compact(s.Instants), slices.Compact(s.Others)
	return err
}

// Facts are those that a policy decides on: with stand-ins. They are not to be changed.
func (s *Shape) Facts() *Facts { return s.facts }

// Named writes accesses that were decided on the shape with the ids of the case.
func (s *Shape) Named(list []Access) []Access {
	return Renamed(list, func(text string) string {
		if id, is := s.ids[text]; is {
			return id
		}
		return text
	})
}

// Kept is a shape as it is stored beside its case.
type Kept struct {
	Digest        Digest
	Instants, IDs []byte
}

// Kept returns the shape as it is stored: without the facts.
func (s *Shape) Kept() Kept {
	return Kept{s.Digest, Packed(s.Instants), []byte(strings.Join(s.order, " "))}
}

// Shape reads what Kept gave. It has no facts: it serves to find what was decided on others
// of its digest.
func (k Kept) Shape() (*Shape, error) {
	s := &Shape{Digest: k.Digest}
	var err error
	if s.Instants, err = Unpacked(k.Instants); err != nil {
		return nil, err
	}
	s.stand(strings.Fields(string(k.IDs)))
	return s, nil
}

// Packed writes times as bytes: each as what it is after the one before.
func Packed(instants []int64) []byte {
	out, before := make([]byte, 0, 8*len(instants)), int64(0)
	for _, n := range instants {
		out = binary.AppendVarint(out, n-before)
		before = n
	}
	return out
}

// Unpacked reads what Packed wrote.
func Unpacked(raw []byte) ([]int64, error) {
	var out []int64
	before := int64(0)
	for len(raw) > 0 {
		n, size := binary.Varint(raw)
		if size <= 0 || len(out) > 0 && n <= 0 {
			return nil, errors.New("the times of a case's shape are broken")
		}
		before += n
		out, raw = append(out, before), raw[size:]
	}
	return out, nil
}

// rewritten replaces the texts and numbers of a JSON text that are to be replaced.
func rewritten(raw []byte, text, number func([]byte) (string, bool)) []byte {
	out, last := make([]byte, 0, len(raw)), 0
	put := func(replace func([]byte) (string, bool)) func(int, []byte) {
		if replace == nil {
			return nil
		}
		return func(at int, old []byte) {
			if by, is := replace(old); is {
				out = append(append(out, raw[last:at]...), by...)
				last = at + len(old)
			}
		}
	}
	each(raw, put(text), put(number))
	return append(out, raw[last:]...)
}

// each calls text for the inside of each string of a JSON text, as it is written, and
// number for each number, with where it begins.
func each(raw []byte, text, number func(int, []byte)) {
	for i := 0; i < len(raw); i++ {
		begin := i
		switch c := raw[i]; {
		case c == '"':
			begin++
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
			if text != nil {
				text(begin, raw[begin:i])
			}
		case c == '-' || '0' <= c && c <= '9':
			for i+1 < len(raw) && strings.IndexByte("0123456789.eE+-", raw[i+1]) >= 0 {
				i++
			}
			if number != nil {
				number(begin, raw[begin:i+1])
			}
		}
	}
}

// Renamed writes accesses with other words for their texts.
func Renamed(list []Access, name func(string) string) []Access {
	out := make([]Access, len(list))
	texts := func(in []string) []string {
		out := make([]string, len(in))
		for i, t := range in {
			out[i] = name(t)
		}
		return out
	}
	for i, a := range list {
		a.Grantee, a.Member, a.Unit = name(a.Grantee), name(a.Member), name(a.Unit)
		a.Contributor, a.Referrer = name(a.Contributor), name(a.Referrer)
		a.Action, a.Purpose, a.Basis = name(a.Action), name(a.Purpose), name(a.Basis)
		a.Referral, a.Consent, a.Agreement, a.ReferralAgreement = name(a.Referral), name(a.Consent), name(a.Agreement), name(a.ReferralAgreement)
		a.LegalBasis, a.BreakGlass = name(a.LegalBasis), name(a.BreakGlass)
		a.FirstReferral, a.FirstAgreement, a.FirstReferrer = name(a.FirstReferral), name(a.FirstAgreement), name(a.FirstReferrer)
		a.Categories, a.Obligations = texts(a.Categories), texts(a.Obligations)
		out[i] = a
	}
	return out
}
