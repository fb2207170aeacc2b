package casework

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/noticemark"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// mostNotices bounds one call.
const mostNotices = 100

// MarkNoticesRead notes that the viewer has read the notices; again is the same. One that
// is not the viewer's to see is not there, and then none is marked.
func MarkNoticesRead(ctx context.Context, op *store.Op, ids []string) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 || len(ids) > mostNotices {
		return errs.New(errs.Invalid, "name 1 to %d notices", mostNotices).WithFields("noticeIDs")
	}
	if err := areNotices(ctx, op, ids); err != nil {
		return err
	}
	read, err := op.NoticeMark.Query().Where(noticemark.NoticeIDIn(ids...), noticemark.KindEQ(noticemark.KindREAD),
		noticemark.ReaderID(op.Scope.Member)).All(ctx)
	if err != nil {
		return outward(err, "reading the notices")
	}
	for _, m := range read {
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == m.NoticeID })
	}
	for _, id := range ids {
		if err := mark(ctx, op, id, noticemark.KindREAD, op.Scope.Member); err != nil {
			return err
		}
	}
	return nil
}

// AcknowledgeNotice acknowledges a notice for the viewer's agency. The first who does so
// stands; again is the same. It is for who answers for what the notice is about, as policy
// says (C8, D6, H4); to everybody else it is not there.
func AcknowledgeNotice(ctx context.Context, op *store.Op, id string) error {
	n, err := op.Notice.Query().Where(notice.ID(id)).Only(ctx)
	if err != nil {
		return outward(err, "reading the notice")
	}
	if !op.Scope.MayAcknowledge(n.SubjectID) {
		return errs.NotHere()
	}
	done, err := op.NoticeMark.Query().Where(noticemark.NoticeID(id), noticemark.KindEQ(noticemark.KindACKNOWLEDGED)).Exist(ctx)
	if err != nil || done {
		return outward(err, "reading the notice")
	}
	return mark(ctx, op, id, noticemark.KindACKNOWLEDGED, op.Scope.Agency)
}

func areNotices(ctx context.Context, op *store.Op, ids []string) error {
	n, err := op.Notice.Query().Where(notice.IDIn(ids...)).Count(ctx)
	if err != nil {
		return outward(err, "reading the notices")
	}
	if n != len(ids) {
		return errs.NotHere()
	}
	return nil
}

func mark(ctx context.Context, op *store.Op, id string, kind noticemark.Kind, reader string) error {
	err := op.NoticeMark.Create().SetNoticeID(id).SetAgencyID(op.Scope.Agency).SetKind(kind).SetReaderID(reader).
		SetMemberID(op.Scope.Member).SetMarkedOn(op.Scope.Now).Exec(ctx)
	return outward(err, "marking the notice")
}

// Unread limits notices to those that the viewer has not read.
func Unread(op *store.Op) predicate.Notice { return unmarked(op, noticemark.KindREAD, op.Scope.Member) }

// Unacknowledged limits notices to those that nobody of the viewer's agency has
// acknowledged.
func Unacknowledged(op *store.Op) predicate.Notice {
	return unmarked(op, noticemark.KindACKNOWLEDGED, op.Scope.Agency)
}

func unmarked(op *store.Op, kind noticemark.Kind, reader string) predicate.Notice {
	return func(s *sql.Selector) {
		t := sql.Table(noticemark.Table)
		marked := sql.Dialect(s.Dialect()).Select(t.C(noticemark.FieldNoticeID)).From(t).Where(sql.And(
			sql.EQ(t.C(noticemark.FieldAgencyID), op.Scope.Agency), sql.EQ(t.C(noticemark.FieldKind), kind),
			sql.EQ(t.C(noticemark.FieldReaderID), reader)))
		s.Where(sql.NotIn(s.C(notice.FieldID), marked))
	}
}

// NoticeCounts is how many notices wait.
type NoticeCounts struct{ Unread, Unacknowledged int }

// CountNotices counts those that the viewer may see.
func CountNotices(ctx context.Context, op *store.Op) (c *NoticeCounts, err error) {
	c = &NoticeCounts{}
	if c.Unread, err = op.Notice.Query().Where(Unread(op)).Count(ctx); err == nil {
		c.Unacknowledged, err = op.Notice.Query().Where(Unacknowledged(op)).Count(ctx)
	}
	return c, outward(err, "counting the notices")
}
