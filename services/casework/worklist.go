package casework

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// WorkItem is one entry of a worklist: what it is about by its ids, to be read through
// both walls, why it is there and until when.
type WorkItem struct {
	ID        string // reason and subject
	Reason    valueset.WorkReason
	SubjectID string
	Since     *int64 // UTC microseconds; nil where it is not known
	DueOn     *int64 // UTC microseconds; nil where nothing is due
	Reference string // spoken reference of the case; empty where the entry is about none
	CaseID    string // of a case that is open to the viewer; empty where the entry is about none
}

// WorkRoles says whose work the viewer does. The zero value has no entry at all.
type WorkRoles struct {
	CaseWorker, Supervisor, DataProtection, Administrator bool
	Notices                                               bool
}

// WorkSort is what a worklist is ordered by.
type WorkSort struct {
	Since      bool // by Since; by DueOn where false. What has none stands last.
	Descending bool // and then first
}

// WorkPlace is where in a worklist a page begins: behind the entry.
type WorkPlace struct {
	Value int64  // of DueOn or Since; rule.Forever where it has none
	Item  string // WorkItem.ID
}

// Place returns where an entry stands.
func (o WorkSort) Place(i *WorkItem) WorkPlace {
	at := i.DueOn
	if o.Since {
		at = i.Since
	}
	return WorkPlace{value(at, rule.Forever), i.ID}
}

// reviewed is for how long a closed case is on its supervisor's list, in microseconds:
// 30 days (I1).
const reviewed = int64(30 * 24 * time.Hour / time.Microsecond)

// Worklist returns at most first entries behind after, nil for the beginning, and whether
// more follow. Each kind of entry is one statement, whatever there is. Entries about a
// case are of those alone that the viewer's list of cases would show, for the purpose of
// the operation; nothing is shown of them but ids, so whoever shows an entry reads its row.
func Worklist(ctx context.Context, op *store.Op, roles WorkRoles, order WorkSort, after *WorkPlace, first int) ([]*WorkItem, bool, error) {
	p, err := pageOf(order, after, first)
	if err != nil {
		return nil, false, err
	}
	var all []*WorkItem
	for _, list := range roles.lists() {
		items, err := list(ctx, op, p)
		if err != nil {
			return nil, false, outward(err, "reading the worklist")
		}
		all = append(all, items...)
	}
	slices.SortStableFunc(all, func(a, b *WorkItem) int {
		x, y := order.Place(a), order.Place(b)
		c := cmp.Or(cmp.Compare(x.Value, y.Value), strings.Compare(x.Item, y.Item))
		if order.Descending {
			return -c
		}
		return c
	})
	more := len(all) > first
	return all[:min(first, len(all))], more, nil
}

type workList func(context.Context, *store.Op, *workPage) ([]*WorkItem, error)

// lists are those of the roles, each once.
func (r WorkRoles) lists() []workList {
	var out []workList
	if r.CaseWorker {
		out = append(out, assignedToMe, assignedToTeam, assignedToUnit, referralsToAnswer, repliesAwaited)
	}
	if r.Supervisor {
		out = append(out, unassigned, held, closedToReview)
	}
	if r.Supervisor || r.DataProtection {
		out = append(out, erasuresToConfirm(!r.DataProtection), retentionDecisions(!r.DataProtection))
	}
	if r.DataProtection {
		out = append(out, erasuresPlanned, breaches)
	}
	if r.DataProtection || r.Administrator {
		out = append(out, countersignatures)
	}
	if r.Administrator {
		out = append(out, membersWithoutRoles, proposalsToCountersign)
	}
	if r.Notices {
		out = append(out, noticesUnread)
	}
	return out
}

// workPage is the page that is asked for.
type workPage struct {
	order  WorkSort
	after  *WorkPlace
	reason string // of the entry that it begins behind
	id     string
	limit  int
}

func pageOf(order WorkSort, after *WorkPlace, first int) (*workPage, error) {
	p := &workPage{order: order, after: after, limit: first + 1}
	if after != nil {
		var ok bool
		if p.reason, p.id, ok = strings.Cut(after.Item, ":"); !ok {
			return nil, errs.New(errs.Invalid, "the cursor is not one of a worklist: take it from pageInfo of the same query").WithFields("after")
		}
	}
	return p, nil
}

func item(reason valueset.WorkReason, subject string, since, due *int64) *WorkItem {
	return &WorkItem{ID: string(reason) + ":" + subject, Reason: reason, SubjectID: subject, Since: since, DueOn: due}
}
