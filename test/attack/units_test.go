package attack

import (
	"context"
	"database/sql"
	"fmt"
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
	"github.com/sala-exchange/sala/services/casework"
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
				if err := b.accepts(b.colleague, ref); guarded && errs.KindOf(err) != errs.NotFound {
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
			_, err := casework.RecordContact(ctx, op, id, &casework.ContactInput{Channel: world.Ptr(valueset.ContactChannelMobilePhone)})
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
