package proof

import (
	"slices"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/test/proof/model"
)

// facts are a case as the store reads it for policy: TestThreeJudges compares them with
// what the store does read.
func facts(c *model.Case) *rule.Facts {
	f := &rule.Facts{
		Case:     rule.CaseFacts{ID: c.ID, Owner: c.Owner, Kind: c.Kind, AdultFrom: c.AdultFrom, DeceasedAt: c.Died},
		Agencies: map[string]rule.AgencyFacts{}, Recordings: map[string]rule.Statements{}, Consents: map[string]rule.Statements{},
		Referrals: map[string][]rule.ReferralFacts{}, Agreements: map[string][]rule.AgreementFacts{}, Assignments: map[string][]string{},
		Contributors: append([]string{}, c.Contributors...), Guardians: map[string]rule.GuardianFacts{}, BestInterests: map[string]rule.BestInterestsFacts{},
		Incapacities: []rule.IntervalFacts{}, Recoveries: []rule.RecoveryFacts{},
		LegalBases: map[string]rule.LegalBasisFacts{}, Permissions: []rule.PermissionFacts{}, Locked: c.Locked, BreakGlass: []rule.GlassFacts{},
	}
	for id, a := range c.Agencies {
		f.Agencies[id] = rule.AgencyFacts{Kind: a.Kind}
	}
	for _, s := range c.Recordings {
		stated(f.Recordings, s)
	}
	for _, s := range c.Statements {
		stated(f.Consents, s)
	}
	for _, r := range c.Referrals {
		f.Referrals[r.To] = append(f.Referrals[r.To], rule.ReferralFacts{ID: r.ID, From: r.From, To: r.To, Unit: r.Unit, Purpose: r.Purpose, Categories: r.Categories, State: r.State,
			OfferedAt: r.Offered, ReplyBy: r.ReplyBy, AcceptedAt: r.Accepted, Until: r.Until, OnwardOf: r.OnwardOf})
	}
	for _, a := range c.Agreements {
		for _, p := range a.Parties {
			f.Agreements[p] = append(f.Agreements[p], rule.AgreementFacts{ID: a.ID, Parties: a.Parties, Purposes: a.Purposes, Categories: a.Categories, CaseKinds: a.Kinds, From: a.From, Until: a.Until,
				Onward: a.Onward, AtEnd: "DELETE"})
		}
	}
	for agency, in := range c.Assigned {
		f.Assignments[agency] = slices.Clone(in)
	}
	spoken(c, f)
	beside(c, f)
	return f
}

func spoken(c *model.Case, f *rule.Facts) {
	for id, g := range c.Guardians {
		f.Guardians[id] = rule.GuardianFacts{Conflict: g.Conflict, Agency: g.Agency, From: g.From, Until: g.Until}
	}
	for id, d := range c.Decisions {
		b := rule.BestInterestsFacts{Kind: "ASSESSMENT", StandsFor: d.StandsFor, ReviewAt: d.Review, Signed: []rule.SignatureFacts{}}
		if d.Determination {
			b.Kind = "DETERMINATION"
		}
		for _, s := range d.Signed {
			b.Signed = append(b.Signed, rule.SignatureFacts{As: s.As, Agency: s.Agency, Member: s.Member})
		}
		f.BestInterests[id] = b
	}
	for _, s := range c.Incapable {
		f.Incapacities = append(f.Incapacities, rule.IntervalFacts{From: s.From, Until: s.Until})
	}
	for _, s := range c.Recoveries {
		f.Recoveries = append(f.Recoveries, rule.RecoveryFacts{From: s.From, Until: s.Until, Asked: s.Asked})
	}
}

// beside adds what opens without her consent, and what contributors decide. What waits or
// was refused is no fact.
func beside(c *model.Case, f *rule.Facts) {
	for _, b := range c.Bases {
		if b.Checked >= 0 {
			f.LegalBases[b.ID] = rule.LegalBasisFacts{Kind: b.Kind, Requester: b.Requester, Contributor: b.Contributor, Purpose: b.Purpose, Categories: b.Categories, State: "CONFIRMED",
				EnteredBy: b.EnteredBy, CheckedAgency: b.CheckedAgency, CheckedBy: b.CheckedBy, CheckedAt: b.Checked, From: b.From, Until: b.Until}
		}
	}
	for _, p := range c.Permissions {
		if !p.Refused {
			f.Permissions = append(f.Permissions, rule.PermissionFacts{Contributor: p.Contributor, Recipient: p.Recipient, Referral: p.Referral, Purpose: p.Purpose, Categories: p.Categories, From: p.From, Until: p.Until})
		}
	}
	for _, g := range c.Glasses {
		f.BreakGlass = append(f.BreakGlass, rule.GlassFacts{ID: g.ID, Agency: g.Agency, Member: g.Member, Owner: g.Owner, Purpose: g.Purpose, Categories: g.Categories, From: g.From, Until: g.Until})
	}
}

func stated(into map[string]rule.Statements, s model.Statement) {
	fact := rule.StatementFacts{Consent: s.Consent, Provision: "provision_" + s.Consent, Decision: "PERMIT", Strength: "FULL", Voice: s.Voice, Basis: s.Basis,
		Unit: s.Unit, ByClass: s.ByClass, Singly: len(s.Categories) == 1, Guardian: s.Guardian, BestInterests: s.Decision, Written: s.Written, Views: s.Views, Mature: s.Mature,
		Free: s.Free, Advised: s.Advised, Onward: s.Onward && !s.No, Alone: len(s.Purposes) == 1, GivenAt: s.Given, From: s.From, Until: s.Until, Contributors: append([]string{}, s.Contributors...)}
	if s.No {
		fact.Decision = "DENY"
	}
	if s.Provisional && s.Basis == "CONSENT" {
		fact.Strength = "PROVISIONAL"
	}
	if into[s.About] == nil {
		into[s.About] = rule.Statements{}
	}
	for _, p := range s.Purposes {
		if into[s.About][p] == nil {
			into[s.About][p] = map[string][]rule.StatementFacts{}
		}
		for _, c := range s.Categories {
			into[s.About][p][c] = append(into[s.About][p][c], fact)
		}
	}
}

// decided is what stored accesses say to a question, with the gates of agencies and
// agreements that they pass.
func decided(accesses []rule.Access, c *model.Case, q model.Question) bool {
	if c.Shut[q.Agency] {
		return false
	}
	return slices.ContainsFunc(accesses, func(a rule.Access) bool {
		return a.Action == rule.ActionRead && a.Grantee == q.Agency && a.Purpose == q.Purpose && slices.Contains(a.Categories, q.Category) &&
			(q.Category == "CASE" || a.Contributor == q.Contributor) && a.From <= q.At && q.At < a.Until && heldBy(a, c, q) && passes(a, c)
	})
}

func heldBy(a rule.Access, c *model.Case, q model.Question) bool {
	if a.Unit != "" && !slices.Contains(c.In[q.Member], a.Unit) {
		return false
	}
	return a.Member == q.Member || a.Member == q.Agency && c.Agencies[q.Agency].Whole && !q.Supervisor || a.Member == "" && q.Supervisor
}

func passes(a rule.Access, c *model.Case) bool {
	for _, g := range c.Agreements {
		if g.Suspended && (g.ID == a.Agreement || g.ID == a.ReferralAgreement || g.ID == a.FirstAgreement) {
			return false
		}
	}
	return !c.Shut[a.Referrer] && !c.Shut[a.Contributor] && !c.Shut[a.FirstReferrer]
}
