package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/internal/valueset"
)

// What is live now, and since when. What the policy in force does not give any more ended
// when it came into force; what one that is not in force gives stands for nothing. The sum
// keeps the index by times out of it: nearly every access ends later than that.
const (
	liveSequence = "(SELECT p.sequence FROM gates p WHERE p.id = 'policy')"
	liveSince    = "(SELECT p.changed_on FROM gates p WHERE p.id = 'policy')"
	superseded   = "a.last_sequence < " + liveSequence + " AND a.valid_until + 0 > " + liveSince
)

// gateColumns are the columns by which an access names the gates that it passes.
var gateColumns = []string{"agreement_id", "referral_agreement_id", "referrer_id", "contributor_id", "first_agreement_id", "first_referrer_id"}

func shutGates(of, what string) string {
	return "SELECT " + what + " FROM gates g WHERE NOT g.open AND g.id IN (" + of + "." + strings.Join(gateColumns, ", "+of+".") + ")"
}

// subjectOf is the referral that an access rests on, or the legal basis without one.
func subjectOf(of string) string {
	return of + ".referral_id || coalesce(" + of + ".legal_basis_id, '')"
}

// untoldEnd says of an access a that it opened something to another than its contributor,
// that nothing of the same referral is open now, and that this was not told since it ended;
// where it counts for a unit alone, to that unit (A5). For the sake of the offset PostgreSQL
// looks up the notice of each, and never sorts all notices to join them; the agency is
// compared as a text put together, which keeps the index of its notices by time out of it.
func untoldEnd() string {
	return `a.action IN ('READ', 'PREVIEW') AND ` + subjectOf("a") + ` <> '' AND a.grantee_id <> a.contributor_id AND a.valid_from <= $1
		AND a.first_sequence <= ` + liveSequence + `
		AND NOT EXISTS (SELECT 1 FROM accesses b WHERE b.case_id = a.case_id AND b.grantee_id = a.grantee_id AND ` + subjectOf("b") + ` = ` + subjectOf("a") + `
			AND b.unit_id IN ('', a.unit_id) AND b.action IN ('READ', 'PREVIEW') AND b.grantee_id <> b.contributor_id AND b.valid_from <= $1 AND b.valid_until > $1
			AND ` + liveSequence + ` BETWEEN b.first_sequence AND b.last_sequence
			AND NOT EXISTS (` + shutGates("b", "1") + `))
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.subject_id = ` + subjectOf("a") + ` AND n.agency_id || '' = a.grantee_id AND n.kind = 'ACCESS_ENDED' AND n.holder_id IN ('', a.unit_id)
			AND n.created_on >= coalesce((` + shutGates("a", "MIN(g.changed_on)") + ` AND g.changed_on < CASE WHEN ` + superseded + ` THEN ` + liveSince + ` ELSE a.valid_until END),
				CASE WHEN ` + superseded + ` THEN ` + liveSince + ` ELSE a.valid_until END) LIMIT 1 OFFSET 0)`
}

// ExpiredUntold returns the referrals, and legal bases, by which nothing is open any more to
// the agency that received them, or entered these, because their time ran out after since,
// and of which that agency has had no notice since then (C8). At most limit of them.
func (o *Op) ExpiredUntold(ctx context.Context, since int64, limit int) ([]Untold, error) {
	return o.untold(ctx, `SELECT DISTINCT a.grantee_id, `+subjectOf("a")+`, a.unit_id FROM accesses a
		WHERE a.valid_until <= $1 AND a.valid_until > $2 AND `+untoldEnd()+` ORDER BY 1, 2, 3 LIMIT `+strconv.Itoa(limit), o.Scope.Now, since)
}

// Closing is something that ended accesses of many cases at once: a gate that was shut, or
// a policy that came into force.
type Closing struct {
	Gate string // its id; the word policy
	On   int64
}

// putOff is how long the ends by a policy may wait for the next one.
const putOff = int64(5 * time.Minute / time.Microsecond)

// Closings returns what ended accesses of many cases after since. While the next policy is
// being prepared, which tells of each case as it comes to it, the one in force is left out,
// for some minutes at most.
func (o *Op) Closings(ctx context.Context, since int64) (out []Closing, err error) {
	err = o.scanned(ctx, `SELECT id, changed_on FROM gates WHERE changed_on > $1 AND (NOT open OR id = 'policy')
		AND NOT (id = 'policy' AND EXISTS (SELECT 1 FROM revisions r WHERE r.state = 'PREPARING' AND r.begun_on > $2)) ORDER BY id`, func(rows *sql.Rows) error {
		var c Closing
		if err := rows.Scan(&c.Gate, &c.On); err != nil {
			return err
		}
		out = append(out, c)
		return nil
	}, since, o.Scope.Now-putOff)
	return out, err
}

// UntoldOf is an Untold with its case.
type UntoldOf struct {
	Case string
	Untold
}

// ClosedUntold is ExpiredUntold for what ended by closings. It goes through the cases by
// id, and goes on after the last that it returned.
func (o *Op) ClosedUntold(ctx context.Context, by []Closing, after UntoldOf, limit int) (out []UntoldOf, err error) {
	last := int64(0)
	args, is := []any{o.Scope.Now, after.Case, after.Agency, after.Subject, after.Unit}, []string{}
	for _, c := range by {
		last = max(last, c.On)
		if c.Gate == "policy" {
			is = append(is, superseded)
			continue
		}
		args = append(args, c.Gate)
		for _, column := range gateColumns {
			is = append(is, "a."+column+" = $"+strconv.Itoa(len(args)))
		}
	}
	if len(is) == 0 {
		return nil, nil
	}
	// So many cases at a time: to read and sort what ended in all of them for each few hundred
	// notices would take longer than the change of policy that ended it.
	for from, more := after.Case, true; more && len(out) < limit; {
		next, err := o.caseFrom(ctx, from, 10*limit)
		if err != nil {
			return nil, err
		}
		within := append(slices.Clone(args), from)
		window := " AND a.case_id >= $" + strconv.Itoa(len(within))
		if more = next != ""; more {
			within = append(within, next)
			window += " AND a.case_id < $" + strconv.Itoa(len(within))
		}
		query := `SELECT DISTINCT a.case_id, a.grantee_id, ` + subjectOf("a") + `, a.unit_id FROM accesses a
			WHERE (a.case_id, a.grantee_id, ` + subjectOf("a") + `, a.unit_id) > ($2, $3, $4, $5)` + window + ` AND (` + strings.Join(is, " OR ") + `)
			AND ` + untoldEnd() + ` ORDER BY 1, 2, 3, 4 LIMIT ` + strconv.Itoa(limit-len(out))
		err = o.scanned(ctx, query, func(rows *sql.Rows) error {
			u := UntoldOf{Untold: Untold{On: last}}
			if err := rows.Scan(&u.Case, &u.Agency, &u.Subject, &u.Unit); err != nil {
				return err
			}
			out = append(out, u)
			return nil
		}, within...)
		if err != nil {
			return nil, err
		}
		from = next
	}
	return out, nil
}

// caseFrom returns the id of the case that comes so many after the one of an id, or empty
// where there are fewer.
func (o *Op) caseFrom(ctx context.Context, id string, after int) (next string, err error) {
	err = o.scanned(ctx, "SELECT id FROM case_files WHERE id >= $1 ORDER BY id LIMIT 1 OFFSET "+strconv.Itoa(after), func(rows *sql.Rows) error {
		return rows.Scan(&next)
	}, id)
	return next, err
}

// tellOver tells of what has ended in cases whose rows are about to be replaced or removed,
// and of which nobody was told yet: what ran out, and what the policy in force does not give
// any more. Afterwards it would not be known that it was there.
func (o *Op) tellOver(ctx context.Context, caseIDs ...string) error {
	var untold []Untold
	for some := range slices.Chunk(caseIDs, 1000) {
		args, places := []any{o.Scope.Now}, make([]string, len(some))
		for i, id := range some {
			args, places[i] = append(args, id), "$"+strconv.Itoa(i+2)
		}
		found, err := o.untold(ctx, `SELECT DISTINCT a.grantee_id, `+subjectOf("a")+`, a.unit_id FROM accesses a
			WHERE a.case_id IN (`+strings.Join(places, ", ")+`) AND (`+superseded+` OR a.valid_until + 0 <= $1) AND `+untoldEnd()+` ORDER BY 1, 2, 3`, args...)
		if err != nil {
			return err
		}
		untold = append(untold, found...)
	}
	return o.NotifyAll(ctx, valueset.NoticeKindAccessEnded, untold)
}
