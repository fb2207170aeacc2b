package store

import (
	"context"
	"math"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/agreement"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/bestinterests"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/guardianship"
	"github.com/sala-exchange/sala/ent/incapacity"
	"github.com/sala-exchange/sala/ent/interestssignature"
	"github.com/sala-exchange/sala/ent/permission"
	"github.com/sala-exchange/sala/ent/recoveryperiod"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Facts reads everything about the case that policy decides on, with the
// facts_version that it stands for. It takes a constant number of statements. Agencies that
// the case does not name yet may be named beside.
func (o *Op) Facts(ctx context.Context, caseID string, beside ...string) (*rule.Facts, int, error) {
	ctx = rule.InMode(ctx, rule.Policy)
	c, err := o.CaseFile.Query().Where(casefile.ID(caseID)).WithPerson().Only(ctx)
	if err != nil {
		return nil, 0, failed(err, "reading the facts of a case")
	}
	f, names := factsOf(c)
	for _, agency := range beside {
		names[agency] = true
	}
	for _, read := range []func(context.Context, string, *rule.Facts, map[string]bool) error{
		o.statementFacts, o.referralFacts, o.assignmentFacts, o.contributorFacts, o.guardianFacts, o.interestsFacts, o.incapacityFacts, o.recoveryFacts, o.legalFacts, o.permissionFacts, o.glassFacts,
	} {
		if err := read(ctx, caseID, f, names); err != nil {
			return nil, 0, failed(err, "reading the facts of a case")
		}
	}
	if err := o.agencyFacts(ctx, f, names); err != nil {
		return nil, 0, failed(err, "reading the facts of a case")
	}
	return f, c.FactsVersion, nil
}

// factsOf begins the facts of a case with its row and what of the person decides; names
// holds the agencies that are named anywhere in them.
func factsOf(c *ent.CaseFile) (f *rule.Facts, names map[string]bool) {
	f = &rule.Facts{
		Case:     rule.CaseFacts{ID: c.ID, Owner: c.OwnerID, Kind: string(c.Kind), AdultFrom: -1, DeceasedAt: -1},
		Agencies: map[string]rule.AgencyFacts{}, Recordings: map[string]rule.Statements{},
		Consents: map[string]rule.Statements{}, Referrals: map[string][]rule.ReferralFacts{},
		Agreements: map[string][]rule.AgreementFacts{}, Assignments: map[string][]string{}, Contributors: []string{},
		Guardians: map[string]rule.GuardianFacts{}, BestInterests: map[string]rule.BestInterestsFacts{}, Incapacities: []rule.IntervalFacts{}, Recoveries: []rule.RecoveryFacts{},
		LegalBases:  map[string]rule.LegalBasisFacts{},
		Permissions: []rule.PermissionFacts{},
		BreakGlass:  []rule.GlassFacts{},
	}
	if p := c.Edges.Person; p != nil {
		f.Case.AdultFrom = adultFrom(p.AgeBounds, c.OwnerID)
		if p.DeceasedOn != nil {
			f.Case.DeceasedAt = *p.DeceasedOn
		}
	}
	return f, map[string]bool{c.OwnerID: true}
}

// adultFrom is from when she is surely an adult by what each agency knows: the younger
// age decides, whoever knows it. Without a date of the owner's she may be a child: a
// receiver's date opens nobody's rows to itself (E1).
func adultFrom(bounds map[string]schema.AgeBounds, owner string) int64 {
	if _, known := bounds[owner]; !known {
		return -1
	}
	latest := int64(math.MinInt64)
	for _, b := range bounds {
		latest = max(latest, b.Latest)
	}
	return latest
}

// contributorFacts reads which agencies have a stored part in the case: nothing of the
// parts themselves, which the policy role cannot read.
func (o *Op) contributorFacts(ctx context.Context, caseID string, f *rule.Facts, names map[string]bool) error {
	query := "SELECT contributor_id FROM case_contributors WHERE case_id = ? ORDER BY 1"
	if o.store.dialect == dialect.Postgres {
		query = strings.Replace(query, "?", "$1", 1)
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, query, []any{caseID}, rows); err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		names[id] = true
		if id != f.Case.Owner {
			f.Contributors = append(f.Contributors, id)
		}
	}
	return rows.Err()
}

func (o *Op) statementFacts(ctx context.Context, caseID string, f *rule.Facts, names map[string]bool) error {
	rows, err := o.Consent.Query().Where(consent.CaseID(caseID)).WithProvisions().Order(ent.Asc(consent.FieldGivenOn, consent.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		addStatement(c, f, names)
	}
	return nil
}

func addStatement(c *ent.Consent, f *rule.Facts, names map[string]bool) {
	into, strength := map[string]rule.Statements{}, Strength(c) // a transfer opens nothing (A4)
	switch c.Kind {
	case valueset.ConsentKindRecording:
		into = f.Recordings
	case valueset.ConsentKindSharing:
		into = f.Consents
	}
	for _, p := range c.Edges.Provisions {
		names[p.RecipientID] = true
		for _, by := range p.ContributorIds {
			names[by] = true
		}
		add(into, c, p, strength)
	}
}

func add(into map[string]rule.Statements, c *ent.Consent, p *ent.Provision, strength string) {
	if into[p.RecipientID] == nil {
		into[p.RecipientID] = rule.Statements{}
	}
	contributors := p.ContributorIds
	if contributors == nil {
		contributors = []string{}
	}
	s := rule.StatementFacts{
		Consent: c.ID, Provision: p.ID, Decision: string(p.Decision), Strength: strength, Voice: string(c.Voice),
		Basis: string(c.Basis), ByClass: p.RecipientClass != nil, Singly: len(p.Categories) == 1, Onward: p.Onward,
		Guardian: deref(c.GuardianshipID), BestInterests: deref(c.BestInterestsID), Written: written(c), Views: c.ChildsViews != nil, Mature: c.MatureAndSafe,
		Free: c.Setting == valueset.SettingSafePlace, Advised: c.LegalAdviceOffered, Alone: len(p.Purposes) == 1,
		GivenAt: c.GivenOn, From: p.ValidFrom, Until: p.ValidUntil, Contributors: contributors,
	}
	for _, purpose := range p.Purposes {
		byCategory := into[p.RecipientID][string(purpose)]
		if byCategory == nil {
			byCategory = map[string][]rule.StatementFacts{}
			into[p.RecipientID][string(purpose)] = byCategory
		}
		for _, cat := range p.Categories {
			byCategory[string(cat)] = append(byCategory[string(cat)], s)
		}
	}
}

// Strength is FULL where the statement was given without an interpreter or
// through a vetted one, in a safe place, and PROVISIONAL otherwise (C6). A typed
// basis of a recording needs no statement of hers.
func Strength(c *ent.Consent) string {
	through := c.Interpretation == valueset.InterpretationNoneNeeded || c.Interpretation == valueset.InterpretationVetted
	if c.Basis != valueset.RecordingBasisConsent || through && c.Setting == valueset.SettingSafePlace {
		return "FULL"
	}
	return "PROVISIONAL"
}

// written: in a form that stays, as assent is from 12 on (E2).
func written(c *ent.Consent) bool {
	return c.Form != nil && (*c.Form == valueset.ConsentFormWritten || *c.Form == valueset.ConsentFormThumbprint)
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// guardianFacts reads who speaks for her beside herself (E2, E4).
func (o *Op) guardianFacts(ctx context.Context, caseID string, f *rule.Facts, _ map[string]bool) error {
	rows, err := o.Guardianship.Query().Where(guardianship.CaseID(caseID)).All(ctx)
	if err != nil {
		return err
	}
	for _, g := range rows {
		f.Guardians[g.ID] = rule.GuardianFacts{Conflict: g.Conflict, Agency: g.AgencyID, From: g.ValidFrom, Until: g.ValidUntil}
	}
	return nil
}

// interestsFacts reads the decisions in her best interests with who has signed them (E5).
func (o *Op) interestsFacts(ctx context.Context, caseID string, f *rule.Facts, _ map[string]bool) error {
	rows, err := o.BestInterests.Query().Where(bestinterests.CaseID(caseID)).All(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	signed, err := o.InterestsSignature.Query().Where(interestssignature.CaseID(caseID)).Order(ent.Asc(interestssignature.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, b := range rows {
		fact := rule.BestInterestsFacts{Kind: string(b.Kind), StandsFor: words(b.StandsFor), ReviewAt: b.ReviewOn, Signed: []rule.SignatureFacts{}}
		for _, s := range signed {
			if s.InterestsID == b.ID {
				fact.Signed = append(fact.Signed, rule.SignatureFacts{As: string(s.Capacity), Agency: s.AgencyID, Member: s.MemberID})
			}
		}
		f.BestInterests[b.ID] = fact
	}
	return nil
}

// incapacityFacts reads the spells in which she cannot decide herself (C7).
func (o *Op) incapacityFacts(ctx context.Context, caseID string, f *rule.Facts, _ map[string]bool) error {
	rows, err := o.Incapacity.Query().Where(incapacity.CaseID(caseID)).Order(ent.Asc(incapacity.FieldID)).All(ctx)
	for _, i := range rows {
		f.Incapacities = append(f.Incapacities, rule.IntervalFacts{From: i.ValidFrom, Until: i.ValidUntil})
	}
	return err
}

// recoveryFacts reads her periods of recovery and reflection (D7).
func (o *Op) recoveryFacts(ctx context.Context, caseID string, f *rule.Facts, _ map[string]bool) error {
	rows, err := o.RecoveryPeriod.Query().Where(recoveryperiod.CaseID(caseID)).Order(ent.Asc(recoveryperiod.FieldID)).All(ctx)
	for _, r := range rows {
		f.Recoveries = append(f.Recoveries, rule.RecoveryFacts{From: r.ValidFrom, Until: r.ValidUntil, Asked: r.Decision == valueset.RecoveryDecisionAsks})
	}
	return err
}

// permissionFacts reads what contributors have granted of their own rows (A6, D4).
func (o *Op) permissionFacts(ctx context.Context, caseID string, f *rule.Facts, names map[string]bool) error {
	rows, err := o.Permission.Query().Where(permission.CaseID(caseID), permission.StateEQ(valueset.PermissionStateGranted)).Order(ent.Asc(permission.FieldID)).All(ctx)
	for _, p := range rows {
		names[p.ContributorID], names[p.RecipientID] = true, true
		f.Permissions = append(f.Permissions, rule.PermissionFacts{Contributor: p.ContributorID, Recipient: p.RecipientID, Referral: p.ReferralID,
			Purpose: string(p.Purpose), Categories: words(p.Categories), From: p.ValidFrom, Until: p.ValidUntil})
	}
	return err
}

func (o *Op) referralFacts(ctx context.Context, caseID string, f *rule.Facts, names map[string]bool) error {
	rows, err := o.Referral.Query().Where(referral.CaseID(caseID)).Order(ent.Asc(referral.FieldOfferedOn, referral.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		names[r.FromID], names[r.ToID] = true, true
		fact := rule.ReferralFacts{
			ID: r.ID, From: r.FromID, To: r.ToID, Purpose: string(r.Purpose), State: string(r.State),
			OfferedAt: r.OfferedOn, ReplyBy: r.ReplyBy, AcceptedAt: -1, Until: r.ValidUntil, OnwardOf: r.OnwardOf,
		}
		offered := r.Categories
		if r.AcceptedOn != nil {
			fact.AcceptedAt = *r.AcceptedOn
			// What was accepted beyond what was offered counts for nothing (D3).
			offered = slices.DeleteFunc(slices.Clone(r.AcceptedCategories), func(c category.Category) bool { return !slices.Contains(r.Categories, c) })
		}
		fact.Categories = words(offered)
		f.Referrals[r.ToID] = append(f.Referrals[r.ToID], fact)
	}
	return nil
}

func (o *Op) assignmentFacts(ctx context.Context, caseID string, f *rule.Facts, names map[string]bool) error {
	rows, err := o.Assignment.Query().Where(assignment.CaseID(caseID), assignment.EndedOnIsNil()).Order(ent.Asc(assignment.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, a := range rows {
		addAssignment(a, f, names)
	}
	return nil
}

func addAssignment(a *ent.Assignment, f *rule.Facts, names map[string]bool) {
	names[a.AgencyID] = true
	if !slices.Contains(f.Assignments[a.AgencyID], a.MemberID) {
		f.Assignments[a.AgencyID] = append(f.Assignments[a.AgencyID], a.MemberID)
	}
}

func (o *Op) agencyFacts(ctx context.Context, f *rule.Facts, names map[string]bool) error {
	ids := make([]string, 0, len(names))
	for id := range names {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	rows, err := o.Agency.Query().Where(agency.IDIn(ids...)).All(ctx)
	if err != nil {
		return err
	}
	for _, a := range rows {
		f.Agencies[a.ID] = rule.AgencyFacts{Kind: string(a.Kind)}
	}
	// An agreement matters where two of the agencies named are parties of it.
	among := agreementparty.AgencyIDIn(ids...)
	signed, err := o.Agreement.Query().
		Where(agreement.CountersignedOnNotNil(), agreement.HasPartiesWith(among)).
		WithParties(func(q *ent.AgreementPartyQuery) { q.Where(among) }).
		Order(ent.Asc(agreement.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, a := range signed {
		fact := rule.AgreementFacts{
			ID: a.ID, Purposes: words(a.Purposes), Categories: words(a.Categories), CaseKinds: words(a.CaseKinds),
			From: a.ValidFrom, Until: a.ValidUntil, Onward: string(a.Onward), AtEnd: string(a.AtEnd), RetentionDays: a.RetentionDays,
		}
		for _, p := range a.Edges.Parties {
			fact.Parties = append(fact.Parties, p.AgencyID)
		}
		if len(fact.Parties) < 2 {
			continue
		}
		slices.Sort(fact.Parties)
		for _, p := range fact.Parties {
			f.Agreements[p] = append(f.Agreements[p], fact)
		}
	}
	return nil
}

func words[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}
