package store

import (
	"context"
	"maps"
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
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Facts reads everything about the case that policy decides on, with the
// facts_version that it stands for. It takes a constant number of statements. Agencies that
// the case does not name yet may be named beside.
func (o *Op) Facts(ctx context.Context, caseID string, beside ...string) (*rule.Facts, int, error) {
	of, err := o.FactsOf(ctx, []string{caseID}, beside...)
	if err != nil {
		return nil, 0, err
	}
	f := of[caseID]
	if f == nil {
		return nil, 0, failed(errs.NotHere(), "reading the facts of a case")
	}
	return f.Facts, f.Version, nil
}

// Versioned is the facts of a case with the facts_version that they stand for.
type Versioned struct {
	*rule.Facts
	Version int
	// Evaluated is the version that was evaluated last, under the revisions of policy from
	// First to Last.
	Evaluated   int
	First, Last int64
	names       map[string]bool // the agencies that are named anywhere in them
}

// gathered is the facts of some cases while they are read.
type gathered struct {
	ids []string
	of  map[string]*Versioned
}

// to is where the facts of one of the cases go.
func (g *gathered) to(caseID string) (f *rule.Facts, names map[string]bool) {
	v := g.of[caseID]
	return v.Facts, v.names
}

// FactsOf is Facts of many cases, by id, in as many statements as of one. A case that is
// not there is left out.
func (o *Op) FactsOf(ctx context.Context, ids []string, beside ...string) (map[string]*Versioned, error) {
	if s, err := rule.ScopeOf(ctx); err != nil || s.Mode != rule.Trial {
		ctx = rule.InMode(ctx, rule.Policy)
	}
	rows, err := o.CaseFile.Query().Where(casefile.IDIn(ids...)).WithPerson().All(ctx)
	if err != nil {
		return nil, failed(err, "reading the facts of a case")
	}
	g := &gathered{of: map[string]*Versioned{}}
	for _, c := range rows {
		f, names := factsOf(c)
		for _, agency := range beside {
			names[agency] = true
		}
		g.ids, g.of[c.ID] = append(g.ids, c.ID), &Versioned{f, c.FactsVersion, c.EvaluatedVersion, c.FirstSequence, c.LastSequence, names}
	}
	if len(g.ids) == 0 {
		return g.of, nil
	}
	for _, read := range []func(context.Context, *gathered) error{
		o.statementFacts, o.referralFacts, o.assignmentFacts, o.contributorFacts, o.guardianFacts, o.interestsFacts, o.incapacityFacts, o.recoveryFacts, o.legalFacts, o.permissionFacts, o.glassFacts,
	} {
		if err := read(ctx, g); err != nil {
			return nil, failed(err, "reading the facts of a case")
		}
	}
	all := make([]*Versioned, 0, len(g.of))
	for _, v := range g.of {
		all = append(all, v)
	}
	if err := o.agencyFacts(ctx, all...); err != nil {
		return nil, failed(err, "reading the facts of a case")
	}
	return g.of, nil
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
func (o *Op) contributorFacts(ctx context.Context, g *gathered) error {
	query, args := "SELECT case_id, contributor_id FROM case_contributors WHERE case_id = ANY ($1) ORDER BY 1, 2", []any{g.ids}
	if o.store.dialect != dialect.Postgres {
		query, args = "SELECT case_id, contributor_id FROM case_contributors WHERE case_id IN (?"+strings.Repeat(", ?", len(g.ids)-1)+") ORDER BY 1, 2", nil
		for _, id := range g.ids {
			args = append(args, id)
		}
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, query, args, rows); err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var caseID, id string
		if err := rows.Scan(&caseID, &id); err != nil {
			return err
		}
		f, names := g.to(caseID)
		names[id] = true
		if id != f.Case.Owner {
			f.Contributors = append(f.Contributors, id)
		}
	}
	return rows.Err()
}

func (o *Op) statementFacts(ctx context.Context, g *gathered) error {
	rows, err := o.Consent.Query().Where(consent.CaseIDIn(g.ids...)).WithProvisions().Order(ent.Asc(consent.FieldGivenOn, consent.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		f, names := g.to(c.CaseID)
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
		Basis: string(c.Basis), Unit: p.UnitID, ByClass: p.RecipientClass != nil, Singly: len(p.Categories) == 1, Onward: p.Onward,
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
func (o *Op) guardianFacts(ctx context.Context, g *gathered) error {
	rows, err := o.Guardianship.Query().Where(guardianship.CaseIDIn(g.ids...)).All(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, _ := g.to(r.CaseID)
		f.Guardians[r.ID] = rule.GuardianFacts{Conflict: r.Conflict, Agency: r.AgencyID, From: r.ValidFrom, Until: r.ValidUntil}
	}
	return nil
}

// interestsFacts reads the decisions in her best interests with who has signed them (E5).
func (o *Op) interestsFacts(ctx context.Context, g *gathered) error {
	rows, err := o.BestInterests.Query().Where(bestinterests.CaseIDIn(g.ids...)).All(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	signed, err := o.InterestsSignature.Query().Where(interestssignature.CaseIDIn(g.ids...)).Order(ent.Asc(interestssignature.FieldID)).All(ctx)
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
		f, _ := g.to(b.CaseID)
		f.BestInterests[b.ID] = fact
	}
	return nil
}

// incapacityFacts reads the spells in which she cannot decide herself (C7).
func (o *Op) incapacityFacts(ctx context.Context, g *gathered) error {
	rows, err := o.Incapacity.Query().Where(incapacity.CaseIDIn(g.ids...)).Order(ent.Asc(incapacity.FieldID)).All(ctx)
	for _, i := range rows {
		f, _ := g.to(i.CaseID)
		f.Incapacities = append(f.Incapacities, rule.IntervalFacts{From: i.ValidFrom, Until: i.ValidUntil})
	}
	return err
}

// recoveryFacts reads her periods of recovery and reflection (D7).
func (o *Op) recoveryFacts(ctx context.Context, g *gathered) error {
	rows, err := o.RecoveryPeriod.Query().Where(recoveryperiod.CaseIDIn(g.ids...)).Order(ent.Asc(recoveryperiod.FieldID)).All(ctx)
	for _, r := range rows {
		f, _ := g.to(r.CaseID)
		f.Recoveries = append(f.Recoveries, rule.RecoveryFacts{From: r.ValidFrom, Until: r.ValidUntil, Asked: r.Decision == valueset.RecoveryDecisionAsks})
	}
	return err
}

// permissionFacts reads what contributors have granted of their own rows (A6, D4).
func (o *Op) permissionFacts(ctx context.Context, g *gathered) error {
	rows, err := o.Permission.Query().Where(permission.CaseIDIn(g.ids...), permission.StateEQ(valueset.PermissionStateGranted)).Order(ent.Asc(permission.FieldID)).All(ctx)
	for _, p := range rows {
		f, names := g.to(p.CaseID)
		names[p.ContributorID], names[p.RecipientID] = true, true
		f.Permissions = append(f.Permissions, rule.PermissionFacts{Contributor: p.ContributorID, Recipient: p.RecipientID, Referral: p.ReferralID,
			Purpose: string(p.Purpose), Categories: words(p.Categories), From: p.ValidFrom, Until: p.ValidUntil})
	}
	return err
}

func (o *Op) referralFacts(ctx context.Context, g *gathered) error {
	rows, err := o.Referral.Query().Where(referral.CaseIDIn(g.ids...)).Order(ent.Asc(referral.FieldOfferedOn, referral.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f, names := g.to(r.CaseID)
		names[r.FromID], names[r.ToID] = true, true
		fact := rule.ReferralFacts{
			ID: r.ID, From: r.FromID, To: r.ToID, Unit: r.UnitID, Purpose: string(r.Purpose), State: string(r.State),
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

func (o *Op) assignmentFacts(ctx context.Context, g *gathered) error {
	rows, err := o.Assignment.Query().Where(assignment.CaseIDIn(g.ids...), assignment.EndedOnIsNil()).Order(ent.Asc(assignment.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, a := range rows {
		f, names := g.to(a.CaseID)
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

// agencyFacts reads, for each of the cases, the agencies that are named in its facts and
// the agreements of which two of them are parties.
func (o *Op) agencyFacts(ctx context.Context, cases ...*Versioned) error {
	every := map[string]bool{}
	for _, c := range cases {
		for id := range c.names {
			every[id] = true
		}
	}
	ids := slices.Sorted(maps.Keys(every))
	rows, err := o.Agency.Query().Where(agency.IDIn(ids...)).All(ctx)
	if err != nil {
		return err
	}
	kinds := map[string]rule.AgencyFacts{}
	for _, a := range rows {
		kinds[a.ID] = rule.AgencyFacts{Kind: string(a.Kind)}
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
	terms, of := make([]rule.AgreementFacts, len(signed)), map[string][]int{}
	for i, a := range signed {
		terms[i] = rule.AgreementFacts{
			ID: a.ID, Purposes: words(a.Purposes), Categories: words(a.Categories), CaseKinds: words(a.CaseKinds),
			From: a.ValidFrom, Until: a.ValidUntil, Onward: string(a.Onward), AtEnd: string(a.AtEnd), RetentionDays: a.RetentionDays,
		}
		for _, p := range a.Edges.Parties {
			terms[i].Parties = append(terms[i].Parties, p.AgencyID)
			of[p.AgencyID] = append(of[p.AgencyID], i)
		}
	}
	for _, c := range cases {
		c.addAgencies(kinds, terms, of)
	}
	return nil
}

// addAgencies adds to the facts the kinds of the agencies named in them, and of all terms
// those that two of them are parties of; of says by agency which it is a party of.
func (v *Versioned) addAgencies(kinds map[string]rule.AgencyFacts, terms []rule.AgreementFacts, of map[string][]int) {
	var mine []int
	for id := range v.names {
		if k, known := kinds[id]; known {
			v.Agencies[id] = k
		}
		mine = append(mine, of[id]...)
	}
	slices.Sort(mine)
	for _, i := range slices.Compact(mine) {
		fact := terms[i]
		fact.Parties = nil
		for _, p := range terms[i].Parties {
			if v.names[p] {
				fact.Parties = append(fact.Parties, p)
			}
		}
		if len(fact.Parties) < 2 {
			continue
		}
		slices.Sort(fact.Parties)
		for _, p := range fact.Parties {
			v.Agreements[p] = append(v.Agreements[p], fact)
		}
	}
}

func words[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}
