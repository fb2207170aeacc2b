package model

import "slices"

const hour = Day / 24

// The kinds of legal basis (F1).
const (
	CourtOrder    = "COURT_ORDER"
	StatutoryDuty = "STATUTORY_DUTY"
	VitalInterest = "VITAL_INTEREST"
)

// Basis is a legal basis for a contributor's rows (F1).
type Basis struct {
	ID, Kind, Requester, Contributor, Purpose string
	Categories                                []string
	EnteredBy, CheckedAgency, CheckedBy       string
	Checked                                   int64 // -1: it waits
	From, Until                               int64
}

// Glass is that one member of one agency broke glass (F3).
type Glass struct {
	ID, Agency, Member, Owner, Purpose string // the case's owner then
	Categories                         []string
	From, Until                        int64
}

// lawful: a basis opens what it names once the agency whose rows they are has checked it,
// whatever was said, referred and agreed (F1).
func (j *Judge) lawful(c *Case, q Question, b Basis) bool {
	alone := func(cat string) bool { return cat == "WHEREABOUTS" || cat == "HEALTH_RESTRICTED" }
	from := max(b.From, b.Checked)
	switch {
	case b.Requester != q.Agency || b.Contributor != q.Contributor || b.Purpose != q.Purpose:
		return false
	case b.Checked < 0:
		return j.hit("F1: in effect only when it is checked", false)
	case b.CheckedAgency != b.Contributor || b.CheckedBy == b.EnteredBy:
		return j.hit("F1: the requester's own approval never counts", false)
	case c.Shut[q.Contributor]:
		return j.hit("F1: a suspended agency's rows are shut to a basis too", false)
	case !slices.Contains(b.Categories, q.Category):
		return j.hit("F1: a category that the basis does not name", false)
	case len(b.Categories) > 1 && slices.ContainsFunc(b.Categories, alone):
		return j.hit("B1: a basis that names it beside others is none", false)
	case q.At < from || q.At >= b.Until:
		return j.hit("F1: nothing before its check or after its end", false)
	}
	if alone(q.Category) {
		j.hit("B1: a basis names it alone", true)
	}
	if !j.forJustice(c, q, b, from) || b.Kind == VitalInterest && !j.vital(c, q, b, from) {
		return false
	}
	if c.Died >= 0 && from >= c.Died {
		j.hit("C7: after death a basis still opens", true)
	}
	if c.Agencies[q.Contributor].Kind == "INTERNATIONAL_ORGANISATION" {
		j.hit("A6: its own check is its own decision", true)
	}
	return j.hit("F1: a checked basis opens", true)
}

// forJustice: a court's order opens for justice what is guarded, and while she recovers
// (C9, D7).
func (j *Judge) forJustice(c *Case, q Question, b Basis, from int64) bool {
	guarded := slices.Contains([]string{"NARRATIVE", "HEALTH", "WHEREABOUTS", "HEALTH_RESTRICTED"}, q.Category)
	switch {
	case q.Purpose != "JUSTICE":
		return true
	case b.Kind == VitalInterest:
		return j.hit("F2: a vital interest is never for justice", false)
	case guarded && b.Kind != CourtOrder:
		return j.hit("C9: for justice it takes a court's order", false)
	case guarded:
		j.hit("C9: a court's order opens what is guarded", true)
	}
	for _, s := range c.Recoveries {
		switch {
		case s.Asked || q.At < s.From || q.At >= s.Until:
		case b.Kind == CourtOrder:
			j.hit("D7: a court's order stands while she recovers", true)
		case from < s.From:
			j.hit("D7: a duty that was in effect before stays", true)
		default:
			return j.hit("D7: a duty begins nothing for justice while she recovers", false)
		}
	}
	return true
}

// vital: at most 72 hours, in her lifetime, never over what she refused as a capable adult
// (F2). What she refused as a child, or while she was incapable, does not bind while she is
// either.
func (j *Judge) vital(c *Case, q Question, b Basis, from int64) bool {
	if q.At >= b.Checked+72*hour {
		return j.hit("F2: 72 hours are over", false)
	}
	begins := from
	if refused, bound := j.refuses(c, q, b); bound {
		return j.hit("F2: never over a capable adult's refusal", false)
	} else if refused {
		spells := slices.Clone(c.Incapable)
		if c.AdultFrom < 0 {
			spells = append(spells, always...)
		} else {
			spells = append(spells, Span{Until: c.AdultFrom})
		}
		begins = Forever
		for _, s := range spells {
			if s.From <= q.At && q.At < s.Until {
				begins = min(begins, max(from, s.From))
			}
		}
		if begins == Forever {
			return j.hit("F2: neither child nor incapable any more, and she had refused", false)
		}
		j.hit("F2: a child or the incapable is helped over a refusal", true)
	}
	if c.Died >= 0 && begins >= c.Died {
		return j.hit("C7: there is no vital interest after death", false)
	}
	return true
}

// refuses: she refuses it to whoever asks, or that it be recorded by the contributor or the
// owner; bound where she did so as a capable adult.
func (j *Judge) refuses(c *Case, q Question, b Basis) (refused, bound bool) {
	list := func(of []Statement, about string, recording bool) {
		m := matter{Judge: j, c: c}
		for _, s := range of {
			if s.Voice == Person && s.About == about && (recording || j.concerns(s, "")) && names(s, q.Purpose, q.Category) {
				m.said = append(m.said, s)
			}
		}
		able := func(s Statement) bool {
			return c.AdultFrom >= 0 && s.Given >= c.AdultFrom && !within(c.Incapable, s.Given)
		}
		refused = refused || m.refused(func(Statement) bool { return true })
		bound = bound || m.refused(able)
	}
	list(c.Statements, b.Requester, false)
	list(c.Recordings, b.Contributor, true)
	list(c.Recordings, c.Owner, true)
	return refused || bound, bound
}

// broke: a member who broke glass reads the owner's rows for some hours (F3).
func (j *Judge) broke(c *Case, q Question) bool {
	return slices.ContainsFunc(c.Glasses, func(g Glass) bool { return j.breaks(c, q, g) })
}

func (j *Judge) breaks(c *Case, q Question, g Glass) bool {
	most := []string{"IDENTITY", "CONTACT", "HEALTH", "PROTECTION"}
	switch {
	case g.Agency != q.Agency || g.Member != q.Member || g.Purpose != q.Purpose:
		return false
	case c.Locked:
		return j.hit("F3: no break-glass opens a locked case", false)
	case g.Owner != c.Owner:
		return j.hit("F3: only while that agency owns the case", false)
	case q.Contributor != c.Owner:
		return j.hit("F3: the owner's rows alone", false)
	case c.Shut[c.Owner]:
		return j.hit("F3: a suspended agency's rows are shut", false)
	case c.Died >= 0 && g.From >= c.Died:
		return j.hit("F3: nothing breaks after her death", false)
	case q.Agency == c.Owner:
		return j.hit("F3: nobody breaks glass of the own agency", false)
	case c.Agencies[c.Owner].Kind == "INTERNATIONAL_ORGANISATION":
		return j.hit("A6: no break-glass opens an international organisation's", false)
	case !slices.Contains([]string{"HEALTH", "SHELTER", "NGO", "UNION"}, c.Agencies[q.Agency].Kind):
		return j.hit("F3: for service and health agencies alone", false)
	case q.Purpose != "PROTECTION" && q.Purpose != "ASSISTANCE":
		return j.hit("F3: never for justice", false)
	case !slices.Contains(most, q.Category):
		return j.hit("F3: identity, contact, health and protection at most", false)
	case !slices.Contains(g.Categories, q.Category):
		return j.hit("F3: a category that was not opened", false)
	case q.At < g.From || q.At >= g.Until:
		return j.hit("F3: its hours are over", false)
	case q.At >= g.From+24*hour:
		return j.hit("F3: 24 hours at most", false)
	}
	return j.hit("F3: opened for one member", true)
}
