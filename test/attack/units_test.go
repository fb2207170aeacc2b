package attack

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/test/world"
)

// branches are two units of an agency side by side: its worker is in the one, its colleague
// in the other, its supervisor in none.
type branches struct {
	w                         *world.World
	code, north, south        string
	worker, colleague, senior rule.Scope
}

func branchesOf(t *testing.T, w *world.World, code string) *branches {
	t.Helper()
	b := &branches{w: w, code: code, north: pubid.New("unit"), south: pubid.New("unit"), worker: as(w, code), colleague: as(w, code), senior: as(w, code)}
	b.colleague.Member = w.Agencies[code].Colleague
	b.senior.Member, b.senior.Supervisor = w.Agencies[code].Supervisor, true
	for i, u := range []string{b.north, b.south} {
		exec(t, w.Root(), fmt.Sprintf("INSERT INTO agency_units (id, agency_id, code, name) VALUES ('%s', '%s', 'b%d', 'Unit')", u, w.Agencies[code].ID, i))
	}
	b.joins(t, b.worker.Member, b.north)
	b.joins(t, b.colleague.Member, b.south)
	return b
}

func (b *branches) joins(t *testing.T, member, unit string) {
	exec(t, b.w.Root(), fmt.Sprintf("INSERT INTO memberships (id, agency_id, member_id, group_id, since) VALUES ('%s', '%s', '%s', '%s', 1)",
		pubid.New("membership"), b.w.Agencies[b.code].ID, member, unit))
}

func (b *branches) leaves(t *testing.T, member string) {
	exec(t, b.w.Root(), fmt.Sprintf("UPDATE memberships SET ended_on = 2 WHERE member_id = '%s' AND ended_on IS NULL", member))
}

func (b *branches) mode(t *testing.T, m valueset.NeedToKnow) {
	exec(t, b.w.Root(), fmt.Sprintf("UPDATE agencies SET need_to_know = '%s' WHERE id = '%s'", m, b.w.Agencies[b.code].ID))
}

// says records what she says of identity and contact, to the agency or a unit of it.
func (b *branches) says(caseID string, d valueset.Decision, unit string) {
	b.w.Must(as(b.w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
			CaseID: caseID, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: d, RecipientID: &b.w.Agencies[b.code].ID, UnitID: orNone(unit),
				Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Identity, category.Contact}}},
		})
		return err
	})
	b.w.Advance(time.Second)
}

func orNone(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}

func (b *branches) referral(caseID, unit string) casework.OfferReferralInput {
	return casework.OfferReferralInput{CaseID: caseID, ToID: b.w.Agencies[b.code].ID, UnitID: orNone(unit), Service: valueset.ServiceCounselling, Purpose: assistance,
		Categories: []category.Category{category.Identity, category.Contact}, Urgency: valueset.UrgencyRoutine, ReplyBy: b.w.Store.Now() + int64(7*24*time.Hour/time.Microsecond)}
}

func (b *branches) refers(t *testing.T, caseID, unit string) string {
	t.Helper()
	return run(t, b.w, as(b.w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.OfferReferral(ctx, op, b.referral(caseID, unit))
	})
}

func (b *branches) accepts(s rule.Scope, referral string) error {
	return b.w.Do(s, func(ctx context.Context, op *store.Op) error {
		return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: referral})
	})
}

const toTheUnit = "CASE by lwu, CONTACT by lwu, IDENTITY by lwu, PROVISION by lwu, REFERRAL by lwu"

// A consent or a referral that names a unit opens nothing to a colleague of another unit, to
// a supervisor or to the whole agency, whatever the agency's mode and whoever is assigned,
// on each wall (A5). Where neither names a unit the same colleague and supervisor read: the
// attack works without the guard.
func TestWhatAUnitMaySeeStaysThere(t *testing.T) {
	for name, c := range map[string]struct{ said, referred bool }{
		"consent": {true, true}, "referral": {false, true}, "neither": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world.World) {
				b, id := branchesOf(t, w, "ngo"), ""
				only := func(limited bool) string {
					if limited {
						return b.north
					}
					return ""
				}
				id = w.Register("lwu", "Canary Unit")
				b.says(id, valueset.DecisionPermit, only(c.said))
				ref := b.refers(t, id, only(c.referred))
				guarded := c.said || c.referred
				for wall, st := range wallsOf(t, w) {
					if got := seesBy(t, w, st, b.worker, id); got != "PREVIEW by lwu, REFERRAL by lwu" {
						t.Errorf("%s: who is in the unit sees %q before it is accepted", wall, got)
					}
					if got := seesBy(t, w, st, b.colleague, id); (got == "") != guarded {
						t.Errorf("%s: who is in another sees %q before it is accepted", wall, got)
					}
				}
				if err := b.accepts(b.colleague, ref); guarded && errs.KindOf(err) != errs.Withheld {
					t.Errorf("who is in another unit accepts it: %v", err)
				}
				if guarded {
					if err := b.accepts(b.worker, ref); err != nil {
						t.Fatal(err)
					}
					w.Must(b.worker, func(ctx context.Context, op *store.Op) error { return casework.Assign(ctx, op, id, b.colleague.Member) })
				}
				for _, mode := range []valueset.NeedToKnow{valueset.NeedToKnowAssignment, valueset.NeedToKnowUnit, valueset.NeedToKnowAgency} {
					b.mode(t, mode)
					for wall, st := range wallsOf(t, w) {
						if got := seesBy(t, w, st, b.worker, id); got != toTheUnit && guarded {
							t.Errorf("%s, %s: who is in the unit sees %q", mode, wall, got)
						}
						for who, s := range map[string]rule.Scope{"who is in another": b.colleague, "the supervisor": b.senior} {
							if got := seesBy(t, w, st, s, id); strings.Contains(got, "CASE") == guarded {
								t.Errorf("%s, %s: %s sees %q", mode, wall, who, got)
							}
						}
					}
				}
				if !guarded {
					return
				}
				// Who joins the unit reads from then on, who leaves it no longer.
				b.leaves(t, b.colleague.Member)
				b.joins(t, b.colleague.Member, b.north)
				b.leaves(t, b.worker.Member)
				for wall, st := range wallsOf(t, w) {
					if got := seesBy(t, w, st, b.colleague, id); got != toTheUnit {
						t.Errorf("%s: who joined the unit sees %q", wall, got)
					}
					if got := seesBy(t, w, st, b.worker, id); got != "" {
						t.Errorf("%s: who left the unit sees %q", wall, got)
					}
				}
			})
		})
	}
}

// A no about the agency ends what its unit was permitted, and a no about the unit too; a no
// about another unit does not (C4). A yes to another unit opens nothing here.
func TestARefusalBeatsAUnitsPermission(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b := branchesOf(t, w, "ngo")
		for name, c := range map[string]struct {
			unit string
			d    valueset.Decision
			ends bool
		}{
			"a no about the agency":     {"", valueset.DecisionDeny, true},
			"a no about the unit":       {b.north, valueset.DecisionDeny, true},
			"a no about another unit":   {b.south, valueset.DecisionDeny, false},
			"a yes about another unit":  {b.south, valueset.DecisionPermit, false},
			"a yes about the whole one": {"", valueset.DecisionPermit, false},
		} {
			id := w.Register("lwu", "Canary Refusal")
			b.says(id, valueset.DecisionPermit, b.north)
			ref := b.refers(t, id, b.north)
			if err := b.accepts(b.worker, ref); err != nil {
				t.Fatal(err)
			}
			b.says(id, c.d, c.unit)
			for wall, st := range wallsOf(t, w) {
				if got := seesBy(t, w, st, b.worker, id); strings.Contains(got, "IDENTITY") == c.ends {
					t.Errorf("%s, %s: the unit sees %q", name, wall, got)
				}
				if got := seesBy(t, w, st, b.colleague, id); got != "" {
					t.Errorf("%s, %s: another unit sees %q", name, wall, got)
				}
			}
		}
	})
}

// The unit is told of what is offered to it, and nobody beside it.
func TestNoticesToAUnit(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b, id := branchesOf(t, w, "ngo"), w.Register("lwu", "Canary Told")
		b.says(id, valueset.DecisionPermit, b.north)
		ref := b.refers(t, id, b.north)
		if err := b.accepts(b.worker, ref); err != nil {
			t.Fatal(err)
		}
		b.says(id, valueset.DecisionDeny, "")
		for wall, st := range wallsOf(t, w) {
			told := func(s rule.Scope) int {
				n, err := within(t, st, s, func(ctx context.Context, op *store.Op) (int, error) {
					return op.Notice.Query().Where(notice.SubjectID(ref)).Count(ctx)
				})
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			if got := told(b.worker); got != 2 {
				t.Errorf("%s: the unit has %d notices of the offer and its end", wall, got)
			}
			if a, z := told(b.colleague), told(b.senior); a+z != 0 {
				t.Errorf("%s: another unit has %d notices, the supervisor %d", wall, a, z)
			}
		}
	})
}

// What a unit records by a referral to it stays with it, though its agency lets everybody
// see its own; so that there is a case there is not told either (A5, B5).
func TestWhatAUnitRecordsStaysThere(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b, id := branchesOf(t, w, "ngo"), w.Register("lwu", "Canary Recorded")
		b.mode(t, valueset.NeedToKnowAgency)
		b.says(id, valueset.DecisionPermit, b.north)
		if err := b.accepts(b.worker, b.refers(t, id, b.north)); err != nil {
			t.Fatal(err)
		}
		w.Must(b.worker, func(ctx context.Context, op *store.Op) error {
			in := world.Recording(assistance)
			in.CaseID = id
			_, err := casework.RecordConsent(ctx, op, in)
			return err
		})
		w.Must(b.worker, func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordContact(ctx, op, id, casework.ContactInput{Channel: valueset.ContactChannelMobilePhone})
			return err
		})
		for wall, st := range wallsOf(t, w) {
			if got := seesBy(t, w, st, b.worker, id); !strings.Contains(got, "CONTACT by ngo") {
				t.Errorf("%s: the unit sees %q", wall, got)
			}
			if got := seesBy(t, w, st, b.colleague, id) + seesBy(t, w, st, b.senior, id); got != "" {
				t.Errorf("%s: beside it is seen %q", wall, got)
			}
		}
	})
}

// A unit of another agency is as one that is not there, and so is one without its agency.
func TestAnothersUnitIsAbsent(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b, other, id := branchesOf(t, w, "ngo"), branchesOf(t, w, "atd"), w.Register("lwu", "Canary Absent")
		b.says(id, valueset.DecisionPermit, "")
		refuses := func(unit string) (out []string) {
			share := casework.RecordConsentInput{CaseID: id, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
				Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies["ngo"].ID, UnitID: &unit,
					Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Identity}}}}
			for _, do := range []func(context.Context, *store.Op) error{
				func(ctx context.Context, op *store.Op) error {
					_, err := casework.OfferReferral(ctx, op, b.referral(id, unit))
					return err
				},
				func(ctx context.Context, op *store.Op) error {
					_, err := casework.RecordConsent(ctx, op, share)
					return err
				},
				func(ctx context.Context, op *store.Op) error {
					_, err := casework.WithdrawConsent(ctx, op, casework.WithdrawConsentInput{CaseID: id, RecipientID: &w.Agencies["ngo"].ID, UnitID: &unit,
						Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace})
					return err
				},
			} {
				err := w.Do(as(w, "lwu"), do)
				if errs.KindOf(err) != errs.Invalid {
					t.Errorf("a unit that is not of the agency: %v", err)
				}
				out = append(out, fmt.Sprint(err))
			}
			return out
		}
		absent := fmt.Sprint(refuses(pubid.New("unit")))
		for _, unit := range []string{other.north, "unit_", "x"} {
			if got := fmt.Sprint(refuses(unit)); got != absent {
				t.Errorf("%q is told from an absent one: %s", unit, got)
			}
		}
	})
}

// PostgreSQL refuses to commit an access for more than the unit that consent or referral
// names; without its trigger the same forgery opens her identity to another unit's member.
func TestAForgedAccessBeyondAUnitIsRefused(t *testing.T) {
	t.Parallel()
	for name, referred := range map[string]bool{"the consent names it": false, "the referral names it too": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onPostgres(t)
			db, login := root(t, w), app(t, w)
			b, id := branchesOf(t, w, "ngo"), w.Register("lwu", "Canary Forged Unit")
			b.says(id, valueset.DecisionPermit, "")
			if !referred {
				b.says(id, valueset.DecisionPermit, b.north)
			}
			unit := ""
			if referred {
				unit = b.north
			}
			ref := b.refers(t, id, unit)
			if err := b.accepts(b.worker, ref); err != nil {
				t.Fatal(err)
			}
			w.Must(b.worker, func(ctx context.Context, op *store.Op) error { return casework.Assign(ctx, op, id, b.colleague.Member) })
			if !referred { // now the unit alone is left
				b.says(id, valueset.DecisionDeny, b.south)
			}
			good := ofUnit(t, db, ref, b.north)
			good.Member = b.colleague.Member
			for _, forged := range []string{"", b.south, pubid.New("unit")} {
				if err := inUnit(t, login, good, forged); state(err) != checkViolated {
					t.Errorf("for the unit %q: %v", forged, err)
				}
			}
			if got := sees(t, w, b.colleague, id); strings.Contains(got, "IDENTITY") {
				t.Errorf("after the forgeries another unit sees %q", got)
			}
			if err := inUnit(t, login, good, b.north); err != nil {
				t.Errorf("the genuine access: %v", err)
			}
			exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_rest")
			if err := inUnit(t, login, good, b.south); err != nil {
				t.Error(err)
			}
			if got := sees(t, w, b.colleague, id); !strings.Contains(got, "IDENTITY") {
				t.Errorf("without the trigger another unit sees %q: the test proves nothing", got)
			}
		})
	}
}

// Where her consent names a unit, nothing is referred to the agency as a whole, nor to another
// unit of it: the row alone would tell the others of her.
func TestAReferralGoesNoFurtherThanItsUnit(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b, id := branchesOf(t, w, "ngo"), w.Register("lwu", "Canary Wide")
		b.says(id, valueset.DecisionPermit, b.north)
		for what, unit := range map[string]string{"to all of the agency": "", "to another unit": b.south} {
			err := w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.OfferReferral(ctx, op, b.referral(id, unit))
				return err
			})
			wantKind(t, what, err, errs.Conflict)
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM referrals"); n != 0 {
			t.Errorf("%d referrals are stored", n)
		}
	})
}

// A provisional consent for a unit that is confirmed is one for that unit still (A5, C6).
func TestAConfirmedConsentKeepsItsUnit(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b, id := branchesOf(t, w, "ngo"), w.Register("lwu", "Canary Confirmed")
		in := statement(w, id, "ngo", assistance, category.Identity, category.Contact)
		in.Provisions[0].UnitID = &b.north
		first := provisional(t, w, in)
		w.Advance(time.Hour)
		if err := confirm(w, "lwu", first, nil); err != nil {
			t.Fatal(err)
		}
		if err := b.accepts(b.worker, b.refers(t, id, b.north)); err != nil {
			t.Fatal(err)
		}
		b.mode(t, valueset.NeedToKnowAgency)
		for wall, st := range wallsOf(t, w) {
			if got := seesBy(t, w, st, b.worker, id); got != toTheUnit {
				t.Errorf("%s: the unit sees %q", wall, got)
			}
			if got := seesBy(t, w, st, b.colleague, id); got != "" {
				t.Errorf("%s: another unit sees %q", wall, got)
			}
		}
		err := w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.OfferReferral(ctx, op, b.referral(id, ""))
			return err
		})
		wantKind(t, "a referral to all of the agency", err, errs.Conflict)
	})
}

// Where the access of one unit ends and its agency keeps its own, that unit is told, once,
// whether she said no or time ran out; where all of it ends, the agency is (C8).
func TestAUnitIsToldThatItsAccessEnded(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b := branchesOf(t, w, "ngo")
		begin := func(canary string, days int) (id, ref string) {
			id = w.Register("lwu", canary)
			b.says(id, valueset.DecisionPermit, "")
			b.says(id, valueset.DecisionPermit, b.south)
			in := statement(w, id, "ngo", assistance, category.Identity, category.Contact)
			in.Provisions[0].UnitID, in.Provisions[0].ValidUntil = &b.north, world.Ptr(w.Store.Now()+int64(days)*int64(24*time.Hour/time.Microsecond))
			stated(t, w, in)
			ref = b.refers(t, id, "")
			if err := b.accepts(b.worker, ref); err != nil {
				t.Fatal(err)
			}
			return id, ref
		}
		told := func(ref string) string {
			t.Helper()
			return one[string](t, w.Root(), "SELECT coalesce("+strings.ReplaceAll(aggregate(w), "kind", "holder")+", 'nobody') FROM (SELECT CASE holder_id WHEN '' THEN 'agency' WHEN '"+
				b.north+"' THEN 'north' ELSE 'south' END AS holder FROM notices WHERE kind = 'ACCESS_ENDED' AND subject_id = '"+ref+"' ORDER BY created_on, holder_id) n")
		}
		tell := func() {
			t.Helper()
			for range 2 {
				if _, err := notify.Tell(t.Context(), w.Store); err != nil {
					t.Fatalf("%v (%v)", err, world.Cause(err))
				}
			}
		}
		refused, byWord := begin("Canary Unit Refused", 90)
		b.says(refused, valueset.DecisionDeny, b.north) // which ends that of the agency as a whole too
		_, byTime := begin("Canary Unit Expired", 20)
		whole, all := begin("Canary Unit Whole", 90)
		b.says(whole, valueset.DecisionDeny, "")
		tell()
		w.Advance(30 * 24 * time.Hour)
		tell()
		for what, c := range map[string]struct{ ref, want string }{
			"she said no to a unit": {byWord, "agency"}, "time ran out, and the agency as a whole reads": {byTime, "nobody"}, "she said no to all": {all, "agency"},
		} {
			if got := told(c.ref); got != c.want {
				t.Errorf("%s: told was %s, want %s", what, got, c.want)
			}
		}
		// Two units alone.
		for canary, ends := range map[string]func(id string){
			"Canary Two Refused": func(id string) { b.says(id, valueset.DecisionDeny, b.north) },
			"Canary Two Expired": func(string) { w.Advance(30 * 24 * time.Hour) },
		} {
			id, ref := begin(canary, 20)
			other := pubid.New("unit")
			exec(t, w.Root(), fmt.Sprintf("INSERT INTO agency_units (id, agency_id, code, name) VALUES ('%s', '%s', '%s', 'Unit')", other, w.Agencies["ngo"].ID, other[5:12]))
			b.says(id, valueset.DecisionDeny, other) // now the agency as a whole reads no more
			if got := told(ref); got != "agency" {
				t.Errorf("%s: told was %s", canary, got)
			}
			ends(id)
			tell()
			if got := told(ref); got != "agency,north" {
				t.Errorf("%s: told was %s, want the unit too", canary, got)
			}
		}
	})
}

// What a unit received it passes on, and no other of its agency; what is passed on to a unit
// stays there, by each wall (A5, D4).
func TestPassingOnKeepsToUnits(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		linked(w)
		says(t, w, "YES")
		b, m, p := branchesOf(t, w, "ngo"), branchesOf(t, w, "mops"), passed{Case: w.Register("lwu", "Canary Unit Onward")}
		hers, third := statement(w, p.Case, "ngo", assistance, category.Identity, category.Contact), statement(w, p.Case, "mops", assistance, category.Identity)
		hers.Provisions[0].Onward, hers.Provisions[0].UnitID, third.Provisions[0].UnitID = world.Ptr(true), &b.north, &m.north
		stated(t, w, hers)
		stated(t, w, third)
		p.First = b.refers(t, p.Case, b.north)
		if err := b.accepts(b.worker, p.First); err != nil {
			t.Fatal(err)
		}
		offer := func(s rule.Scope, unit string) (id string, err error) {
			err = w.Do(s, func(ctx context.Context, op *store.Op) error {
				id, err = casework.OfferOnward(ctx, op, onwardTo(w, p.First, "mops", func(in *casework.OfferOnwardInput) { in.UnitID = orNone(unit) }))
				return err
			})
			return id, err
		}
		_, err := offer(b.colleague, m.north)
		wantKind(t, "by another unit", err, errs.Withheld)
		_, err = offer(b.worker, "")
		wantKind(t, "to all of the third agency", err, errs.Conflict)
		_, err = offer(b.worker, m.south)
		wantKind(t, "to another unit of it", err, errs.Conflict)
		_, err = offer(b.worker, b.north)
		wantKind(t, "to a unit of one's own", err, errs.Invalid)
		if p.Onward, err = offer(b.worker, m.north); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if err := m.accepts(m.worker, p.Onward); err != nil {
			t.Fatal(err)
		}
		m.mode(t, valueset.NeedToKnowAgency)
		look := func(s rule.Scope, want string) {
			t.Helper()
			for wall, st := range wallsOf(t, w) {
				if got := seesBy(t, w, st, s, p.Case); got != want {
					t.Errorf("%s: sees %q, want %q", wall, got, want)
				}
			}
		}
		look(m.worker, readsPassedOn)
		look(m.colleague, "")
		look(m.senior, "")
		if w.URL != "" {
			db, login := root(t, w), app(t, w)
			good := one[string](t, db, "SELECT id FROM accesses WHERE referral_id = $1 AND action = 'READ' AND grantee_id <> contributor_id AND member_id <> '' ORDER BY member_id DESC LIMIT 1", p.Onward)
			for _, unit := range []string{"", m.south, b.north} {
				if err := twin(t, login, good, `{"unit_id": "`+unit+`"}`); state(err) != checkViolated {
					t.Errorf("passed on to the unit %q: %v", unit, err)
				}
			}
			if err := twin(t, login, good, "{}"); err != nil {
				t.Errorf("a genuine twin: %v", err)
			}
			exec(t, db, "ALTER TABLE referrals DISABLE TRIGGER ALL", "UPDATE referrals SET unit_id = '"+b.south+"' WHERE id = '"+p.First+"'", "ALTER TABLE referrals ENABLE TRIGGER ALL")
			if err := twin(t, login, good, "{}"); state(err) != checkViolated {
				t.Errorf("received by a unit that she did not permit: %v", err)
			}
			exec(t, db, "ALTER TABLE referrals DISABLE TRIGGER ALL", "UPDATE referrals SET unit_id = '"+b.north+"' WHERE id = '"+p.First+"'", "ALTER TABLE referrals ENABLE TRIGGER ALL")
		}
		b.says(p.Case, valueset.DecisionDeny, b.north)
		look(m.worker, "REFERRAL by ngo")
	})
}

// A change of policy knows units: what both policies give a unit stays, what the other does
// not give ends, and trying it says that it is of a unit.
func TestAChangeOfPolicyKnowsUnits(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		c, b, id := changes(t, w, store.Options{}, 1), branchesOf(t, w, "ngo"), w.Register("lwu", "Canary Unit Policy")
		b.says(id, valueset.DecisionPermit, b.north)
		if err := b.accepts(b.worker, b.refers(t, id, b.north)); err != nil {
			t.Fatal(err)
		}
		was, err := policy.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		bundle := c.signer.Bundle(t, shut(t))
		is, err := c.book.Tried([][]byte{bundle})
		if err != nil {
			t.Fatal(err)
		}
		tried, err := revisions.Try(t.Context(), c.st, was, is, "", nil)
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if !slices.ContainsFunc(tried.Counts, func(n revisions.Count) bool {
			return n.To == "ASSIGNED_IN_UNIT" && n.Category == "IDENTITY" && n.Closed == 1 && n.Opened == 0
		}) {
			t.Errorf("what it closes to a unit is not among %+v", tried.Counts)
		}
		if _, err := c.book.Apply(t.Context(), c.st, [][]byte{bundle}, nil); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		c.sound(t)
		if got := sees(t, w, b.worker, id); strings.Contains(got, "IDENTITY") {
			t.Errorf("the unit still sees %q", got)
		}
		if _, err := c.book.Rollback(t.Context(), c.st, nil); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		c.sound(t)
		if got := sees(t, w, b.worker, id); got != toTheUnit {
			t.Errorf("the unit sees %q again, want %q", got, toTheUnit)
		}
		if got := sees(t, w, b.colleague, id); got != "" {
			t.Errorf("another unit sees %q", got)
		}
	})
}

// What two units were asked for is recorded for both of them, each for what it was asked.
func TestWhatTwoUnitsWereAskedForIsRecordedApart(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b, id := branchesOf(t, w, "ngo"), w.Register("lwu", "Canary Two Units")
		b.joins(t, b.worker.Member, b.south)
		b.says(id, valueset.DecisionPermit, "")
		for _, unit := range []string{b.north, b.south} {
			if err := b.accepts(b.worker, b.refers(t, id, unit)); err != nil {
				t.Fatal(err)
			}
		}
		in := world.Recording(assistance)
		in.CaseID = id
		w.Must(b.worker, func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, in)
			return err
		})
		if n := one[int](t, w.Root(), "SELECT count(DISTINCT unit_id) FROM provisions WHERE contributor_id = '"+w.Agencies["ngo"].ID+"' AND unit_id <> ''"); n != 2 {
			t.Errorf("it is recorded for %d units", n)
		}
	})
}

// ofUnit reads the access that policy made for a unit, and takes all of the referral away.
func ofUnit(t *testing.T, db *sql.DB, referral, unit string) access {
	t.Helper()
	exec(t, db, "DELETE FROM accesses WHERE referral_id = '"+referral+"' AND unit_id <> '"+unit+"'")
	return genuine(t, nil, db, referral, "READ")
}

// inUnit writes an access as the policy role, limited to a unit, and commits.
func inUnit(t *testing.T, login *sql.DB, a access, unit string) error {
	t.Helper()
	tx, err := login.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_policy")
	_, err = tx.ExecContext(t.Context(), `INSERT INTO accesses (id, case_id, grantee_id, member_id, unit_id, contributor_id, action, categories, purpose, basis,
		referral_id, consent_id, agreement_id, valid_from, valid_until, referrer_id, referral_agreement_id, facts_version, revision)
		SELECT $1, $2::varchar, $3, $4, $16, $5, $6, $7, $8, 'CONSENT_REFERRAL', $9, $10, $11, $12, $13, $14, $15, facts_version, (SELECT revision FROM gates WHERE id = 'policy')
		FROM case_files WHERE id = $2::varchar`,
		pubid.New("access"), a.Case, a.Grantee, a.Member, a.Contributor, a.Action, int64(a.Categories), a.Purpose,
		a.Referral, a.Consent, a.Agreement, a.From, a.Until, a.Referrer, a.ReferralAgreement, unit)
	if err != nil {
		return err
	}
	return tx.Commit()
}
