package store

import (
	"context"
	"strconv"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
)

// Opened is what is open to a viewer in some cases at the moment of the record.
type Opened struct {
	cases     map[string][]*ent.Access
	referrals map[string]standing
}

// standing is what a referral to the viewer's agency rests on now.
type standing struct {
	basis   string
	preview bool
}

// basisReferral is that of a referral that has ended: its receiver keeps knowing that
// there was one, and nothing that it opened. It is also that of a referral listed under
// another purpose than its own: her consent opened nothing for the stated one (C2).
const basisReferral = "REFERRAL"

// Recheck holds the cases and the gates that the answer depends on still until this
// transaction ends, and returns what is open to the viewer in them now. Two
// statements hold, one reads, and two more where referrals to the viewer's agency were
// seen, whatever the number of cases.
func (o *Op) Recheck(ctx context.Context, viewer *rule.Scope, cases []string, referrals ...Referred) (*Opened, error) {
	ctx = rule.InMode(ctx, rule.Ledger)
	if err := o.hold(ctx, viewer, cases); errs.KindOf(err) == errs.Changed {
		return nil, err
	} else if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "the answer cannot be rechecked, so it is not given: try again")
	}
	now := *viewer
	now.Now = o.Scope.Now
	// Who belongs to the agency's teams and units, and its mode, change under its gate,
	// which is held now.
	if len(viewer.Holders) > 1 || len(viewer.Units) > 0 {
		in, err := o.inside(ctx, viewer.Agency, viewer.Member)
		if err != nil {
			return nil, err
		}
		in.to(&now)
	}
	rows, err := o.Access.Query().Where(access.CaseIDIn(cases...), access.GranteeID(viewer.Agency), access.Purpose(string(viewer.Purpose)), access.ActionIn(rule.ActionRead, rule.ActionPreview), func(s *sql.Selector) {
		s.Where(sql.Or(rule.Open(&now, s.C("id"), rule.ActionRead), rule.Open(&now, s.C("id"), rule.ActionPreview)))
	}).Order(access.ByBasis(), access.ByID()).All(ctx) // one basis is named: the same each time
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "the answer cannot be rechecked, so it is not given: try again")
	}
	out := &Opened{cases: map[string][]*ent.Access{}}
	for _, a := range rows {
		out.cases[a.CaseID] = append(out.cases[a.CaseID], a)
	}
	if out.referrals, err = o.unchanged(ctx, &now, referrals); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "the answer cannot be rechecked, so it is not given: try again")
	}
	return out, nil
}

// unchanged returns, of the referrals to the viewer's agency that were seen, those that
// are still as they were: the row, and whether it opens anything to anybody there.
func (o *Op) unchanged(ctx context.Context, viewer *rule.Scope, seen []Referred) (map[string]standing, error) {
	out := map[string]standing{}
	if len(seen) == 0 {
		return out, nil
	}
	ids := make([]string, len(seen))
	for i, r := range seen {
		ids[i] = r.ID
	}
	rows, err := o.Referral.Query().Where(referral.IDIn(ids...), referral.ToID(viewer.Agency)).All(ctx)
	if err != nil {
		return nil, err
	}
	versions, elsewhere := map[string]int{}, map[string]bool{}
	for _, r := range rows {
		if !viewer.Within(r.UnitID) {
			continue // the viewer has left the unit that it goes to
		}
		versions[r.ID], elsewhere[r.ID] = r.Version, r.Purpose != viewer.Purpose
	}
	open, err := o.Access.Query().Where(access.ReferralIDIn(ids...), access.GranteeID(viewer.Agency),
		access.ActionIn(rule.ActionRead, rule.ActionPreview), rule.InForce(viewer)).Order(access.ByBasis(), access.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	stands := map[string]standing{}
	for _, a := range open {
		stands[a.ReferralID] = standing{a.Basis, a.Action == rule.ActionPreview}
	}
	for _, r := range seen {
		now, is := stands[r.ID]
		if v, there := versions[r.ID]; !there || v != r.Version || r.Stood != nil && *r.Stood != is {
			continue
		}
		if !is || elsewhere[r.ID] {
			now.basis = basisReferral
		}
		out[r.ID] = now
	}
	return out, nil
}

// SuspectsStand reports whether all of the suspects and former versions of suspects are
// still there, and those which the viewer's agency did not record still open to it as one of
// their proceeding (B2). Their cases are held.
func (o *Op) SuspectsStand(ctx context.Context, viewer *rule.Scope, ids []string) (bool, error) {
	if len(ids) == 0 {
		return true, nil
	}
	ctx = rule.InMode(ctx, rule.Ledger)
	if o.store.dialect == dialect.Postgres {
		open, err := o.words(ctx, "SELECT sala_suspects_stand($1, $2)", ids, viewer.Agency)
		return len(open) == len(ids), err
	}
	args, list := []any{viewer.Agency}, ""
	for i, id := range ids {
		args, list = append(args, id), list+", ?"+strconv.Itoa(i+2)
	}
	list = list[2:]
	open, err := o.words(ctx, "SELECT s.id FROM suspects s JOIN proceedings p ON p.id = s.proceeding_id WHERE s.id IN ("+list+")"+
		" AND (s.contributor_id = ?1 OR (s.cleared_on IS NULL AND EXISTS (SELECT 1 FROM json_each(CAST(p.party_ids AS TEXT)) j WHERE j.value = ?1)))"+
		" UNION ALL SELECT v.id FROM suspect_versions v WHERE v.contributor_id = ?1 AND v.id IN ("+list+")", args...)
	return len(open) == len(ids), err
}

// hold keeps withdrawals, which lock the case, and gate changes out until commit.
// On SQLite the transaction is the only writer already.
func (o *Op) hold(ctx context.Context, viewer *rule.Scope, cases []string) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT id FROM sala_hold_cases($1)", []any{cases}, rows); err != nil {
		return err
	}
	if err := drain(rows); err != nil {
		return err
	}
	gates := &sql.Rows{}
	// By the cases' index alone: the condition on the agency is written so that its index,
	// which holds every access of the agency, is not read beside it.
	err := o.driver.Query(ctx, "SELECT h.id, h.revision FROM sala_hold_gates(ARRAY(SELECT DISTINCT unnest(ARRAY[a.agreement_id, a.referral_agreement_id, a.referrer_id, a.contributor_id, a.first_agreement_id, a.first_referrer_id]) FROM accesses a WHERE a.case_id = ANY ($1) AND a.grantee_id || '' = $2 AND a.basis NOT IN ('OWNERSHIP', 'OWN_CONTRIBUTION')) || ARRAY['policy', $2]) h",
		[]any{cases, viewer.Agency}, gates)
	if err != nil {
		return err
	}
	return samePolicy(gates, viewer.Policy)
}

// samePolicy refuses where another revision is live than the viewer was let in by; it reads
// the gates that are held.
func samePolicy(gates *sql.Rows, revision string) (err error) {
	for gates.Next() {
		var id, live string
		if err = gates.Scan(&id, &live); err != nil {
			break
		}
		if id == "policy" && revision != "" && live != revision {
			err = errs.New(errs.Changed, "the policy changed meanwhile: ask again")
			break
		}
	}
	if err == nil {
		err = gates.Err()
	}
	if e := gates.Close(); err == nil {
		err = e
	}
	return err
}

func drain(rows *sql.Rows) error {
	for rows.Next() {
	}
	err := rows.Err()
	if e := rows.Close(); err == nil {
		err = e
	}
	return err
}

// Basis returns what the access to the rows of a key rests on, and whose rows they
// are; false where nothing open covers it any more.
func (o *Opened) Basis(k Key) (basis, contributor string, ok bool) {
	if k.Referral != "" {
		r, ok := o.referrals[k.Referral]
		return r.basis, k.Contributor, ok
	}
	for _, a := range o.cases[k.Case] {
		switch {
		case k.Preview != "":
			if a.Action == rule.ActionPreview && a.ReferralID == k.Preview {
				return a.Basis, a.ContributorID, true
			}
		case a.Action != rule.ActionRead:
		case k.Category == category.Case:
			if contributor = k.Contributor; contributor == "" {
				contributor = a.ContributorID
			}
			return a.Basis, contributor, true
		case a.ContributorID == k.Contributor && a.Categories.Has(k.Category):
			return a.Basis, a.ContributorID, true
		}
	}
	return "", "", false
}

// Preview reports whether the rows of a key are shown as a preview: of what is not the
// viewer's agency's yet (D2).
func (o *Opened) Preview(k Key) bool { return k.Preview != "" || o.referrals[k.Referral].preview }
