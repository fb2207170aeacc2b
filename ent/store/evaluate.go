package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Evaluate locks the case, reads its facts under the policy role, lets policy
// decide and replaces the case's accesses. It is called for every touched case
// before commit; a verb calls it earlier where it needs the new accesses itself.
func (o *Op) Evaluate(ctx context.Context, caseID string) error {
	if o.store.evaluator == nil {
		return errs.New(errs.Unavailable, "facts of a case were changed but no policy is loaded: nothing was stored")
	}
	ctx = rule.InMode(ctx, rule.Policy)
	if err := o.Lock(ctx, caseID); err != nil {
		return err
	}
	l, err := o.live(ctx)
	if err != nil {
		return err
	}
	facts, version, err := o.Facts(ctx, caseID)
	if err != nil {
		return err
	}
	decided, err := l.Access(ctx, facts)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "policy gave no decision: nothing was stored")
	}
	before, err := o.Access.Query().Where(access.CaseID(caseID), rule.Live()).All(ctx)
	if err != nil {
		return failed(err, "reading the accesses of a case")
	}
	if err := o.tellOver(ctx, caseID); err != nil {
		return err
	}
	if err := o.replaceAccesses(ctx, caseID, version, l, decided); err != nil {
		return err
	}
	shape, err := rule.ShapeOf(facts)
	if err != nil {
		return errs.Wrap(err, errs.Internal, "writing the shape of a case")
	}
	if err := o.keepShapes(ctx, keptShape{caseID, version, shape}); err != nil {
		return err
	}
	delete(o.touched, caseID)
	return o.notifyEnded(ctx, before, decided)
}

// Contributed evaluates policy where a part that was just recorded has changed a fact:
// the database knows whether it was its contributor's first (A3).
func (o *Op) Contributed(ctx context.Context, caseID string) error {
	c, err := o.CaseFile.Query().Where(casefile.ID(caseID)).Only(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return failed(err, "reading a case")
	}
	if c.FactsVersion == c.EvaluatedVersion {
		return nil
	}
	o.Touch(caseID)
	return o.Settle(ctx)
}

// replaceAccesses puts what was decided under the live revision in place of all that the
// case has, what a change of policy has prepared for it too: that is prepared again.
func (o *Op) replaceAccesses(ctx context.Context, caseID string, version int, l *live, decided []rule.Access) error {
	if _, err := o.Access.Delete().Where(access.CaseID(caseID)).Exec(ctx); err != nil {
		return failed(err, "replacing the accesses of a case")
	}
	rows := make([]*ent.Access, len(decided))
	for i, a := range decided {
		var err error
		if rows[i], err = accessRow(caseID, version, l.revision, l.sequence, a); err != nil {
			return err
		}
	}
	if err := o.writeAccesses(ctx, rows); err != nil {
		return err
	}
	return o.CaseFile.Update().Where(casefile.ID(caseID)).SetEvaluatedVersion(version).
		SetFirstSequence(l.sequence).SetLastSequence(l.sequence).Exec(ctx)
}

// setOf refuses a category that it does not know: a decision is taken whole or
// not at all.
func setOf(words []string) (category.Set, error) {
	var set category.Set
	for _, w := range words {
		bit := category.Category(w).Bit()
		if bit == 0 {
			return 0, errs.New(errs.Unavailable, "policy named an unknown category: nothing was stored")
		}
		set |= bit
	}
	return set, nil
}

// notifyEnded gives one neutral notice to every agency whose access to others'
// rows ended: alike for withdrawal, expiry, revocation and suspension (C8). Where that of a
// unit alone ended, its agency keeping what it has, the unit is told (A5).
func (o *Op) notifyEnded(ctx context.Context, before []*ent.Access, after []rule.Access) error {
	now := o.Scope.Now
	shut, err := o.shutAmong(ctx, after)
	if err != nil {
		return err
	}
	still := map[string]bool{} // by agency, what it rests on, and unit
	for _, a := range after {
		if (a.Action == rule.ActionRead || a.Action == rule.ActionPreview) && a.Referral+a.LegalBasis != "" && a.Until > now &&
			!slices.ContainsFunc(gatesOfAccess(a), func(g string) bool { return shut[g] }) {
			still[a.Grantee+a.Referral+a.LegalBasis+a.Unit] = true
		}
	}
	told := map[string]bool{}
	slices.SortStableFunc(before, func(a, b *ent.Access) int { return strings.Compare(a.UnitID, b.UnitID) }) // agencies before their units
	for _, a := range before {
		subject := restsOn(a)
		key := a.GranteeID + subject
		// Whoever ended it itself, by declining or completing, need not be told.
		if a.Action != rule.ActionRead && a.Action != rule.ActionPreview || subject == "" ||
			a.GranteeID == o.Scope.Agency && !o.others[subject] || a.ValidUntil <= now ||
			still[key] || still[key+a.UnitID] || told[key] || told[key+a.UnitID] {
			continue
		}
		told[key+a.UnitID] = true
		if known, err := o.toldShut(ctx, a); err != nil {
			return err
		} else if known {
			continue
		}
		if err := o.NotifyUnit(ctx, a.GranteeID, a.UnitID, valueset.NoticeKindAccessEnded, subject); err != nil {
			return err
		}
	}
	return nil
}

// gatesOfAccess are the gates that an access passes.
func gatesOfAccess(a rule.Access) []string {
	return []string{a.Agreement, a.ReferralAgreement, a.Referrer, a.Contributor, a.FirstAgreement, a.FirstReferrer}
}

// shutAmong are the gates of accesses that are shut: what rests on one opens nothing.
func (o *Op) shutAmong(ctx context.Context, all []rule.Access) (map[string]bool, error) {
	gates := map[string]bool{}
	for _, a := range all {
		for _, g := range gatesOfAccess(a) {
			gates[g] = true
		}
	}
	shut := map[string]bool{}
	if len(gates) == 0 {
		return shut, nil
	}
	ids, err := o.Gate.Query().Where(gate.IDIn(slices.Collect(maps.Keys(gates))...), gate.Open(false)).IDs(ctx)
	if err != nil {
		return nil, failed(err, "reading the gates")
	}
	for _, id := range ids {
		shut[id] = true
	}
	return shut, nil
}

// toldShut reports whether a gate had shut the access before and its grantee was told: a
// second notice would tell that it ended for good.
func (o *Op) toldShut(ctx context.Context, a *ent.Access) (bool, error) {
	shut, err := o.Gate.Query().Where(gate.IDIn(a.AgreementID, a.ReferralAgreementID, a.ReferrerID, a.ContributorID, a.FirstAgreementID, a.FirstReferrerID), gate.Open(false)).
		Order(gate.ByChangedOn()).First(ctx)
	if ent.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, failed(err, "reading the gates")
	}
	known, err := o.Notice.Query().Where(notice.AgencyID(a.GranteeID), notice.KindEQ(valueset.NoticeKindAccessEnded),
		notice.SubjectID(restsOn(a)), notice.CreatedOnGTE(shut.ChangedOn)).Exist(ctx)
	if err != nil {
		return false, failed(err, "reading the notices")
	}
	return known, nil
}

// restsOn is the referral or the legal basis that an access rests on, or empty.
func restsOn(a *ent.Access) string { return a.ReferralID + deref(a.LegalBasisID) }

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// EndedByOthers notes that neither side of a referral has ended it: its receiver is told,
// whoever acts.
func (o *Op) EndedByOthers(referralID string) { o.others[referralID] = true }

// Notify leaves a notice for an agency, or for those of its units that know of what it is
// about (A5). It runs under the policy role, because a request never writes another agency's
// rows.
func (o *Op) Notify(ctx context.Context, agency string, kind valueset.NoticeKind, subject string) error {
	units, err := o.unitsTold(ctx, agency, subject)
	if err != nil {
		return err
	}
	for _, unit := range units {
		if err := o.NotifyHolder(ctx, agency, unit, kind, subject); err != nil {
			return err
		}
	}
	return nil
}

// NotifyUnit leaves a notice for a unit of an agency, or where none is named as Notify does.
func (o *Op) NotifyUnit(ctx context.Context, agency, unit string, kind valueset.NoticeKind, subject string) error {
	if unit == "" {
		return o.Notify(ctx, agency, kind, subject)
	}
	return o.NotifyHolder(ctx, agency, unit, kind, subject)
}

// NotifyAll leaves a notice of one kind for each agency, or unit of it, on its subject; for no
// unit whose agency is before it in the list.
func (o *Op) NotifyAll(ctx context.Context, kind valueset.NoticeKind, of []Untold) error {
	whole := map[Untold]bool{}
	of = slices.DeleteFunc(slices.Clone(of), func(u Untold) bool {
		agency := Untold{Agency: u.Agency, Subject: u.Subject} // whenever it ended
		whole[agency] = whole[agency] || u.Unit == ""
		return u.Unit != "" && whole[agency]
	})
	for some := range slices.Chunk(of, 1000) { // SQLite takes 32,766 arguments a statement
		err := o.Notice.MapCreateBulk(some, func(c *ent.NoticeCreate, i int) {
			c.SetAgencyID(some[i].Agency).SetHolderID(some[i].Unit).SetKind(kind).SetSubjectID(some[i].Subject).SetCreatedOn(max(o.Scope.Now, some[i].On))
		}).Exec(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return failed(err, "leaving notices")
		}
	}
	return nil
}

// NotifyHolder leaves a notice for a member, team or unit of an agency (D5).
func (o *Op) NotifyHolder(ctx context.Context, agency, holder string, kind valueset.NoticeKind, subject string) error {
	err := o.Notice.Create().SetAgencyID(agency).SetHolderID(holder).SetKind(kind).SetSubjectID(subject).SetCreatedOn(o.Scope.Now).
		Exec(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return failed(err, "leaving a notice")
	}
	return nil
}
