package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/viewer"
)

// example is the story that an example of docs/policy.md tells, line by line, as facts.
// Days pass as the story says; everything that somebody says holds a year.
type example struct {
	facts *rule.Facts
	now   int64
	ids   int
}

// stage holds the agencies of the stories: who they are called and of which kind they are.
var stage = map[string]string{
	"union": "UNION", "NGO": "NGO", "shelter": "SHELTER", "hospital": "HEALTH", "police": "POLICE", "prosecutor": "PROSECUTOR", "court": "COURT", "body": "COORDINATION_BODY",
	"ministry": "MINISTRY", "organisation": "INTERNATIONAL_ORGANISATION", "counterpart": "REGIONAL_COUNTERPART", "lawyers": "LEGAL_AID",
}

const yearLong = 365 * dayLong

func newExample() *example {
	e := &example{now: minorNow, facts: &rule.Facts{
		Case:     rule.CaseFacts{ID: "case", Owner: "union", Kind: "PRESUMED_VICTIM", AdultFrom: minorNow - 12*yearLong, DeceasedAt: -1},
		Agencies: map[string]rule.AgencyFacts{}, Recordings: map[string]rule.Statements{}, Consents: map[string]rule.Statements{},
		Referrals: map[string][]rule.ReferralFacts{}, Agreements: map[string][]rule.AgreementFacts{}, Assignments: map[string][]string{}, Contributors: []string{},
		Guardians: map[string]rule.GuardianFacts{}, BestInterests: map[string]rule.BestInterestsFacts{}, Incapacities: []rule.IntervalFacts{}, Recoveries: []rule.RecoveryFacts{},
		LegalBases: map[string]rule.LegalBasisFacts{}, Permissions: []rule.PermissionFacts{}, BreakGlass: []rule.GlassFacts{},
	}}
	for agency, kind := range stage {
		e.facts.Agencies[agency] = rule.AgencyFacts{Kind: kind}
		e.facts.Assignments[agency] = []string{"worker of the " + agency}
	}
	return e
}

func (e *example) id() string {
	e.ids++
	return strconv.Itoa(e.ids)
}

// named reads categories, "everything" being all.
func named(list string) []string {
	if list == "everything" {
		var all []string
		for _, c := range category.Shareable() {
			all = append(all, string(c))
		}
		return all
	}
	return strings.Fields(strings.ReplaceAll(strings.ReplaceAll(list, ",", " "), " and ", " "))
}

// statement is what somebody says now.
func (e *example) statement(voice, decision string, categories []string, how string) rule.StatementFacts {
	s := rule.StatementFacts{
		Consent: "statement " + e.id(), Decision: decision, Strength: "FULL", Voice: voice, Basis: "CONSENT", Singly: len(categories) == 1,
		Free: true, GivenAt: e.now, From: e.now, Until: e.now + yearLong, Contributors: []string{},
	}
	s.Provision = s.Consent
	for _, word := range strings.Split(how, ", ") {
		switch {
		case word == "":
		case word == "in writing":
			s.Written = true
		case word == "with her views":
			s.Views = true
		case word == "mature and safe":
			s.Mature, s.Written = true, true
		case word == "apart, after legal advice", word == "apart and advised":
			s.Alone, s.Advised = true, true
		case word == "to a class of agencies":
			s.ByClass = true
		case word == "through a relative":
			s.Strength = "PROVISIONAL"
		case word == "to be passed on":
			s.Onward = true
		case word == "in custody":
			s.Strength, s.Free = "PROVISIONAL", false
		case strings.HasPrefix(word, "in its "):
			s.Unit = strings.TrimSuffix(strings.TrimPrefix(word, "in its "), " unit")
		case strings.HasPrefix(word, "with the rows of the "):
			s.Contributors = append(s.Contributors, strings.TrimPrefix(word, "with the rows of the "))
		default:
			panic("no such way to say something: " + word)
		}
	}
	return s
}

// say keeps a statement about an agency, purpose and categories.
func say(into map[string]rule.Statements, agency string, purposes, categories []string, s rule.StatementFacts) {
	if into[agency] == nil {
		into[agency] = rule.Statements{}
	}
	for _, p := range purposes {
		if into[agency][p] == nil {
			into[agency][p] = map[string][]rule.StatementFacts{}
		}
		for _, c := range categories {
			into[agency][p][c] = append(into[agency][p][c], s)
		}
	}
}

// step is one kind of line that a story may hold.
type step struct {
	line string // a regular expression
	do   func(e *example, m []string)
}

var steps = []step{
	{`She is (\d+)`, func(e *example, m []string) {
		age, _ := strconv.ParseInt(m[1], 10, 64)
		e.facts.Case.AdultFrom = e.now + (18-age)*yearLong + 18*dayLong/4
	}},
	{`Nobody knows her age`, func(e *example, _ []string) { e.facts.Case.AdultFrom = -1 }},
	{`The (\w+) records (.+) for (.+), as she (permits|refuses)`, func(e *example, m []string) {
		say(e.facts.Recordings, m[1], named(m[3]), named(m[2]), e.statement("PERSON", said[m[4]], named(m[2]), ""))
		if m[1] != e.facts.Case.Owner && !slices.Contains(e.facts.Contributors, m[1]) {
			e.facts.Contributors = append(e.facts.Contributors, m[1])
		}
	}},
	{`She (permits|refuses) the (\w+) (.+) for ([A-Z_]+)(?:, (.+))?`, func(e *example, m []string) {
		say(e.facts.Consents, m[2], []string{m[4]}, named(m[3]), e.statement("PERSON", said[m[1]], named(m[3]), m[5]))
	}},
	{`Her (mother|father|uncle) (permits|refuses) the (\w+) (.+) for ([A-Z_]+)(?:, (.+))?`, func(e *example, m []string) {
		s := e.statement("CAREGIVER", said[m[2]], named(m[4]), m[6])
		if s.Guardian = m[1]; e.facts.Guardians[m[1]].Until == 0 {
			e.facts.Guardians[m[1]] = rule.GuardianFacts{Until: rule.Forever}
		}
		say(e.facts.Consents, m[3], []string{m[5]}, named(m[4]), s)
	}},
	{`Her (mother|father|uncle) is in conflict`, func(e *example, m []string) {
		e.facts.Guardians[m[1]] = rule.GuardianFacts{Conflict: true, Until: rule.Forever}
	}},
	{`Her (mother|father|uncle) is of the (\w+)`, func(e *example, m []string) {
		e.facts.Guardians[m[1]] = rule.GuardianFacts{Agency: m[2], Until: rule.Forever}
	}},
	{`(A panel of three from two agencies|A panel of two|Case worker and supervisor|The case worker alone) decides? (for|against) the (\w+) (.+) for ([A-Z_]+)(, in place of all voices)?`, func(e *example, m []string) {
		id := "decision " + e.id()
		d := rule.BestInterestsFacts{Kind: "DETERMINATION", StandsFor: []string{}, ReviewAt: e.now + yearLong, Signed: panels[m[1]]}
		if strings.HasPrefix(strings.ToLower(m[1]), "case worker") || strings.HasPrefix(m[1], "The case worker") {
			d.Kind = "ASSESSMENT"
		}
		if m[6] != "" {
			d.StandsFor = []string{"PERSON", "CAREGIVER"}
		}
		e.facts.BestInterests[id] = d
		s := e.statement("BEST_INTERESTS", map[string]string{"for": "PERMIT", "against": "DENY"}[m[2]], named(m[4]), "")
		s.BestInterests = id
		say(e.facts.Consents, m[3], []string{m[5]}, named(m[4]), s)
	}},
	{`She cannot decide for (\d+) days`, func(e *example, m []string) {
		e.facts.Incapacities = append(e.facts.Incapacities, rule.IntervalFacts{From: e.now, Until: e.now + days(m[1])})
	}},
	{`Her recovery and reflection begins, for (\d+) days`, func(e *example, m []string) {
		e.facts.Recoveries = append(e.facts.Recoveries, rule.RecoveryFacts{From: e.now, Until: e.now + days(m[1])})
	}},
	{`She asks for justice herself`, func(e *example, _ []string) {
		for i := range e.facts.Recoveries {
			e.facts.Recoveries[i].Asked = true
		}
	}},
	{`She dies`, func(e *example, _ []string) { e.facts.Case.DeceasedAt = e.now }},
	{`The (\w+) and the (\w+) agree on (.+) for ([A-Z_ ]+)(, with onward sharing|, with onward sharing once it is asked)?`, func(e *example, m []string) {
		a := rule.AgreementFacts{ID: "agreement " + e.id(), Parties: []string{m[1], m[2]}, Categories: named(m[3]), Purposes: named(m[4]),
			CaseKinds: []string{"PRESUMED_VICTIM"}, From: e.now, Until: e.now + yearLong, Onward: onwards[m[5]], AtEnd: "DELETE"}
		for _, p := range a.Parties {
			e.facts.Agreements[p] = append(e.facts.Agreements[p], a)
		}
	}},
	{`The agreements end`, func(e *example, _ []string) {
		for _, list := range e.facts.Agreements {
			for i := range list {
				list[i].Until = e.now
			}
		}
	}},
	{`The (\w+) refers her to the (\w+), (.+) for ([A-Z_]+)(?:, in its (\w+) unit)?`, func(e *example, m []string) {
		e.facts.Referrals[m[2]] = append(e.facts.Referrals[m[2]], rule.ReferralFacts{
			ID: "referral " + e.id(), From: m[1], To: m[2], Unit: m[5], Purpose: m[4], Categories: named(m[3]), State: "OFFERED",
			OfferedAt: e.now, ReplyBy: e.now + 7*dayLong, AcceptedAt: -1, Until: e.now + yearLong,
		})
	}},
	{`The (\w+) passes her on to the (\w+), (.+) for ([A-Z_]+)`, func(e *example, m []string) {
		first := e.facts.Referrals[m[1]]
		e.facts.Referrals[m[2]] = append(e.facts.Referrals[m[2]], rule.ReferralFacts{
			ID: "referral " + e.id(), From: m[1], To: m[2], OnwardOf: first[len(first)-1].ID, Purpose: m[4], Categories: named(m[3]), State: "OFFERED",
			OfferedAt: e.now, ReplyBy: e.now + 7*dayLong, AcceptedAt: -1, Until: e.now + yearLong,
		})
	}},
	{`The (\w+) (lets the|grants the) (\w+) (?:have )?(.+) for ([A-Z_]+)(?:, as it is passed on)?`, func(e *example, m []string) {
		p := rule.PermissionFacts{Contributor: m[1], Recipient: m[3], Purpose: m[5], Categories: named(m[4]), From: e.now, Until: e.now + yearLong}
		if list := e.facts.Referrals[m[3]]; m[2] == "grants the" {
			p.Referral = list[len(list)-1].ID
		}
		e.facts.Permissions = append(e.facts.Permissions, p)
	}},
	{`The (\w+) takes its decision back`, func(e *example, m []string) {
		e.facts.Permissions = slices.DeleteFunc(e.facts.Permissions, func(p rule.PermissionFacts) bool { return p.Contributor == m[1] })
	}},
	{`The (\w+) (accepts|declines|completes)`, func(e *example, m []string) {
		list := e.facts.Referrals[m[1]]
		r := &list[len(list)-1]
		if r.State = map[string]string{"accepts": "ACCEPTED", "declines": "DECLINED", "completes": "COMPLETED"}[m[2]]; m[2] == "accepts" {
			r.AcceptedAt = e.now
		}
	}},
	{`The referral is revoked`, func(e *example, _ []string) {
		for _, list := range e.facts.Referrals {
			for i := range list {
				list[i].State = "REVOKED"
			}
		}
	}},
	{`The (\w+) has an? (court's order|statutory duty|vital interest) for the (\w+)'s (.+) for ([A-Z_]+)(, checked by the (\w+))?`, func(e *example, m []string) {
		b := rule.LegalBasisFacts{
			Kind: bases[m[2]], Requester: m[1], Contributor: m[3], Purpose: m[5], Categories: named(m[4]), State: "WAITING",
			EnteredBy: "worker of the " + m[1], CheckedAt: -1, From: e.now, Until: e.now + yearLong,
		}
		if m[6] != "" {
			b.State, b.CheckedAgency, b.CheckedBy, b.CheckedAt = "CONFIRMED", m[7], "focal point of the "+m[7], e.now
		}
		e.facts.LegalBases["basis "+e.id()] = b
	}},
	{`Somebody of the (\w+) breaks glass, (.+) for ([A-Z_]+)`, func(e *example, m []string) {
		e.facts.BreakGlass = append(e.facts.BreakGlass, rule.GlassFacts{
			ID: "glass " + e.id(), Agency: m[1], Member: "worker of the " + m[1], Owner: e.facts.Case.Owner, Purpose: m[3], Categories: named(m[2]),
			From: e.now, Until: e.now + dayLong/6,
		})
	}},
	{`The case is locked`, func(e *example, _ []string) { e.facts.Locked = true }},
	{`(\d+) days pass`, func(e *example, m []string) { e.now += days(m[1]) }},
}

// onwards are what an agreement says of passing on.
var onwards = map[string]string{"": "NO", ", with onward sharing": "YES", ", with onward sharing once it is asked": "ASK"}

var bases = map[string]string{"court's order": "COURT_ORDER", "statutory duty": "STATUTORY_DUTY", "vital interest": "VITAL_INTEREST"}

var said = map[string]string{"permits": "PERMIT", "refuses": "DENY"}

var panels = map[string][]rule.SignatureFacts{
	"A panel of three from two agencies": {{As: "PANEL", Agency: "union", Member: "a"}, {As: "PANEL", Agency: "union", Member: "b"}, {As: "PANEL", Agency: "shelter", Member: "c"}},
	"A panel of two":                     {{As: "PANEL", Agency: "union", Member: "a"}, {As: "PANEL", Agency: "shelter", Member: "c"}},
	"Case worker and supervisor":         {{As: "WORKER", Agency: "union", Member: "a"}, {As: "SUPERVISOR", Agency: "union", Member: "b"}},
	"The case worker alone":              {{As: "WORKER", Agency: "union", Member: "a"}},
}

func days(n string) int64 {
	d, _ := strconv.ParseInt(n, 10, 64)
	return d * dayLong
}

// look is one kind of line that says what is so now. The first that fits counts.
type look struct {
	line string
	got  func(e *example, p *Policy, m []string) (got, want string, err error)
}

var looks = []look{
	{`The (\w+) sees (the|no) preview for ([A-Z_]+)`, func(e *example, p *Policy, m []string) (string, string, error) {
		rows, err := e.held(p, m[1], m[3])
		got := "no"
		for _, a := range rows {
			if a.Action == rule.ActionPreview {
				got = "the"
			}
		}
		return got, m[2], err
	}},
	{`In its (\w+) unit the (\w+) sees (.+) for ([A-Z_]+)`, func(e *example, p *Policy, m []string) (string, string, error) {
		return e.sees(p, m[1], "The ", m[2], m[3], "union", m[4])
	}},
	{`(The )(\w+) sees (.+) of the (\w+)'s for ([A-Z_]+)`, func(e *example, p *Policy, m []string) (string, string, error) {
		return e.sees(p, "", m[1], m[2], m[3], m[4], m[5])
	}},
	{`(A supervisor of the |The )(\w+) sees (.+) for ([A-Z_]+)`, func(e *example, p *Policy, m []string) (string, string, error) {
		return e.sees(p, "", m[1], m[2], m[3], "union", m[4])
	}},
	{`The (\w+) may (add|correct) (.+) for ([A-Z_]+)`, func(e *example, p *Policy, m []string) (string, string, error) {
		rows, err := e.held(p, m[1], m[4])
		var got []string
		for _, a := range rows {
			if a.Action == strings.ToUpper(m[2]) && a.Member == m[1] {
				got = append(got, a.Categories...)
			}
		}
		return listed(got), wanted(m[3]), err
	}},
	{`The (\w+) must keep to ([A-Z_ ]+) for ([A-Z_]+)`, func(e *example, p *Policy, m []string) (string, string, error) {
		rows, err := e.held(p, m[1], m[3])
		var got []string
		for _, a := range rows {
			got = append(got, a.Obligations...)
		}
		return listed(got), wanted(m[2]), err
	}},
	{`An? (active|suspended) (case worker|supervisor|agency administrator|platform administrator|focal point|auditor|analyst|oversight member) of the (\w+) (may|may not) ([A-Z_]+)(?: for ([A-Z_]+))?(, with a second factor)?`,
		func(_ *example, p *Policy, m []string) (string, string, error) {
			d, err := p.Act(ctxOf(), Request{Action: Action(m[5]), Purpose: category.Purpose(m[6]), Viewer: Actor{
				Agency: m[3], AgencyKind: stage[m[3]], AgencyActive: m[1] == "active", Member: "m", MemberActive: true, Roles: []viewer.Role{roleWords[m[2]]}, SecondFactor: m[7] != "",
			}})
			return map[bool]string{true: "may", false: "may not"}[d.Allow], m[4], err
		}},
}

var roleWords = map[string]viewer.Role{
	"case worker": viewer.CaseWorker, "supervisor": viewer.Supervisor, "agency administrator": viewer.AgencyAdministrator,
	"platform administrator": viewer.PlatformAdministrator, "focal point": viewer.DataProtection, "auditor": viewer.Auditor, "oversight member": viewer.OversightPanelMember, "analyst": viewer.Analyst,
}

// held is what an agency holds now for a purpose.
func (e *example) held(p *Policy, agency, purpose string) ([]rule.Access, error) {
	if stage[agency] == "" {
		return nil, fmt.Errorf("no story knows the %s", agency)
	}
	rows, err := p.Access(ctxOf(), e.facts)
	return slices.DeleteFunc(rows, func(a rule.Access) bool {
		return a.Grantee != agency || a.Purpose != purpose || e.now < a.From || a.Until <= e.now
	}), err
}

// sees is what the case worker or the supervisor of an agency, in a unit of it or in none,
// reads of a contributor's rows.
func (e *example) sees(p *Policy, unit, who, agency, want, contributor, purpose string) (string, string, error) {
	rows, err := e.held(p, agency, purpose)
	holder := "worker of the " + agency
	if who != "The " {
		holder = ""
	}
	var got []string
	for _, a := range rows {
		if a.Action == rule.ActionRead && a.Member == holder && (a.Unit == "" || a.Unit == unit) && a.Contributor == contributor {
			got = append(got, a.Categories...)
		}
	}
	return listed(got), wanted(want), err
}

// listed are categories or words, sorted; CASE, which goes with any other, is left out.
func listed(words []string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "CASE" })
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

func wanted(list string) string {
	if list == "nothing" {
		return ""
	}
	return listed(named(list))
}
