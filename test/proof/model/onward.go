package model

import "slices"

// Permission is what a contributor has granted of its own rows: by one referral or, where
// that is empty, by any (A6, D4).
type Permission struct {
	ID, Contributor, Recipient, Referral, Purpose string
	Categories                                    []string
	From, Until                                   int64
	Refused                                       bool // asked for, and not granted
}

// permitted are the times for which a contributor has granted it, by one of these referrals.
func (c *Case) permitted(by string, q Question, referrals ...string) (out []Span) {
	for _, p := range c.Permissions {
		if !p.Refused && p.Contributor == by && p.Recipient == q.Agency && p.Purpose == q.Purpose && slices.Contains(p.Categories, q.Category) && slices.Contains(referrals, p.Referral) {
			out = append(out, Span{From: p.From, Until: p.Until})
		}
	}
	return out
}

var always = []Span{{Until: Forever}}

// decisions are the times in which a contributor's rows may reach the receiver at all: any,
// but an international organisation's by its own decision, which its own referral is (A6).
func (j *Judge) decisions(c *Case, q Question, r Referral) []Span {
	if c.Agencies[q.Contributor].Kind != "INTERNATIONAL_ORGANISATION" {
		return always
	}
	if r.From == q.Contributor {
		j.hit("A6: its own referral is its own decision", true)
		return always
	}
	out := c.permitted(q.Contributor, q, "", r.ID)
	if len(out) == 0 {
		j.hit("A6: an international organisation's rows open by its own decision", false)
		return nil
	}
	j.hit("A6: an international organisation has decided it", true)
	return out
}

// passedOn: whoever received it by a referral of the owner's passes it on to a third, where
// consent and the agreements of both links say so (D4).
func (j *Judge) passedOn(c *Case, q Question, r Referral) bool {
	if q.Agency == c.Owner {
		return j.hit("D4: nothing goes round in a circle", false)
	}
	if c.Agencies[r.From].Kind == "REGIONAL_COUNTERPART" {
		return j.hit("J7: a regional counterpart passes nothing on", false)
	}
	i := slices.IndexFunc(c.Referrals, func(f Referral) bool { return f.ID == r.OnwardOf })
	if i < 0 {
		return j.hit("D4: by no referral of the owner to whoever passes it on", false)
	}
	f := c.Referrals[i]
	switch {
	case f.From != c.Owner || f.OnwardOf != "" || f.To != r.From || f.Purpose != r.Purpose || f.State != "ACCEPTED" && f.State != "ACCEPTED_IN_PART":
		return j.hit("D4: by no referral of the owner to whoever passes it on", false)
	case !slices.Contains(f.Categories, q.Category):
		return j.hit("D4: beyond what reaches the first", false)
	case q.Contributor == r.From:
		return j.hit("D4: one passes on what one received, not what is one's own", false)
	case c.Shut[c.Owner]:
		return j.hit("D6: a suspended agency's rows are shut", false)
	}
	// Whichever unit of it reads (A5).
	all := []string{f.Unit}
	for _, s := range c.Statements {
		if s.About == f.To {
			all = append(all, s.Unit)
		}
	}
	return slices.ContainsFunc(j.reached(c, f, all), func(unit string) bool { return j.passedOnBy(c, q, r, f, unit) })
}

// passedOnBy: by a unit of whoever received it first, or by all of it (A5, D4).
func (j *Judge) passedOnBy(c *Case, q Question, r, f Referral, unit string) bool {
	first := q
	first.Agency, first.unit = r.From, unit
	if !j.letOn(c, first) {
		return j.hit("D4: her consent does not say so", false)
	}
	for _, w := range j.direct(c, first, f) {
		for _, theirs := range j.passes(c, q, r, q.Contributor, w.terms[0]) {
			for _, ours := range j.passes(c, q, r, c.Owner, w.terms[1]) {
				for _, own := range j.decisions(c, q, r) {
					for _, terms := range j.between(c, q, r.From) {
						if (way{j, c, q, r, []Agreement{terms}, []Span{theirs, ours, own}, &w, 0}).open() {
							return j.hit("D4: passed on where consent and agreements say so", true)
						}
					}
				}
			}
		}
	}
	return false
}

// letOn: what was said last of whoever passes it on lets it be passed on: what she said
// alone once she has spoken as an adult, until then what each said who spoke (C4, D4).
func (j *Judge) letOn(c *Case, q Question) bool {
	m := matter{Judge: j, c: c}
	for _, s := range c.Statements {
		if s.About == q.Agency && j.concerns(s, q.unit) && names(s, q.Purpose, q.Category) {
			m.said = append(m.said, s)
		}
	}
	hers := c.AdultFrom >= 0 && slices.ContainsFunc(m.said, func(s Statement) bool { return s.Voice == Person && s.Given >= c.AdultFrom })
	for _, s := range m.said {
		of := func(t Statement) bool { return t.Voice == s.Voice && t.Guardian == s.Guardian }
		if (!hers || s.Voice == Person) && slices.ContainsFunc(m.latest(of), func(t Statement) bool { return t.No || !t.Onward }) {
			return false
		}
	}
	return len(m.said) > 0
}

// passes are the times in which an agency lets be passed on, by a referral, what it gave
// under an agreement (D4, D6).
func (j *Judge) passes(c *Case, q Question, r Referral, by string, a Agreement) []Span {
	switch a.Onward {
	case "YES":
		j.hit("D4: the agreement says yes", true)
		return always
	case "ASK":
		if out := c.permitted(by, q, r.ID); len(out) > 0 {
			j.hit("D4: asked for and granted", true)
			return out
		}
		j.hit("D4: asked for, and not granted", false)
	default:
		j.hit("D4: the agreement says no", false)
	}
	return nil
}
