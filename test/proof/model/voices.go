package model

import "slices"

// The bands of E2, in days back from the latest possible 18th birthday: a band begins at
// most a day late, so the younger decides.
const (
	daysOfSix     = 4382
	daysOfTwelve  = 2191
	daysOfFifteen = 1095
)

// band is what her age asks for at a time (E1, E2).
type band int

const (
	unknown band = iota // whatever any band asks
	underSix
	underTwelve
	underFifteen
	underEighteen
	adult
)

func (j *Judge) band(c *Case, at int64) band {
	back := c.AdultFrom - at
	switch {
	case c.AdultFrom < 0:
		j.hit("E1: of unknown age she is a child", true)
		return unknown
	case back <= 0:
		j.hit("E1: surely an adult", true)
		return adult
	case back <= daysOfFifteen*Day:
		j.hit("E2: 15 to 17", true)
		return underEighteen
	case back <= daysOfTwelve*Day:
		j.hit("E2: 12 to 14", true)
		return underFifteen
	case back <= daysOfSix*Day:
		j.hit("E2: 6 to 11", true)
		return underTwelve
	}
	j.hit("E2: under 6", true)
	return underSix
}

// matter is what is said about one agency, purpose and category, and who is asked.
type matter struct {
	*Judge
	c     *Case
	q     Question
	about string
	said  []Statement
	at    int64
	band  band
	since int64 // as of a way
}

// matter is what was said about it, at the time of the question.
func (w way) matter(q Question) matter {
	m := matter{Judge: w.Judge, c: w.c, q: q, about: q.Agency, at: q.At, band: w.band(w.c, q.At), since: w.since}
	for _, s := range w.c.Statements {
		if s.About == q.Agency && w.concerns(s, q.unit) && names(s, q.Purpose, q.Category) {
			m.said = append(m.said, s)
		}
	}
	return m
}

// consented: all voices that are required permit it (C2, C4), and the statements that do
// name the contributor (A2).
func (w way) consented(q Question) bool {
	m := w.matter(q)
	if len(m.said) == 0 {
		return w.hit("C2: nobody said anything about it", false)
	}
	if m.band == adult {
		if m.adultConsents() {
			return w.hit("C4: she permits it as an adult", true)
		}
		return m.eighteen(w)
	}
	m.before18()
	return m.childConsents()
}

// eighteen: at 18 services that were open stay open for 30 days, unless she has said
// anything herself since (E6).
func (m matter) eighteen(w way) bool {
	switch {
	case m.q.Purpose != "PROTECTION" && m.q.Purpose != "ASSISTANCE":
		return m.hit("E6: at 18 what is no service stops", false)
	case m.at >= m.c.AdultFrom+30*Day:
		return m.hit("E6: 30 days are over", false)
	}
	for _, s := range m.said {
		if s.Voice == Person && s.Given >= m.c.AdultFrom {
			return m.hit("E6: she has spoken as an adult", false)
		}
	}
	if !w.stands(m.c.AdultFrom - 1) {
		return m.hit("E6: what was not open before 18 does not begin", false)
	}
	m.before18()
	m.band = underEighteen
	if m.since == 0 || m.since > m.c.AdultFrom {
		m.since = m.c.AdultFrom
	}
	if m.childConsents() {
		return m.hit("E6: a service stays for 30 days", true)
	}
	return false
}

// before18 leaves out what was said once she was an adult: whoever spoke for the child has no
// say then, also where it is asked what stood on the day before (E6).
func (m *matter) before18() {
	if m.c.AdultFrom >= 0 {
		m.said = slices.DeleteFunc(m.said, func(s Statement) bool { return s.Given >= m.c.AdultFrom })
	}
}

// latest are the statements given last of those asked for: of several at once all have to
// open, so that the narrower decides where the order is unclear (C4).
func (m matter) latest(of func(Statement) bool) (last []Statement) {
	for _, s := range m.said {
		switch {
		case !of(s) || len(last) > 0 && s.Given < last[0].Given:
		case len(last) > 0 && s.Given == last[0].Given:
			m.hit("C4: of two at once the narrower", true)
			last = append(last, s)
		default:
			last = []Statement{s}
		}
	}
	return last
}

// refused: the last word of a voice about it is a no, or that about the agency itself is,
// whatever was said of its class (C3, C4).
func (m matter) refused(of func(Statement) bool) bool {
	no := func(s Statement) bool { return s.No }
	if slices.ContainsFunc(m.latest(of), no) {
		return m.hit("C4: the last word is a no", true)
	}
	if slices.ContainsFunc(m.latest(func(s Statement) bool { return of(s) && !s.ByClass }), no) {
		return m.hit("C4: a no about an agency beats a yes about its class", true)
	}
	return false
}

// permitted: the last word of a voice about it is a yes that counts, and suits what is
// needed.
func (m matter) permitted(of, suits func(Statement) bool) bool {
	if m.refused(of) {
		return false
	}
	last := m.latest(of)
	return len(last) > 0 && !slices.ContainsFunc(last, func(s Statement) bool { return !m.counts(s) || !suits(s) })
}

// counts: a yes covers the matter now (B1, C2, C3, C6, C9, C7, A2).
func (m matter) counts(s Statement) bool {
	kind := m.c.Agencies[m.about].Kind
	switch {
	case m.at < s.From || m.at < s.Given || m.at >= s.Until:
		return m.hit("C2: not in the period", false)
	case m.since > 0 && max(s.From, s.Given) >= m.since:
		return m.hit("C7, D7, E6: what begins later is not what stays", false)
	case !m.singly(s, m.q.Category):
		return false
	case m.q.Purpose == "TRACING" && len(s.Purposes) > 1:
		return m.hit("D8: tracing takes a consent of its own", false)
	case s.ByClass && (kind == "POLICE" || kind == "PROSECUTOR" || kind == "COURT"):
		return m.hit("C3: a class never holds police, prosecutors or courts", false)
	case m.q.Contributor != m.c.Owner && !slices.Contains(s.Contributors, m.q.Contributor):
		return m.hit("A2: another contributor's rows only where consent names it", false)
	case s.Provisional && !slices.Contains([]string{"IDENTITY", "CONTACT", "PROFILE"}, m.q.Category):
		return m.hit("C6: provisional is the minimum", false)
	case s.Provisional && m.at >= s.Given+7*Day:
		return m.hit("C6: provisional is for 7 days", false)
	case s.Provisional && !s.Free && m.q.Purpose == "JUSTICE":
		return m.hit("C6: given in custody it opens nothing for justice", false)
	}
	return m.justice(s)
}

// justice: some categories need a consent of their own for JUSTICE (C9).
func (m matter) justice(s Statement) bool {
	if m.q.Purpose != "JUSTICE" {
		return true
	}
	switch m.q.Category {
	case "HEALTH_RESTRICTED":
		return m.hit("C9: restricted health is shut for justice", false)
	case "NARRATIVE", "HEALTH", "WHEREABOUTS":
		if len(s.Purposes) > 1 || len(s.Categories) > 1 || s.ByClass || !s.Advised {
			return m.hit("C9: no separate consent after legal advice", false)
		}
		return m.hit("C9: a separate consent after legal advice", true)
	}
	return true
}

// adultConsents: hers alone; where she cannot decide, a decision stands in for her, never
// against her (C4, C7).
func (m matter) adultConsents() bool {
	her := func(s Statement) bool { return s.Voice == Person }
	if m.permitted(her, m.free) {
		return true
	}
	if !within(m.c.Incapable, m.at) {
		return false
	}
	// A yes that she gave in incapacity does not take back what she refused before.
	if m.refused(func(s Statement) bool { return her(s) && (s.No || !within(m.c.Incapable, s.Given)) }) {
		return m.hit("C7: no decision stands against a refusal of hers", false)
	}
	if !m.determined() {
		return m.hit("E5: justice and return need a determination", false)
	}
	if m.decided(Person, false) {
		return m.hit("C7: a decision stands in for who cannot decide", true)
	}
	return false
}

// free: what she permitted as a child is no word of an adult, nor what she permits while
// she cannot decide; what she refused is (C7, E6).
func (m matter) free(s Statement) bool {
	switch {
	case s.Given < m.c.AdultFrom:
		return m.hit("E6: what was permitted as a child does not open at 18", false)
	case within(m.c.Incapable, s.Given):
		return m.hit("C7: what is permitted in incapacity opens nothing", false)
	}
	return true
}

func within(spans []Span, at int64) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.From <= at && at < s.Until })
}

// childConsents: all voices that her age asks for (E2, E3, E5).
func (m matter) childConsents() bool {
	if !m.determined() {
		return m.hit("E5: justice and return need a determination", false)
	}
	if m.opposed() {
		return m.hit("E5: a decision against it", false)
	}
	if m.alone() {
		return m.hit("E2: mature and safe, her own consent suffices", true)
	}
	return m.guardians() && m.assents()
}

// alone: at 15 or later she is recorded as mature and safe (E2). Then no other voice is
// required, and so none refuses (C4).
func (m matter) alone() bool {
	if m.band != underEighteen {
		return false
	}
	return m.permitted(func(s Statement) bool { return s.Voice == Person },
		func(s Statement) bool { return s.Mature && s.Given >= m.c.AdultFrom-daysOfFifteen*Day })
}

// assents: hers, as her age asks for (E2, E3).
func (m matter) assents() bool {
	her := func(s Statement) bool { return s.Voice == Person }
	if m.refused(her) {
		if m.decided(Person, true) {
			return m.hit("E3: a determination says otherwise than she", true)
		}
		return m.hit("E3: a child's refusal binds", false)
	}
	if m.band == underSix {
		return m.hit("E2: under 6 her assent is not asked", true)
	}
	if m.permitted(her, func(s Statement) bool { return m.band == underTwelve || s.Written }) {
		return m.hit("E2: she assents as her age asks", true)
	}
	if m.decided(Person, false) {
		return m.hit("E5: a decision stands for her assent", true)
	}
	return m.hit("E2: her assent is missing", false)
}

// guardians: all who have spoken say yes, with the child's views (E2, E4).
func (m matter) guardians() bool {
	if m.guardianRefuses() {
		if m.decided(Caregiver, true) {
			return m.hit("E5: a determination stands for a guardian who refuses", true)
		}
		return m.hit("C4: a guardian refuses", false)
	}
	all, any := true, false
	for id := range m.speaking() {
		// From 12 on her own written assent holds her views.
		young := m.band == unknown || m.band == underSix || m.band == underTwelve
		ok := m.permitted(func(s Statement) bool { return s.Voice == Caregiver && s.Guardian == id }, func(s Statement) bool {
			g := m.c.Guardians[id]
			switch {
			case s.Given < g.From || s.Given >= g.Until:
				return m.hit("E4: what was said by who was not her guardian yet", false)
			case m.at < g.From || m.at >= g.Until:
				return m.hit("E4: a word counts while he is her guardian", false)
			}
			return s.Views || !young
		})
		all, any = all && ok, true
	}
	if all && any {
		return m.hit("E2: her guardians permit it, with her views", true)
	}
	if m.decided(Caregiver, false) {
		return m.hit("E5: a decision stands for her guardian", true)
	}
	return m.hit("E2: no guardian permits it", false)
}

// speaking are the guardians who count and have spoken. One whose time is over has spoken
// all the same: what he permitted has ended, what he refused stands, the narrower of what
// E4 leaves open.
func (m matter) speaking() map[string]bool {
	out := map[string]bool{}
	for _, s := range m.said {
		g, known := m.c.Guardians[s.Guardian]
		switch {
		case s.Voice != Caregiver || !known:
		case g.Conflict:
			m.hit("E4: a guardian in conflict counts for nothing", false)
		case g.Agency != "" && (g.Agency == m.c.Owner || g.Agency == m.about):
			m.hit("E4: a member of who asks, or is asked, is in conflict", false)
		default:
			out[s.Guardian] = true
		}
	}
	return out
}

// guardianRefuses: one who counts has refused, or a caregiver without a guardianship.
func (m matter) guardianRefuses() bool {
	for id := range m.speaking() {
		if m.refused(func(s Statement) bool { return s.Voice == Caregiver && s.Guardian == id }) {
			return true
		}
	}
	// Nobody knows whether two of them are one, so that a yes takes no other's no back.
	if slices.ContainsFunc(m.said, func(s Statement) bool { return s.Voice == Caregiver && s.Guardian == "" && s.No }) {
		return m.hit("E4: a caregiver without a guardianship closes", true)
	}
	return false
}

// opposed: the last decision of a kind, signed or not, says no (C4, E5).
func (m matter) opposed() bool {
	for _, determination := range []bool{true, false} {
		if m.refused(m.ofKind(determination)) {
			return true
		}
	}
	return false
}

func (m matter) ofKind(determination bool) func(Statement) bool {
	return func(s Statement) bool {
		return s.Voice == BestInterests && m.c.Decisions[s.Decision].Determination == determination
	}
}

// decision: the last of a kind says yes, is signed, in effect and suits. One that is not
// signed opens nothing, and is the last all the same (C4).
func (m matter) decision(determination bool, suits func(Decision) bool) bool {
	return m.permitted(m.ofKind(determination), func(s Statement) bool {
		d := m.c.Decisions[s.Decision]
		return m.signed(d) && m.inEffect(s) && suits(d)
	})
}

// decided: a decision stands for a voice; against one that refused only a determination
// does (E3, E5).
func (m matter) decided(voice string, against bool) bool {
	if m.opposed() {
		return false
	}
	for _, determination := range []bool{true, false} {
		if (determination || !against) && m.decision(determination, func(d Decision) bool { return slices.Contains(d.StandsFor, voice) }) {
			return true
		}
	}
	return false
}

// inEffect: until its review, and an assessment for 30 days (E5).
func (m matter) inEffect(s Statement) bool {
	d := m.c.Decisions[s.Decision]
	switch {
	case m.at >= d.Review:
		return m.hit("E5: a decision counts until its review", false)
	case !d.Determination && m.at >= s.Given+30*Day:
		return m.hit("E5: an assessment counts for 30 days", false)
	}
	return true
}

// determined: for justice and return a panel has decided for it (E5).
func (m matter) determined() bool {
	if m.q.Purpose != "JUSTICE" && m.q.Purpose != "RETURN" {
		return true
	}
	return m.decision(true, func(Decision) bool { return true })
}

// signed: by the case worker and a supervisor, or by three of a panel of two agencies (E5).
func (m matter) signed(d Decision) bool {
	members, agencies, as := map[string]bool{}, map[string]bool{}, map[string]map[string]bool{}
	for _, s := range d.Signed {
		if as[s.As] == nil {
			as[s.As] = map[string]bool{}
		}
		as[s.As][s.Member] = s.Agency == m.c.Owner
		if s.As == "PANEL" {
			members[s.Member], agencies[s.Agency] = true, true
		}
	}
	if d.Determination {
		return m.hit("E5: a panel of three from two agencies", len(members) >= 3 && len(agencies) >= 2)
	}
	for w, owners := range as["WORKER"] {
		for s, too := range as["SUPERVISOR"] {
			if w != s && owners && too {
				return m.hit("E5: case worker and supervisor", true)
			}
		}
	}
	return m.hit("E5: an assessment that is not signed", false)
}

// recorded: an agency may still record it: what may not be recorded is kept safe and not
// shared (C1, C8).
func (j *Judge) recorded(c *Case, by string, q Question) bool {
	m := matter{Judge: j, c: c, q: q, about: by, at: q.At}
	for _, s := range c.Recordings {
		if s.About == by && names(s, q.Purpose, q.Category) {
			m.said = append(m.said, s)
		}
	}
	// Hers alone once she has spoken as an adult, until then those of all who spoke, of
	// whom a guardian in conflict counts for nothing (E1, E4).
	hers := c.AdultFrom >= 0 && slices.ContainsFunc(m.said, func(s Statement) bool { return s.Voice == Person && s.Given >= c.AdultFrom })
	voices := map[string]bool{}
	for _, s := range m.said {
		g := c.Guardians[s.Guardian]
		if (!hers || s.Voice == Person) && !g.Conflict && (g.Agency == "" || g.Agency != c.Owner && g.Agency != by) {
			voices[s.Voice+" "+s.Guardian] = true
		}
	}
	for v := range voices {
		of := func(s Statement) bool { return s.Voice+" "+s.Guardian == v }
		if m.refused(of) {
			return j.hit("C8: a no to recording ends sharing", false)
		}
		for _, s := range m.latest(of) {
			if m.at < s.From || m.at >= s.Until {
				return false
			}
			if s.Basis != "CONSENT" {
				j.hit("C1: a typed basis of recording", true)
			}
		}
	}
	return len(voices) > 0
}
