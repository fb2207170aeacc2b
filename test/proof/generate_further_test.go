package proof

import (
	"slices"

	"github.com/sala-exchange/sala/test/proof/model"
)

// passOn has receivers refer to a third agency what they received (D4), mostly to one that
// they have an agreement with, and sometimes what nobody may pass on.
func (g *maker) passOn(c *model.Case) {
	for _, f := range slices.Clone(c.Referrals) {
		if g.odds(3) {
			continue
		}
		partners := []string{one(g, g.cast).id}
		for _, a := range c.Agreements {
			if !a.Suspended && slices.Contains(a.Parties, f.To) && slices.Contains(a.Purposes, f.Purpose) {
				partners = append(partners, a.Parties...)
			}
		}
		to := one(g, partners)
		if to == f.To {
			continue
		}
		r := model.Referral{ID: g.id("referral"), From: f.To, To: to, Purpose: f.Purpose, State: "ACCEPTED", Categories: some(g, f.Categories, 4), Offered: g.ago(20), ReplyBy: g.ahead(30), Until: g.ahead(300), OnwardOf: f.ID}
		r.Accepted = r.Offered + int64(g.IntN(int(g.now-r.Offered)/1e6))*1e6
		r.Unit = g.unit(to, 6)
		switch g.IntN(14) {
		case 0:
			r.Categories = some(g, model.Categories()[1:], 3)
		case 1:
			r.OnwardOf = one(g, c.Referrals).ID
		case 2:
			r.From = c.Owner
			if r.To == c.Owner {
				continue
			}
		case 3:
			r.OnwardOf = "referral_of_none"
		case 4:
			r.State, r.Accepted = "OFFERED", -1
		}
		c.Referrals = append(c.Referrals, r)
		g.said(c, to, r.Purpose, r.Categories)
	}
}

// grants are what contributors decide about their own rows (A6), or permit to be passed on
// by one referral (D4).
func (g *maker) grants(c *model.Case) {
	for _, r := range c.Referrals {
		for _, by := range append([]string{c.Owner}, c.Contributors...) {
			if c.Agencies[by].Kind != "INTERNATIONAL_ORGANISATION" && (r.OnwardOf == "" || g.odds(4)) {
				continue
			}
			for range g.IntN(3) {
				p := model.Permission{ID: g.id("permission"), Contributor: by, Recipient: r.To, Referral: r.ID, Purpose: r.Purpose, Categories: some(g, r.Categories, 8), From: g.ago(20), Until: g.ahead(200), Refused: g.odds(8)}
				if r.OnwardOf == "" && g.odds(2) {
					p.Referral = ""
				}
				switch g.IntN(8) {
				case 0:
					p.From = g.ahead(10)
				case 1:
					p.Until = g.ahead(20)
				case 2:
					p.Referral = one(g, c.Referrals).ID
				}
				p.Until = max(p.Until, p.From+1)
				c.Permissions = append(c.Permissions, p)
			}
		}
	}
}

const hour = model.Day / 24

// without is what opens without her consent: legal bases (F1, F2) and break-glass (F3).
func (g *maker) without(c *model.Case) {
	for range g.IntN(5) {
		g.basis(c)
	}
	c.Locked = g.odds(6)
	for range g.IntN(4) {
		a := one(g, g.cast)
		gl := model.Glass{ID: g.id("glass"), Agency: a.id, Member: one(g, []string{a.worker, a.colleague, a.supervisor}), Owner: c.Owner, Purpose: one(g, []string{"PROTECTION", "ASSISTANCE"}),
			Categories: some(g, []string{"IDENTITY", "CONTACT", "HEALTH", "PROTECTION", "WHEREABOUTS"}, 3), From: g.now - int64(g.IntN(26))*hour}
		gl.Until = gl.From + int64(1+g.IntN(30))*hour
		if g.odds(8) {
			gl.Owner = one(g, g.cast).id
		}
		if g.odds(10) {
			gl.Purpose = "JUSTICE"
		}
		c.Glasses = append(c.Glasses, gl)
	}
}

func (g *maker) basis(c *model.Case) {
	by, from := one(g, g.cast), one(g, append([]string{c.Owner, c.Owner}, c.Contributors...))
	if g.odds(12) {
		from = one(g, g.cast).id
	}
	if by.id == from {
		return
	}
	all := model.Categories()[1:]
	broad := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "WHEREABOUTS" || s == "HEALTH_RESTRICTED" })
	b := model.Basis{ID: g.id("legalbasis"), Kind: one(g, []string{model.CourtOrder, model.StatutoryDuty, model.VitalInterest, model.VitalInterest}), Requester: by.id, Contributor: from,
		Purpose: one(g, []string{"JUSTICE", "JUSTICE", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING"}), Categories: one(g, [][]string{some(g, broad, 3), some(g, broad, 3), {one(g, all)}, some(g, all, 3)}),
		EnteredBy: by.worker, CheckedAgency: from, CheckedBy: g.agent(from).supervisor, Checked: g.ago(20), From: g.ago(30), Until: g.ahead(60)}
	if b.Kind == model.VitalInterest {
		b.Checked = g.now - int64(g.IntN(80))*hour
	}
	switch g.IntN(12) {
	case 0:
		b.CheckedAgency, b.CheckedBy = by.id, by.supervisor
	case 1:
		b.CheckedBy = b.EnteredBy
	case 2:
		b.Checked, b.CheckedAgency, b.CheckedBy = -1, "", ""
	case 3:
		b.From = g.ahead(10)
	case 4:
		b.Until = g.ahead(5)
	}
	b.Until = max(b.Until, b.From+1)
	c.Bases = append(c.Bases, b)
	for range g.IntN(3) { // and what she says of it
		s := g.statement(c, b.Requester)
		s.Voice, s.Guardian, s.Decision, s.No, s.Purposes, s.Categories = model.Person, "", "", !g.odds(3), []string{b.Purpose}, some(g, b.Categories, 3)
		c.Statements = append(c.Statements, s)
	}
}

// aims are what to ask so that what is rare is come by: those whom a basis, a break-glass
// or a referral onward opens something to, about their moments.
func (g *maker) aims(c *model.Case) (out []model.Question) {
	aim := func(a agent, member, purpose string, at ...int64) {
		for _, t := range at {
			if t >= g.now {
				out = append(out, model.Question{Agency: a.id, Member: member, Supervisor: member == a.supervisor, Purpose: purpose, At: t})
			}
		}
	}
	for _, b := range c.Bases {
		a := g.agent(b.Requester)
		at := []int64{g.now, max(b.From, b.Checked), b.Until - 1, b.Until}
		if b.Kind == model.VitalInterest {
			at = append(at, b.Checked+72*hour-1, b.Checked+72*hour)
		}
		for _, s := range append(slices.Clone(c.Recoveries), c.Incapable...) {
			at = append(at, s.Until-1, s.Until)
		}
		aim(a, one(g, []string{a.worker, a.worker, a.supervisor}), b.Purpose, at...)
	}
	for _, gl := range c.Glasses {
		a := g.agent(gl.Agency)
		aim(a, gl.Member, gl.Purpose, g.now, gl.Until-1, gl.Until, gl.From+model.Day-1, gl.From+model.Day)
		aim(a, one(g, []string{a.worker, a.colleague, a.supervisor}), gl.Purpose, g.now)
	}
	for _, r := range c.Referrals {
		if r.OnwardOf != "" {
			a := g.agent(r.To)
			aim(a, one(g, []string{a.worker, a.worker, a.supervisor}), r.Purpose, g.now, one(g, g.moments(c)))
		}
	}
	return out
}
