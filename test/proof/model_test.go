package proof

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/test/proof/model"
)

// strangers are agencies of every sort, for cases that lie in no database.
func strangers() (out []agent) {
	for i, kind := range []string{"UNION", "NGO", "SHELTER", "INTERNATIONAL_ORGANISATION", "POLICE", "COURT", "PROSECUTOR", "HEALTH", "REGIONAL_COUNTERPART"} {
		id := fmt.Sprintf("agency_%d", i)
		out = append(out, agent{id, kind, i%3 == 1, id + "w", id + "c", id + "s", [2]string{id + "u1", id + "u2"}})
	}
	return out
}

var began = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC).UnixMicro()

// questions asks about a case: everybody, every purpose, every category of every
// contributor, each at a moment.
func (g *maker) questions(c *model.Case, ask func(model.Question)) {
	at := g.moments(c)
	all := func(q model.Question) {
		q.Category = "CASE"
		ask(q)
		for _, by := range contributors(c, q.Agency) {
			for _, q.Category = range model.Categories()[1:] {
				q.Contributor = by
				ask(q)
			}
		}
	}
	for _, q := range g.aims(c) {
		all(q)
	}
	for _, a := range g.cast {
		for _, m := range []string{a.worker, a.colleague, a.supervisor} {
			for _, p := range purposes {
				all(model.Question{Agency: a.id, Member: m, Supervisor: m == a.supervisor, Purpose: p, At: one(g, at)})
			}
		}
	}
}

// contributors are those whose rows an agency may ask for: its own as well, whether there
// are any or not.
func contributors(c *model.Case, own string) []string {
	all := append([]string{c.Owner}, c.Contributors...)
	if !slices.Contains(all, own) {
		all = append(all, own)
	}
	return all
}

// TestModelAndPolicyAgree: the reference model, written from the rules alone, and policy
// answer alike on cases made at random, and every rule of the model is come by. It needs no
// database, so it looks at more cases than TestThreeJudges.
func TestModelAndPolicyAgree(t *testing.T) {
	t.Parallel()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	g := &maker{Rand: random(t, 1), cast: strangers(), now: began}
	j, asked, opened, differ := model.New(), 0, 0, map[string]int{}
	cases := size(60, 600)
	// What is rare may take some more cases to be come by.
	for n := 0; n < cases || !testing.Short() && n < 6*cases && len(j.Unreached()) > 0; n++ {
		if n%20 == 0 {
			g.now += model.Day
		}
		c := g.make(g.agreements(), map[string]bool{one(g, g.cast).id: g.odds(4)})
		accesses, err := p.Access(t.Context(), facts(c))
		if err != nil {
			t.Fatal(err)
		}
		g.questions(c, func(q model.Question) {
			asked++
			says, want := decided(accesses, c, q), j.Open(c, q)
			if says {
				opened++
			}
			if says != want {
				why := fmt.Sprint(says, reached(c, q))
				if differ[why]++; len(differ) < 8 && differ[why] == 1 {
					t.Error(told(c, q, accesses, says))
				}
			}
		})
	}
	t.Logf("%d decisions on %d cases, %d of them open; different: %d", asked, cases, opened, len(differ))
	covered(t, j)
	for _, r := range j.Unreached() {
		if !testing.Short() {
			t.Errorf("never come by: %s", r)
		}
	}
}

// covered prints how often each rule of the model was come by.
func covered(t *testing.T, j *model.Judge) {
	t.Helper()
	var lines []string
	for _, r := range model.Rules() {
		lines = append(lines, fmt.Sprintf("%8d  %s", j.Reached[r], r))
	}
	t.Logf("the rules of the model and how often they were come by:\n%s", strings.Join(lines, "\n"))
}

// reached are the rules by which the model answers a question.
func reached(c *model.Case, q model.Question) (by []string) {
	j := model.New()
	j.Open(c, q)
	for _, r := range model.Rules() {
		if j.Reached[r] > 0 {
			by = append(by, r)
		}
	}
	return by
}

// told is a difference with all that was said about it.
func told(c *model.Case, q model.Question, accesses []rule.Access, says bool) string {
	day := func(t int64) string {
		if t == model.Forever {
			return "for ever"
		}
		return fmt.Sprintf("%+.2f", float64(t-q.At)/float64(model.Day))
	}
	out := fmt.Sprintf("policy says %v, the model %v, by %q\n%+v\ndays are counted from then; adult from %s, died %s, owner %s, contributors %v, kind %s", says, !says, reached(c, q), q,
		day(c.AdultFrom), day(c.Died), c.Owner, c.Contributors, c.Kind)
	about := func(what string, list []model.Statement, of ...string) {
		for _, s := range list {
			if !slices.Contains(of, s.About) || !slices.Contains(s.Purposes, q.Purpose) || q.Category != "CASE" && !slices.Contains(s.Categories, q.Category) {
				continue
			}
			out += fmt.Sprintf("\n  %s about %s %s: %s %s%s no=%v given %s from %s until %s; %d purposes, %d categories, basis %s, provisional=%v class=%v written=%v views=%v mature=%v free=%v advised=%v onward=%v by %v", what, s.About, s.Unit,
				s.Voice, s.Guardian, s.Decision, s.No, day(s.Given), day(s.From), day(s.Until), len(s.Purposes), len(s.Categories), s.Basis, s.Provisional, s.ByClass, s.Written, s.Views, s.Mature, s.Free, s.Advised, s.Onward, s.Contributors)
		}
	}
	about("recording", c.Recordings, c.Owner, q.Contributor)
	// Whoever passes on to whoever asks receives it first (D4).
	to := []string{q.Agency}
	for _, r := range c.Referrals {
		if r.To == q.Agency && r.OnwardOf != "" {
			to = append(to, r.From)
		}
	}
	about("said", c.Statements, to...)
	for _, r := range c.Referrals {
		if slices.Contains(to, r.To) && r.Purpose == q.Purpose {
			out += fmt.Sprintf("\n  referral %s of %q from %s to %s %s %s accepted %s until %s %v", r.ID, r.OnwardOf, r.From, r.To, r.Unit, r.State, day(r.Accepted), day(r.Until), r.Categories)
		}
	}
	for id, g := range c.Guardians {
		out += fmt.Sprintf("\n  %s conflict=%v agency=%q from %s until %s", id, g.Conflict, g.Agency, day(g.From), day(g.Until))
	}
	for id, d := range c.Decisions {
		out += fmt.Sprintf("\n  %s determination=%v for %v review %s signed %v", id, d.Determination, d.StandsFor, day(d.Review), d.Signed)
	}
	for _, s := range c.Incapable {
		out += fmt.Sprintf("\n  incapable from %s until %s", day(s.From), day(s.Until))
	}
	for _, s := range c.Recoveries {
		out += fmt.Sprintf("\n  recovery from %s until %s asked=%v", day(s.From), day(s.Until), s.Asked)
	}
	for _, b := range c.Bases {
		if b.Requester == q.Agency && b.Purpose == q.Purpose {
			out += fmt.Sprintf("\n  basis %+v checked %s from %s until %s", b, day(b.Checked), day(b.From), day(b.Until))
		}
	}
	for _, p := range c.Permissions {
		if p.Recipient == q.Agency && p.Purpose == q.Purpose {
			out += fmt.Sprintf("\n  permission %+v from %s until %s", p, day(p.From), day(p.Until))
		}
	}
	for _, b := range c.Glasses {
		if b.Member == q.Member {
			out += fmt.Sprintf("\n  glass %+v locked %v from %s until %s", b, c.Locked, day(b.From), day(b.Until))
		}
	}
	for _, a := range accesses {
		if slices.Contains(to, a.Grantee) && a.Purpose == q.Purpose && a.Action == "READ" && (a.Grantee != q.Agency || heldBy(a, c, q)) && (q.Contributor == "" || a.Contributor == q.Contributor) && (q.Category == "CASE" || slices.Contains(a.Categories, q.Category)) {
			out += fmt.Sprintf("\n  access of %s %s by %s to rows of %s from %s until %s %v, agreements %s %s", a.Grantee, a.Unit, a.Basis, a.Contributor, day(a.From), day(a.Until), a.Categories, a.Agreement, a.ReferralAgreement)
		}
	}
	return out
}
