package policy

import (
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/ent/rule"
)

// factsValue makes the engine's input of the facts, field by field as their JSON
// names say, without the detour through JSON. A nil map or slice is an empty one.
func factsValue(f *rule.Facts) ast.Value {
	return object(
		"case", object("id", text(f.Case.ID), "owner", text(f.Case.Owner), "kind", text(f.Case.Kind),
			"adult_from", number(f.Case.AdultFrom), "deceased_at", number(f.Case.DeceasedAt)),
		"agencies", byKey(f.Agencies, func(a rule.AgencyFacts) ast.Value { return object("kind", text(a.Kind)) }),
		"recordings", byKey(f.Recordings, statementsValue),
		"consents", byKey(f.Consents, statementsValue),
		"referrals", byKey(f.Referrals, each(referralValue)),
		"agreements", byKey(f.Agreements, each(agreementValue)),
		"assignments", byKey(f.Assignments, each(text[string])),
		"contributors", each(text[string])(f.Contributors),
		"guardians", byKey(f.Guardians, guardianValue),
		"best_interests", byKey(f.BestInterests, bestInterestsValue),
		"incapacities", each(intervalValue)(f.Incapacities),
		"recoveries", each(recoveryValue)(f.Recoveries),
		"legal_bases", byKey(f.LegalBases, legalBasisValue),
		"permissions", each(permissionValue)(f.Permissions),
		"locked", ast.Boolean(f.Locked),
		"break_glass", each(glassValue)(f.BreakGlass),
	)
}

func glassValue(g rule.GlassFacts) ast.Value {
	return object("id", text(g.ID), "agency", text(g.Agency), "member", text(g.Member), "owner", text(g.Owner), "purpose", text(g.Purpose),
		"categories", each(text[string])(g.Categories), "from", number(g.From), "until", number(g.Until))
}

func guardianValue(g rule.GuardianFacts) ast.Value {
	return object("conflict", ast.Boolean(g.Conflict), "agency", text(g.Agency), "from", number(g.From), "until", number(g.Until))
}

func bestInterestsValue(b rule.BestInterestsFacts) ast.Value {
	return object("kind", text(b.Kind), "stands_for", each(text[string])(b.StandsFor), "review_at", number(b.ReviewAt),
		"signed", each(signatureValue)(b.Signed))
}

func signatureValue(s rule.SignatureFacts) ast.Value {
	return object("as", text(s.As), "agency", text(s.Agency), "member", text(s.Member))
}

func recoveryValue(r rule.RecoveryFacts) ast.Value {
	return object("from", number(r.From), "until", number(r.Until), "asked", ast.Boolean(r.Asked))
}

func legalBasisValue(b rule.LegalBasisFacts) ast.Value {
	return object("kind", text(b.Kind), "requester", text(b.Requester), "contributor", text(b.Contributor), "purpose", text(b.Purpose),
		"categories", each(text[string])(b.Categories), "state", text(b.State), "entered_by", text(b.EnteredBy),
		"checked_agency", text(b.CheckedAgency), "checked_by", text(b.CheckedBy), "checked_at", number(b.CheckedAt),
		"from", number(b.From), "until", number(b.Until))
}

func permissionValue(p rule.PermissionFacts) ast.Value {
	return object("contributor", text(p.Contributor), "recipient", text(p.Recipient), "referral", text(p.Referral),
		"purpose", text(p.Purpose), "categories", each(text[string])(p.Categories), "from", number(p.From), "until", number(p.Until))
}

func intervalValue(i rule.IntervalFacts) ast.Value {
	return object("from", number(i.From), "until", number(i.Until))
}

func statementsValue(s rule.Statements) ast.Value {
	return byKey(s, func(byCategory map[string][]rule.StatementFacts) ast.Value {
		return byKey(byCategory, each(statementValue))
	})
}

func statementValue(s rule.StatementFacts) ast.Value {
	return object(
		"consent", text(s.Consent), "provision", text(s.Provision), "decision", text(s.Decision),
		"strength", text(s.Strength), "voice", text(s.Voice), "guardian", text(s.Guardian),
		"best_interests", text(s.BestInterests), "basis", text(s.Basis),
		"unit", text(s.Unit), "by_class", ast.Boolean(s.ByClass), "singly", ast.Boolean(s.Singly), "onward", ast.Boolean(s.Onward),
		"written", ast.Boolean(s.Written), "views", ast.Boolean(s.Views), "mature", ast.Boolean(s.Mature),
		"free", ast.Boolean(s.Free), "advised", ast.Boolean(s.Advised), "alone", ast.Boolean(s.Alone),
		"given_at", number(s.GivenAt), "from", number(s.From), "until", number(s.Until),
		"contributors", each(text[string])(s.Contributors),
	)
}

func referralValue(r rule.ReferralFacts) ast.Value {
	return object(
		"id", text(r.ID), "from", text(r.From), "to", text(r.To), "unit", text(r.Unit), "purpose", text(r.Purpose),
		"categories", each(text[string])(r.Categories), "state", text(r.State),
		"offered_at", number(r.OfferedAt), "reply_by", number(r.ReplyBy),
		"accepted_at", number(r.AcceptedAt), "until", number(r.Until), "onward_of", text(r.OnwardOf),
	)
}

func agreementValue(a rule.AgreementFacts) ast.Value {
	texts := each(text[string])
	return object(
		"id", text(a.ID), "parties", texts(a.Parties), "purposes", texts(a.Purposes),
		"categories", texts(a.Categories), "case_kinds", texts(a.CaseKinds),
		"from", number(a.From), "until", number(a.Until),
		"onward", text(a.Onward), "at_end", text(a.AtEnd), "retention_days", number(int64(a.RetentionDays)),
	)
}

func object(pairs ...any) ast.Value {
	o := ast.NewObjectWithCapacity(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		o.Insert(ast.InternedTerm(pairs[i].(string)), ast.NewTerm(pairs[i+1].(ast.Value)))
	}
	return o
}

func byKey[K ~string, V any](m map[K]V, value func(V) ast.Value) ast.Value {
	o := ast.NewObjectWithCapacity(len(m))
	for k, v := range m {
		o.Insert(ast.StringTerm(string(k)), ast.NewTerm(value(v)))
	}
	return o
}

func each[V any](value func(V) ast.Value) func([]V) ast.Value {
	return func(list []V) ast.Value {
		terms := make([]*ast.Term, len(list))
		for i, v := range list {
			terms[i] = ast.NewTerm(value(v))
		}
		return ast.NewArray(terms...)
	}
}

func text[T ~string](s T) ast.Value { return ast.String(s) }

func number(n int64) ast.Value { return ast.Number(strconv.FormatInt(n, 10)) }
