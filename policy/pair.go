package policy

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// shapesKept bounds the memory of a Pair: some kilobytes each.
const shapesKept = 20_000

// Pair decides by two policies, the one in force and another, and says whether they differ.
// It remembers what they decided by the shape of the facts and the order of the times in
// them (orderly.go), so that a hundred thousand cases cost as many evaluations as there are
// different ones. Safe for concurrent use.
type Pair struct {
	was, is *Policy

	mu   sync.Mutex
	kept map[rule.Digest][]*remembered
	size int

	evaluated, recalled atomic.Int64
}

// remembered is what was decided on one shape, with stand-ins, as far as the times lie in
// one order.
type remembered struct {
	order   order
	exactly []int64 // where that is not seen through: on these times
	alike   bool
	sides   [4][]timed // by rule.Side
}

// timed is an access whose times are moments.
type timed struct {
	rule.Access
	from, until moment
}

var _ rule.Comparer = (*Pair)(nil)

// NewPair returns a Pair of the policy in force and another.
func NewPair(was, is *Policy) *Pair {
	return &Pair{was: was, is: is, kept: map[rule.Digest][]*remembered{}}
}

// Evaluated returns how often a case was evaluated, and how often what had been decided on
// one like it was taken.
func (p *Pair) Evaluated() (evaluated, recalled int64) {
	return p.evaluated.Load(), p.recalled.Load()
}

// Compare implements rule.Comparer. Accesses are alike where the same are given, in
// whatever order.
func (p *Pair) Compare(ctx context.Context, f *rule.Facts) (rule.Compared, error) {
	s, err := rule.ShapeOf(f)
	if err != nil {
		return rule.Compared{}, errs.Wrap(err, errs.Internal, "comparing two policies: the facts cannot be written")
	}
	if c, known := p.Known(s); known {
		return c, nil
	}
	r, err := p.decide(ctx, s)
	if err != nil {
		return rule.Compared{}, err
	}
	p.keep(s.Digest, r)
	return r.named(s), nil
}

// Known implements rule.Comparer.
func (p *Pair) Known(s *rule.Shape) (c rule.Compared, known bool) {
	r := p.recall(s.Digest, s.Instants)
	if r == nil {
		return rule.Compared{}, false
	}
	return r.named(s), true
}

// named is what was decided, with the ids and the times of a case.
func (r *remembered) named(s *rule.Shape) rule.Compared {
	if r.alike {
		return rule.Compared{Shape: s, Alike: true}
	}
	return rule.Compared{Shape: s, Of: func(side rule.Side) []rule.Access { return s.Named(at(r.sides[side], s.Instants)) }}
}

// Is implements rule.Comparer.
func (p *Pair) Is(ctx context.Context, f *rule.Facts) ([]rule.Access, error) {
	return p.is.Access(ctx, f)
}

// recall returns what was decided on a case like this one, or nil.
func (p *Pair) recall(digest rule.Digest, instants []int64) *remembered {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.kept[digest] {
		if r.exactly != nil && slices.Equal(r.exactly, instants) || r.exactly == nil && r.order.holds(instants) {
			p.recalled.Add(1)
			return r
		}
	}
	return nil
}

func (p *Pair) keep(digest rule.Digest, r *remembered) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size++; p.size > shapesKept {
		clear(p.kept)
		p.size = 1
	}
	p.kept[digest] = append(p.kept[digest], r)
}

func (p *Pair) decide(ctx context.Context, s *rule.Shape) (*remembered, error) {
	p.evaluated.Add(1)
	w := newWatch(s.Instants, s.Others, p.was.numbers, p.is.numbers)
	was, err := p.was.decide(w.on(ctx), s)
	if err != nil {
		return nil, err
	}
	is, err := p.is.decide(w.on(ctx), s)
	if err != nil {
		return nil, err
	}
	r := &remembered{alike: alike(was, is)}
	if !r.alike {
		less, more := apart(was, is)
		r.sides = [4][]timed{rule.Was: w.timed(was), rule.Is: w.timed(is), rule.More: w.timed(more), rule.Less: w.timed(less)}
	}
	if w.broken || !p.was.orderly || !p.is.orderly {
		r.exactly = slices.Concat([]int64{}, s.Instants) // never nil
		return r, nil
	}
	r.order = w.order(s.Instants)
	return r, nil
}

// timed says which moments the times of accesses are.
func (w *watch) timed(list []rule.Access) []timed {
	out := make([]timed, len(list))
	for i, a := range list {
		from, ok1 := w.find(a.From)
		until, ok2 := w.find(a.Until)
		w.broken = w.broken || !ok1 || !ok2
		out[i] = timed{a, from, until}
	}
	return out
}

// at is the accesses of a case with these times.
func at(list []timed, instants []int64) []rule.Access {
	out := make([]rule.Access, len(list))
	for i, a := range list {
		out[i] = a.Access
		out[i].From, out[i].Until = a.from.of(instants), a.until.of(instants)
	}
	return out
}

// alike reports whether two lists give the same, in whatever order.
func alike(a, b []rule.Access) bool {
	less, more := apart(a, b)
	return len(less)+len(more) == 0
}

// apart returns what only the one list gives, and what only the other does, in whatever
// order they are.
func apart(a, b []rule.Access) (onlyA, onlyB []rule.Access) {
	for a, b = inOrder(a), inOrder(b); len(a) > 0 && len(b) > 0; {
		switch c := compare(a[0], b[0]); {
		case c < 0:
			onlyA, a = append(onlyA, a[0]), a[1:]
		case c > 0:
			onlyB, b = append(onlyB, b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return append(onlyA, a...), append(onlyB, b...)
}

func inOrder(list []rule.Access) []rule.Access {
	out := rule.Renamed(list, func(s string) string { return s })
	for i := range out {
		slices.Sort(out[i].Categories)
		slices.Sort(out[i].Obligations)
	}
	slices.SortFunc(out, compare)
	return out
}

func compare(a, b rule.Access) int {
	for _, c := range []int{
		strings.Compare(a.Grantee, b.Grantee), strings.Compare(a.Member, b.Member), strings.Compare(a.Unit, b.Unit), strings.Compare(a.Contributor, b.Contributor),
		strings.Compare(a.Action, b.Action), strings.Compare(a.Purpose, b.Purpose), strings.Compare(a.Basis, b.Basis),
		strings.Compare(a.Referral, b.Referral), strings.Compare(a.Consent, b.Consent), strings.Compare(a.Agreement, b.Agreement),
		strings.Compare(a.Referrer, b.Referrer), strings.Compare(a.ReferralAgreement, b.ReferralAgreement),
		strings.Compare(a.LegalBasis, b.LegalBasis), strings.Compare(a.BreakGlass, b.BreakGlass),
		strings.Compare(a.FirstReferral, b.FirstReferral), strings.Compare(a.FirstAgreement, b.FirstAgreement), strings.Compare(a.FirstReferrer, b.FirstReferrer),
		int(max(-1, min(1, a.From-b.From))), int(max(-1, min(1, a.Until-b.Until))),
		slices.Compare(a.Categories, b.Categories), slices.Compare(a.Obligations, b.Obligations),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}
