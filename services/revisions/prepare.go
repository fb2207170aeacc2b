package revisions

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
)

// preparation is a change on its way through the cases.
type preparation struct {
	st           *store.Store
	c            store.Change
	tell         Telling
	all          int
	done, differ atomic.Int64
}

// some prepares cases: those on whose shapes it is known what both policies decide without
// a look at their facts, the others one by one. To know it, one of each shape is looked at.
func (p *preparation) some(ctx context.Context, cases []store.Shaped) error {
	var singly []string
	tried := map[string]bool{}
	for left := cases; len(left) > 0; {
		var alike, differ, later []store.Shaped
		var ask []string
		asked := map[rule.Digest]bool{}
		for _, c := range left {
			if c.Shape == nil {
				singly = append(singly, c.ID)
				continue
			}
			switch d, known := p.c.By.Known(c.Shape); {
			case known && d.Alike:
				alike = append(alike, c)
			case known:
				differ = append(differ, c)
			case tried[c.ID]: // its facts are others by now
				singly = append(singly, c.ID)
			case asked[c.Shape.Digest]:
				later = append(later, c)
			default:
				ask, later = append(ask, c.ID), append(later, c)
				asked[c.Shape.Digest], tried[c.ID] = true, true
			}
		}
		if err := p.shaped(ctx, alike, len(alike)); err != nil {
			return err
		}
		if err := p.shaped(ctx, differ, batch); err != nil {
			return err
		}
		for ids := range slices.Chunk(ask, batch) {
			err := p.st.Run(ctx, rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error { return op.Learn(ctx, p.c, ids) })
			if err != nil {
				return err
			}
		}
		left = later
	}
	return p.singly(ctx, singly)
}

func (p *preparation) shaped(ctx context.Context, cases []store.Shaped, atOnce int) error {
	if len(cases) == 0 {
		return nil
	}
	for some := range slices.Chunk(cases, atOnce) {
		err := p.held(ctx, len(some), func(ctx context.Context, op *store.Op) (int, error) { return op.PrepareShaped(ctx, p.c, some) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *preparation) singly(ctx context.Context, ids []string) error {
	for some := range slices.Chunk(ids, batch) {
		err := p.held(ctx, len(some), func(ctx context.Context, op *store.Op) (int, error) { return op.Prepare(ctx, p.c, some) })
		if err != nil {
			return err
		}
	}
	return nil
}

// held prepares so many cases in one transaction.
func (p *preparation) held(ctx context.Context, n int, prepare func(context.Context, *store.Op) (differ int, err error)) error {
	differ := 0
	err := again(ctx, func() error {
		return p.st.Run(ctx, rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) (err error) {
			differ, err = prepare(ctx, op)
			return err
		})
	})
	if err != nil {
		return err
	}
	p.differ.Add(int64(differ))
	if done := p.done.Add(int64(n)); p.tell != nil {
		p.tell(int(done), p.all)
	}
	return nil
}
