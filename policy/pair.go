package policy

import (
	"context"
	"crypto/sha256"
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
// It remembers what they decided by the shape of the facts, so that a hundred thousand
// cases cost as many evaluations as they have shapes. Safe for concurrent use.
type Pair struct {
	was, is *Policy

	mu   sync.Mutex
	kept map[[sha256.Size]byte]*remembered

	evaluated, remembered atomic.Int64
}

// remembered is one shape's decisions, with stand-ins.
type remembered struct {
	alike   bool
	was, is []rule.Access
}

var _ rule.Comparer = (*Pair)(nil)

// NewPair returns a Pair of the policy in force and another.
func NewPair(was, is *Policy) *Pair {
	return &Pair{was: was, is: is, kept: map[[sha256.Size]byte]*remembered{}}
}

// Evaluated returns how many cases were evaluated, and of how many what was decided before
// on the same shape was taken.
func (p *Pair) Evaluated() (evaluated, remembered int64) {
	return p.evaluated.Load(), p.remembered.Load()
}

// Compare implements rule.Comparer. Accesses are alike where the same are given, in
// whatever order.
func (p *Pair) Compare(ctx context.Context, f *rule.Facts) (rule.Compared, error) {
	s, err := shapeOf(f)
	if err != nil {
		return rule.Compared{}, errs.Wrap(err, errs.Internal, "comparing two policies: the facts cannot be written")
	}
	key := s.key()
	p.mu.Lock()
	r := p.kept[key]
	p.mu.Unlock()
	if r == nil {
		if r, err = p.decide(ctx, s); err != nil {
			return rule.Compared{}, err
		}
		p.mu.Lock()
		if len(p.kept) >= shapesKept {
			clear(p.kept)
		}
		p.kept[key] = r
		p.mu.Unlock()
	} else {
		p.remembered.Add(1)
	}
	if r.alike {
		return rule.Compared{Alike: true}, nil
	}
	return rule.Compared{Was: s.named(r.was), Is: s.named(r.is)}, nil
}

// Is implements rule.Comparer.
func (p *Pair) Is(ctx context.Context, f *rule.Facts) ([]rule.Access, error) {
	return p.is.Access(ctx, f)
}

func (p *Pair) decide(ctx context.Context, s shape) (*remembered, error) {
	p.evaluated.Add(1)
	was, err := p.was.decide(ctx, s)
	if err != nil {
		return nil, err
	}
	is, err := p.is.decide(ctx, s)
	if err != nil {
		return nil, err
	}
	if alike(was, is) {
		return &remembered{alike: true}, nil
	}
	return &remembered{was: was, is: is}, nil
}

// alike reports whether two lists give the same, in whatever order.
func alike(a, b []rule.Access) bool {
	if len(a) != len(b) {
		return false
	}
	lines := func(list []rule.Access) []rule.Access {
		out := renamed(list, func(s string) string { return s })
		for i := range out {
			slices.Sort(out[i].Categories)
			slices.Sort(out[i].Obligations)
		}
		slices.SortFunc(out, compare)
		return out
	}
	return slices.EqualFunc(lines(a), lines(b), func(a, b rule.Access) bool { return compare(a, b) == 0 })
}

func compare(a, b rule.Access) int {
	for _, c := range []int{
		strings.Compare(a.Grantee, b.Grantee), strings.Compare(a.Member, b.Member), strings.Compare(a.Contributor, b.Contributor),
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
