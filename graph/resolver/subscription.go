package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// subscription resolves one event at a time: the operation that it stands in is that
// event's alone.
type subscription struct{}

// lookedAt is how many notices one look reads.
const lookedAt = 100

// ofReferrals are the kinds of notice by which a referral's receiver learns that it is
// offered or stands otherwise.
var ofReferrals = []valueset.NoticeKind{valueset.NoticeKindReferralOffered, valueset.NoticeKindReferralChanged, valueset.NoticeKindAccessEnded}

func (subscription) NoticeAdded(ctx context.Context) (<-chan *ent.Notice, error) {
	return event(ctx, nil, func(_ *store.Op, n *ent.Notice) (*ent.Notice, error) { return n, nil })
}

func (subscription) ReferralChanged(ctx context.Context) (<-chan *ent.Referral, error) {
	return event(ctx, ofReferrals, func(op *store.Op, n *ent.Notice) (*ent.Referral, error) {
		r, err := op.Referral.Query().Where(referral.ID(n.SubjectID), referral.ToID(op.Scope.Agency)).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, nil // not the viewer's, or no longer: no event
		}
		return r, err
	})
}

// event gives what the next notice of some kinds is about, and nothing where there is
// none that was not told.
func event[T any](ctx context.Context, kinds []valueset.NoticeKind, about func(*store.Op, *ent.Notice) (*T, error)) (<-chan *T, error) {
	s := operation.StreamOf(ctx)
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errs.New(errs.Invalid, "ask for events with Accept: text/event-stream")
	}
	out := make(chan *T, 1)
	defer close(out)
	since, begun := s.Since()
	q := op.Notice.Query().Where(notice.CreatedOnGTE(since))
	if len(kinds) > 0 {
		q.Where(notice.KindIn(kinds...))
	}
	for offset := 0; ; offset += lookedAt {
		list, err := q.Clone().Order(ent.Asc(notice.FieldCreatedOn, notice.FieldID)).Offset(offset).Limit(lookedAt).All(ctx)
		if err != nil {
			return nil, outward(err, "reading notices")
		}
		for _, n := range list {
			if s.Known(n.ID) {
				continue
			}
			if !begun {
				s.Pass(n.ID, n.CreatedOn)
				continue
			}
			it, err := about(op, n)
			if err != nil {
				return nil, outward(err, "reading what happened")
			}
			if it == nil {
				s.Pass(n.ID, n.CreatedOn)
				continue
			}
			s.Choose(n.ID, n.CreatedOn)
			out <- it
			return out, nil
		}
		if len(list) < lookedAt {
			s.Begin()
			return out, nil
		}
	}
}
