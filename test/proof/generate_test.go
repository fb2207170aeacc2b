package proof

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/sala-exchange/sala/test/proof/model"
)

// agent is an agency with those whose questions are asked.
type agent struct {
	id, kind                      string
	whole                         bool
	worker, colleague, supervisor string
	units                         [2]string // worker and supervisor are in the first, the colleague in the other
}

// maker makes cases at random. What it makes are facts as they are stored, not only such
// as verbs would store: what policy opens is asked whatever the facts.
type maker struct {
	*rand.Rand
	cast []agent
	now  int64 // all that was said was said before
	n    int
}

var (
	purposes = []string{"IDENTIFICATION", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING", "JUSTICE", "LEGAL_AID", "STATISTICS", "OVERSIGHT"}
	states   = []string{"OFFERED", "INFORMATION_ASKED", "WAITING", "ACCEPTED_IN_PART", "DECLINED", "REVOKED", "COMPLETED", "EXPIRED"}
	kinds    = []string{"PRESUMED_VICTIM", "IDENTIFIED_VICTIM", "VULNERABLE_MIGRANT", "SMUGGLED_MIGRANT", "CHILD_AT_RISK", "OTHER"}
)

func (g *maker) id(prefix string) string { g.n++; return fmt.Sprintf("%s_%x_%d", prefix, g.now, g.n) }

func (g *maker) odds(n int) bool { return g.IntN(n) == 0 }

func one[T any](g *maker, of []T) T { return of[g.IntN(len(of))] }

// some is a subset in which each is left out once in n.
func some(g *maker, of []string, n int) []string {
	out := []string{}
	for _, s := range of {
		if !g.odds(n) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		out = append(out, one(g, of))
	}
	return out
}

// ago is a time within some days before now, by whole days so that some are the same.
func (g *maker) ago(days int) int64 { return g.now - int64(1+g.IntN(days))*model.Day }

func (g *maker) ahead(days int) int64 { return g.now + int64(1+g.IntN(days))*model.Day }

// agreements of agencies at random, so many that most pairs have one.
func (g *maker) agreements() (out []model.Agreement) {
	for i := range g.cast {
		for k := range 3 {
			with := one(g, g.cast)
			if k == 0 {
				with = g.cast[0]
			}
			if with.id == g.cast[i].id {
				continue
			}
			a := model.Agreement{ID: g.id("agreement"), Parties: []string{g.cast[i].id, with.id}, Purposes: some(g, purposes[:7], 8), Categories: some(g, model.Categories()[1:], 12),
				Kinds: some(g, kinds, 12), From: g.ago(90), Until: g.ahead(4000), Suspended: g.odds(9), Onward: one(g, []string{"YES", "YES", "ASK", "ASK", "NO"})}
			if g.odds(3) {
				if third := one(g, g.cast).id; !slices.Contains(a.Parties, third) {
					a.Parties = append(a.Parties, third)
				}
			}
			if g.odds(10) {
				a.From, a.Until = g.ahead(20), g.ahead(400)+20*model.Day
			}
			out = append(out, a)
		}
	}
	return out
}

// adultFrom is an age: unknown, any band and its edges, eighteen lately or long since.
func (g *maker) adultFrom() int64 {
	edge := int64(g.IntN(40)-20) * model.Day
	switch g.IntN(8) {
	case 0:
		return -1
	case 1, 2:
		return g.now - int64(1000+g.IntN(9000))*model.Day
	case 3:
		return g.now - int64(g.IntN(40)-5)*model.Day // eighteen lately, or soon
	case 4:
		return g.now + int64(1+g.IntN(1090))*model.Day
	case 5:
		return g.now + 1095*model.Day + edge
	case 6:
		return g.now + 2191*model.Day + edge
	}
	return g.now + 4382*model.Day + edge*4
}

// make a case under agreements.
func (g *maker) make(agreements []model.Agreement, shut map[string]bool) *model.Case {
	c := &model.Case{ID: g.id("case"), Kind: one(g, kinds), AdultFrom: g.adultFrom(), Died: -1, Agencies: map[string]model.Agency{}, Shut: shut,
		Agreements: agreements, Assigned: map[string][]string{}, In: map[string][]string{}, Guardians: map[string]model.Guardian{}, Decisions: map[string]model.Decision{}}
	owner := g.cast[0]
	if g.odds(3) {
		owner = one(g, g.cast[:5])
	}
	c.Owner = owner.id
	if g.odds(8) {
		c.Died = g.ago(30)
	}
	if g.odds(30) {
		c.Died = g.now - int64(g.IntN(60))*hour
	}
	for _, a := range g.cast {
		c.In[a.worker], c.In[a.supervisor], c.In[a.colleague] = a.units[:1], a.units[:1], a.units[1:]
		c.Agencies[a.id] = model.Agency{Kind: a.kind, Whole: a.whole}
		if a.id != c.Owner && g.odds(4) {
			c.Contributors = append(c.Contributors, a.id)
		}
		g.assign(c, a)
	}
	g.voices(c)
	for _, by := range append([]string{c.Owner}, c.Contributors...) {
		g.record(c, by)
	}
	for range 3 {
		if to := one(g, g.cast).id; to != c.Owner {
			g.share(c, to)
		}
	}
	g.passOn(c)
	g.grants(c)
	g.without(c)
	slices.Sort(c.Contributors)
	return c
}

func (g *maker) assign(c *model.Case, a agent) {
	in := []string{}
	if !g.odds(6) {
		in = append(in, a.worker)
	}
	if g.odds(5) {
		in = append(in, a.supervisor)
	}
	if len(in) > 0 {
		c.Assigned[a.id] = in
	}
}

// voices are who may speak for her, and what of her own life decides.
func (g *maker) voices(c *model.Case) {
	for range g.IntN(3) {
		w := model.Guardian{Conflict: g.odds(6), From: g.ago(400), Until: model.Forever}
		if g.odds(4) {
			w.Agency = one(g, g.cast).id
		}
		if g.odds(4) {
			w.Until = g.ahead(20)
		}
		if g.odds(12) {
			w.From = g.ahead(5)
		}
		c.Guardians[g.id("guardianship")] = w
	}
	for range g.IntN(3) {
		c.Decisions[g.id("interests")] = g.decision(c)
	}
	if g.odds(5) {
		c.Incapable = append(c.Incapable, model.Span{From: g.ago(50), Until: g.now + int64(g.IntN(60)-20)*model.Day})
	}
	if g.odds(3) {
		c.Recoveries = append(c.Recoveries, model.Span{From: g.ago(20), Until: g.now + int64(g.IntN(40)-10)*model.Day, Asked: g.odds(2)})
	}
	for i := range c.Incapable {
		c.Incapable[i].Until = max(c.Incapable[i].Until, c.Incapable[i].From+1)
	}
	for i := range c.Recoveries {
		c.Recoveries[i].Until = max(c.Recoveries[i].Until, c.Recoveries[i].From+1)
	}
}

func (g *maker) decision(c *model.Case) model.Decision {
	d := model.Decision{Determination: g.odds(2), Review: g.ahead(30), StandsFor: some(g, []string{model.Person, model.Caregiver}, 3)}
	owner, other := g.agent(c.Owner), one(g, g.cast)
	d.Signed = []model.Signature{{As: "WORKER", Agency: owner.id, Member: owner.worker}, {As: "SUPERVISOR", Agency: owner.id, Member: owner.supervisor}}
	if d.Determination {
		d.Signed = []model.Signature{{As: "PANEL", Agency: owner.id, Member: owner.worker}, {As: "PANEL", Agency: owner.id, Member: owner.supervisor}, {As: "PANEL", Agency: other.id, Member: other.colleague}}
	}
	if g.odds(4) {
		d.Signed = d.Signed[:len(d.Signed)-1]
	}
	return d
}

func (g *maker) agent(id string) agent {
	return g.cast[slices.IndexFunc(g.cast, func(a agent) bool { return a.id == id })]
}

// record is on what an agency records: mostly all, with what is named singly apart (B1).
func (g *maker) record(c *model.Case, by string) {
	singly := []string{"WHEREABOUTS", "HEALTH_RESTRICTED"}
	broad := slices.DeleteFunc(model.Categories()[1:], func(s string) bool { return slices.Contains(singly, s) })
	add := func(cs []string) {
		s := g.statement(c, by)
		s.Purposes, s.Categories, s.Voice, s.Guardian, s.Decision, s.ByClass, s.Contributors = some(g, purposes[:7], 9), cs, model.Person, "", "", false, nil
		s.No, s.Given, s.From, s.Until = false, g.ago(80), g.ago(80), model.Forever
		s.Unit = g.unit(by, 10)
		if g.odds(8) {
			s.Basis = one(g, []string{"LEGAL_OBLIGATION", "VITAL_INTERESTS", "PUBLIC_TASK"})
		}
		if g.odds(8) {
			s.Until = g.ahead(40)
		}
		c.Recordings = append(c.Recordings, s)
		if g.odds(5) {
			again := g.statement(c, by)
			again.Purposes, again.Categories, again.ByClass, again.Contributors, again.Unit = some(g, purposes[:7], 2), some(g, cs, 2), false, nil, ""
			c.Recordings = append(c.Recordings, again)
		}
	}
	if !g.odds(12) {
		add(some(g, broad, 14))
	}
	for _, s := range singly {
		if !g.odds(5) {
			add([]string{s})
		}
	}
	if g.odds(10) {
		add(singly)
	}
}

// share makes referrals to an agency and what was said about it, mostly as her age asks.
func (g *maker) share(c *model.Case, to string) {
	for range 1 + g.IntN(2) {
		purpose := one(g, []string{"PROTECTION", "ASSISTANCE", "ASSISTANCE", "JUSTICE", "JUSTICE", "RETURN", "LEGAL_AID", "TRACING"})
		cs := some(g, model.Categories()[1:], 2)
		r := model.Referral{ID: g.id("referral"), From: c.Owner, To: to, Purpose: purpose, State: "ACCEPTED", Categories: cs, Offered: g.ago(40), Accepted: -1, ReplyBy: g.ahead(30), Until: g.ahead(400)}
		r.Accepted = r.Offered + int64(g.IntN(int(g.now-r.Offered)/1e6))*1e6
		r.Unit = g.unit(to, 5)
		if g.odds(5) {
			r.State = one(g, states)
		}
		if g.odds(12) {
			r.From = one(g, g.cast).id
		}
		if g.odds(6) {
			r.Until = g.ahead(20)
		}
		if slices.Contains([]string{"OFFERED", "INFORMATION_ASKED", "WAITING", "DECLINED", "EXPIRED"}, r.State) {
			r.Accepted = -1
		}
		c.Referrals = append(c.Referrals, r)
		g.said(c, to, purpose, cs)
	}
}

// said are the statements about one agency and purpose.
func (g *maker) said(c *model.Case, to, purpose string, cs []string) {
	add := func(cs []string, change func(*model.Statement)) {
		s := g.statement(c, to)
		s.Purposes, s.Categories = []string{purpose}, cs
		if g.odds(4) {
			s.Purposes = append(s.Purposes, one(g, slices.DeleteFunc(slices.Clone(purposes[:7]), func(p string) bool { return p == purpose })))
		}
		change(&s)
		c.Statements = append(c.Statements, s)
	}
	yes := func(voice string) func(*model.Statement) {
		return func(s *model.Statement) {
			s.Voice, s.No, s.Guardian, s.Decision = voice, g.odds(14), "", ""
			g.speaks(c, s)
			if !g.odds(8) {
				s.Views, s.Written, s.Advised = true, true, true
			}
		}
	}
	sets := [][]string{cs}
	for _, s := range []string{"WHEREABOUTS", "HEALTH_RESTRICTED"} {
		if slices.Contains(cs, s) && !g.odds(3) {
			sets = append(sets, []string{s})
		}
	}
	if g.odds(3) {
		sets = append(sets, []string{one(g, cs)})
	}
	for _, set := range sets {
		if !g.odds(8) {
			add(set, yes(model.Person))
		}
		if child := c.AdultFrom < 0 || c.AdultFrom > g.now-60*model.Day; child && !g.odds(6) && len(c.Guardians) > 0 {
			add(set, yes(model.Caregiver))
		}
		if len(c.Decisions) > 0 && (purpose == "JUSTICE" || purpose == "RETURN" || g.odds(2)) {
			add(set, yes(model.BestInterests))
		}
	}
	for range g.IntN(3) {
		add(some(g, cs, 2), func(*model.Statement) {})
	}
	if len(c.Statements) > 0 && g.odds(6) { // and something else at the very same time
		s := c.Statements[len(c.Statements)-1]
		if s.Consent, s.No, s.ByClass = g.id("consent"), g.odds(2), g.odds(3); s.ByClass {
			s.Unit = ""
		}
		c.Statements = append(c.Statements, s)
	}
}

// unit is one of an agency's, once in n; mostly none.
func (g *maker) unit(agency string, n int) string {
	if !g.odds(n) {
		return ""
	}
	units := g.agent(agency).units
	return one(g, units[:])
}

// speaks gives a statement's voice its guardian or decision.
func (g *maker) speaks(c *model.Case, s *model.Statement) {
	switch s.Voice {
	case model.Caregiver:
		if ids := keys(c.Guardians); len(ids) > 0 && !g.odds(10) {
			s.Guardian = one(g, ids)
		}
	case model.BestInterests:
		if ids := keys(c.Decisions); len(ids) > 0 {
			s.Decision = one(g, ids)
		} else {
			s.Voice = model.Person
		}
	}
}

func keys[V any](m map[string]V) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// statement is anything that anybody may say.
func (g *maker) statement(c *model.Case, about string) model.Statement {
	s := model.Statement{Consent: g.id("consent"), About: about, No: g.odds(3), Voice: one(g, []string{model.Person, model.Person, model.Caregiver, model.BestInterests}), Basis: "CONSENT",
		Provisional: g.odds(7), ByClass: g.odds(9), Written: g.odds(2), Views: g.odds(2), Mature: g.odds(4), Free: true, Advised: g.odds(2), Onward: !g.odds(5), Given: g.ago(60), Until: model.Forever}
	if s.From = s.Given; !s.ByClass {
		s.Unit = g.unit(about, 5)
	}
	if s.Provisional {
		s.Free = g.odds(2)
		s.Given = g.ago(9)
		s.From = s.Given
	}
	if g.odds(8) {
		s.From = g.ahead(10)
	}
	if g.odds(5) {
		s.Until = g.ahead(25)
	}
	s.Contributors = []string{}
	for _, by := range c.Contributors {
		if !g.odds(3) {
			s.Contributors = append(s.Contributors, by)
		}
	}
	g.speaks(c, &s)
	return s
}

// moments are times at which a case is asked about: now, and about its later changes.
func (g *maker) moments(c *model.Case) []int64 {
	out := []int64{g.now, g.now + 40*model.Day}
	add := func(ts ...int64) {
		for _, t := range ts {
			if t > g.now && t < model.Forever-1 {
				out = append(out, t-1, t)
			}
		}
	}
	if c.AdultFrom >= 0 {
		add(c.AdultFrom, c.AdultFrom+30*model.Day, c.AdultFrom-1095*model.Day, c.AdultFrom-2191*model.Day, c.AdultFrom-4382*model.Day)
	}
	for _, s := range slices.Concat(c.Statements, c.Recordings) {
		add(s.From, s.Until, s.Given+7*model.Day)
	}
	for _, r := range c.Referrals {
		add(r.Until)
	}
	for _, r := range slices.Concat(c.Recoveries, c.Incapable) {
		add(r.Until)
	}
	for _, w := range c.Guardians {
		add(w.From, w.Until)
	}
	for _, d := range c.Decisions {
		add(d.Review)
	}
	for _, p := range c.Permissions {
		add(p.From, p.Until)
	}
	return out
}
