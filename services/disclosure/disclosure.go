// Package disclosure keeps the record of who was shown what and who decided what:
// the ledger's writer, its sequencer and its verifier.
//
// It promises that no answer about a person leaves before its record is committed,
// in a transaction that rechecks every case and gate of the answer; that the log of
// commitments is append-only and gapless; and that a changed, lost or rewritten
// entry is found. It reads no part of a case.
package disclosure

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// details is what the commitment covers; the field order is part of the format.
type details struct {
	Kind        string   `json:"kind"`
	At          int64    `json:"at"`
	Operation   string   `json:"operation"`
	Agency      string   `json:"agency"`
	Member      string   `json:"member"`
	Purpose     string   `json:"purpose"`
	Basis       string   `json:"basis"`
	Verb        string   `json:"verb"`
	Case        string   `json:"case"`
	Contributor string   `json:"contributor"`
	Categories  int64    `json:"categories"`
	Rows        []string `json:"rows"`
}

// commit returns a fresh key and the commitment to d under it: HMAC-SHA-256
// (RFC 2104). Without the key, which dies with the person, the commitment tells
// nothing.
func commit(d details) (key, commitment []byte, err error) {
	key = make([]byte, 32)
	_, _ = rand.Read(key)
	commitment, err = commitTo(d, key)
	return key, commitment, err
}

func commitTo(d details, key []byte) ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "committing to a disclosure failed")
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte("sala disclosure v1\n"))
	m.Write(b)
	return m.Sum(nil), nil
}

func row(op *store.Op, d details) (*ent.DisclosureCreate, error) {
	key, commitment, err := commit(d)
	if err != nil {
		return nil, err
	}
	return op.Disclosure.Create().SetKind(d.Kind).SetAt(d.At).SetOperationID(d.Operation).SetAgencyID(d.Agency).
		SetMemberID(d.Member).SetPurpose(d.Purpose).SetBasis(d.Basis).SetVerb(d.Verb).SetCaseID(d.Case).
		SetContributorID(d.Contributor).SetCategories(category.Set(d.Categories)).SetRowIds(d.Rows).
		SetKey(key).SetCommitment(commitment), nil
}

// Decide puts a decision on record in the operation's own transaction: no act
// without its entry, no entry without its act.
func Decide(ctx context.Context, op *store.Op, verb, caseID string) error {
	return DecideOn(ctx, op, verb, caseID, op.Scope.Agency)
}

// DecideOn is Decide about a case of another agency's, which sees it among its own (F3).
func DecideOn(ctx context.Context, op *store.Op, verb, caseID, contributorID string) error {
	return decide(ctx, op, details{
		Kind: "DECISION", At: op.Scope.Now, Operation: pubid.New("op"), Agency: op.Scope.Agency, Member: op.Scope.Member,
		Purpose: string(op.Scope.Purpose), Verb: verb, Case: caseID, Contributor: contributorID, Rows: []string{},
	})
}

// RanOut puts on record that a break-glass has ended by its time (F3): an event of its own,
// as its start is.
func RanOut(ctx context.Context, op *store.Op, g *ent.BreakGlass) error {
	return decide(ctx, op, details{
		Kind: "DECISION", At: op.Scope.Now, Operation: pubid.New("op"), Agency: g.ContributorID, Member: g.RecordedBy,
		Purpose: string(g.Purpose), Verb: "break-glass ran out", Case: g.CaseID, Contributor: g.OwnerID, Rows: []string{},
	})
}

func decide(ctx context.Context, op *store.Op, d details) error {
	r, err := row(op, d)
	if err != nil {
		return err
	}
	if err := r.Exec(rule.InMode(ctx, rule.Ledger)); err != nil {
		return errs.Wrap(err, errs.Unavailable, "the decision cannot be put on record, so it is not taken: try again")
	}
	return nil
}

// DecideAll is Decide for many cases at once, with one operation's id.
func DecideAll(ctx context.Context, op *store.Op, verb string, caseIDs []string) error {
	operation, rows := pubid.New("op"), make([]*ent.DisclosureCreate, len(caseIDs))
	for i, id := range caseIDs {
		var err error
		if rows[i], err = row(op, details{
			Kind: "DECISION", At: op.Scope.Now, Operation: operation, Agency: op.Scope.Agency, Member: op.Scope.Member,
			Purpose: string(op.Scope.Purpose), Verb: verb, Case: id, Contributor: op.Scope.Agency, Rows: []string{},
		}); err != nil {
			return err
		}
	}
	if err := op.Disclosure.CreateBulk(rows...).Exec(rule.InMode(ctx, rule.Ledger)); err != nil {
		return errs.Wrap(err, errs.Unavailable, "the decisions cannot be put on record, so they are not taken: try again")
	}
	return nil
}

// DecideAbout puts a decision about an agency on record in the operation's own
// transaction, with the ids of the rows that it is about: members, proposals,
// agreements; never a case. The agency sees it among its own.
func DecideAbout(ctx context.Context, op *store.Op, verb, agencyID string, ids ...string) error {
	slices.Sort(ids)
	r, err := row(op, details{
		Kind: "DECISION", At: op.Scope.Now, Operation: pubid.New("op"), Agency: op.Scope.Agency, Member: op.Scope.Member,
		Verb: verb, Contributor: agencyID, Rows: append([]string{}, ids...),
	})
	if err != nil {
		return err
	}
	if err := r.Exec(rule.InMode(ctx, rule.Ledger)); err != nil {
		return errs.Wrap(err, errs.Unavailable, "the decision cannot be put on record, so it is not taken: try again")
	}
	return nil
}

// Exported puts on record, in the operation's own transaction, that rows of the
// viewer's agency were exported for it because it leaves: a look like any other, one a
// case, that the person is told of (H2).
func Exported(ctx context.Context, op *store.Op, seen map[store.Key][]string) error {
	byCase := map[string]*details{}
	operation := pubid.New("op")
	for k, ids := range seen {
		d := byCase[k.Case]
		if d == nil {
			d = &details{Kind: "READ", At: op.Scope.Now, Operation: operation, Agency: op.Scope.Agency, Member: op.Scope.Member,
				Basis: "OWN_CONTRIBUTION", Verb: "export", Case: k.Case, Contributor: op.Scope.Agency}
			byCase[k.Case] = d
		}
		d.Categories |= int64(k.Category.Bit())
		d.Rows = append(d.Rows, ids...)
	}
	rows := make([]*ent.DisclosureCreate, 0, len(byCase))
	for _, d := range byCase {
		slices.Sort(d.Rows)
		r, err := row(op, *d)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	if err := op.Disclosure.CreateBulk(rows...).Exec(rule.InMode(ctx, rule.Ledger)); err != nil {
		return errs.Wrap(err, errs.Unavailable, "the record of this export cannot be written, so it is not given: try again")
	}
	return nil
}

// Record commits the record of everything that op has read, in a transaction that
// first holds every case and gate of the answer still and checks that all of it is
// still open. That commit is the moment that orders the answer against a withdrawal.
// An operation that changes something records its answer with the change: neither is
// kept without the other. Any other has a transaction of its own. An error means that
// the answer must not leave, and that nothing was stored. Afterwards op.Seen has the label
// that goes along with the answer.
func Record(ctx context.Context, st *store.Store, op *store.Op) error {
	seen := op.Seen.Rows()
	if len(seen) == 0 {
		return nil
	}
	if op.Changing() {
		return record(ctx, op, op, seen)
	}
	scope := *op.Scope
	scope.Mode = rule.Ledger
	return st.Run(context.WithoutCancel(ctx), scope, false, func(ctx context.Context, led *store.Op) error {
		return record(ctx, led, op, seen)
	})
}

// record writes, in led, what op has read.
func record(ctx context.Context, led, op *store.Op, seen map[store.Key][]string) error {
	ctx = rule.InMode(ctx, rule.Ledger)
	open, err := led.Recheck(ctx, op.Scope, caseIDs(seen), op.Seen.Referrals()...)
	if err != nil {
		return err
	}
	if err := suspectsStand(ctx, led, op.Scope, seen, open); err != nil {
		return err
	}
	rows, err := rowsOf(led, seen, open)
	if err != nil {
		return err
	}
	if err := led.Disclosure.CreateBulk(rows...).Exec(ctx); err != nil {
		return errs.Wrap(err, errs.Unavailable, "the record of this answer cannot be written, so it is not given: try again")
	}
	op.Seen.Opened(open.Label(seen))
	return nil
}

// suspectsStand: another agency's suspects rest on their proceeding too; and one's own may
// have been erased meanwhile (B2).
func suspectsStand(ctx context.Context, led *store.Op, viewer *rule.Scope, seen map[store.Key][]string, open *store.Opened) error {
	var all []string
	stands := true
	for k, ids := range seen {
		if k.Category != category.Suspect {
			continue
		}
		all = append(all, ids...)
		if k.Contributor != viewer.Agency {
			_, _, is := open.Basis(store.Key{Case: k.Case, Contributor: k.Contributor, Category: category.Justice})
			stands = stands && is
		}
	}
	if stands {
		var err error
		if stands, err = led.SuspectsStand(ctx, viewer, all); err != nil {
			return errs.Wrap(err, errs.Unavailable, "the answer cannot be rechecked, so it is not given: try again")
		}
	}
	if !stands {
		return errs.New(errs.Changed, "what you asked for changed while it was read: ask again")
	}
	return nil
}

func caseIDs(seen map[store.Key][]string) []string {
	var ids []string
	for k := range seen {
		ids = append(ids, k.Case)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// group is one record: one contributor's rows in one case, on one basis.
type group struct{ kind, caseID, contributor, basis string }

func rowsOf(led *store.Op, seen map[store.Key][]string, open *store.Opened) ([]*ent.DisclosureCreate, error) {
	byGroup := map[group]*details{}
	operation := pubid.New("op")
	for k, ids := range seen {
		basis, contributor, ok := open.Basis(k)
		if !ok {
			return nil, errs.New(errs.Changed, "what you asked for changed while it was read: ask again")
		}
		g := group{kind: "READ", caseID: k.Case, contributor: contributor, basis: basis}
		categories := k.Category.Bit()
		if open.Preview(k) {
			g.kind, categories = "PREVIEW", 0
		}
		d := byGroup[g]
		if d == nil {
			d = &details{Kind: g.kind, At: led.Scope.Now, Operation: operation, Agency: led.Scope.Agency, Member: led.Scope.Member,
				Purpose: string(led.Scope.Purpose), Basis: basis, Verb: strings.ToLower(g.kind), Case: k.Case, Contributor: contributor}
			byGroup[g] = d
		}
		d.Categories |= int64(categories)
		d.Rows = append(d.Rows, ids...)
	}
	out := make([]*ent.DisclosureCreate, 0, len(byGroup))
	for _, d := range byGroup {
		slices.Sort(d.Rows)
		r, err := row(led, *d)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
