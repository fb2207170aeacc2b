package attack

import (
	"context"
	"testing"

	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// Near the limit an age that is stated, estimated or rests on nothing leaves her a
// child, until a document or an assessment excludes it (E1). It is 2026-03-02.
func TestAnUncertainAgeIsAChilds(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for _, c := range []struct {
			date  string
			basis valueset.AgeBasis
			adult bool
		}{
			{"2008-03-01", valueset.AgeBasisDocument, true}, {"2008-03-03", valueset.AgeBasisDocument, false},
			{"2008-03-01", valueset.AgeBasisAssessed, true}, {"2008-03-03", valueset.AgeBasisAssessed, false},
			{"2008-03-01", valueset.AgeBasisStated, false}, {"2005-03-03", valueset.AgeBasisStated, false}, {"2005-03-01", valueset.AgeBasisStated, true},
			{"2008-03-01", valueset.AgeBasisEstimated, false}, {"2003-03-03", valueset.AgeBasisEstimated, false}, {"2003-03-01", valueset.AgeBasisEstimated, true},
			{"2008-03-01", "", false}, {"2003-03-03", "", false}, {"2003-03-01", "", true},
			{"2003", valueset.AgeBasisEstimated, false}, {"2002", valueset.AgeBasisEstimated, true},
		} {
			id := bornOf(w, c.date, c.basis)
			w.Share("lwu", id, "ngo", assistance, category.Identity)
			err := refer(w, "lwu", id, "ngo", assistance, category.Identity)
			if c.adult && err != nil {
				t.Errorf("%s %s: %v", c.date, c.basis, err)
			}
			if !c.adult {
				wantKind(t, c.date+" "+string(c.basis), err, errs.Conflict)
			}
		}
	})
}

// No agency's knowledge of her age opens another's rows to itself; and whichever
// agency's makes her a child, she is one (E1).
func TestAReceiversDateOpensNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		birth := func(code, caseID string, date *string) {
			w.Must(as(w, code), func(ctx context.Context, op *store.Op) error {
				who := world.Adult("Canary Date")
				who.BirthDate = date
				row, err := op.Identity.Query().Where(identity.CaseID(caseID), identity.ContributorID(w.Agencies[code].ID)).First(ctx)
				if err == nil {
					return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: row.ID, Version: row.Version}, *who)
				}
				_, err = casework.RecordIdentity(ctx, op, caseID, *who)
				return err
			})
		}
		grown := world.Ptr("1994-05-17")
		s := share(w, "Canary Receiver")
		open := sees(t, w, as(w, "ngo"), s.Case)
		w.Must(as(w, "ngo"), recording(s.Case))
		birth("ngo", s.Case, grown)
		birth("lwu", s.Case, nil)
		own := "CASE by lwu, CONSENT by ngo, IDENTITY by ngo, PROVISION by ngo, REFERRAL by lwu"
		if got := sees(t, w, as(w, "ngo"), s.Case); got != own {
			t.Errorf("the owner knows no date; on its own ngo sees %q, want %q (it was %q)", got, own, open)
		}
		wantKind(t, "on the receiver's date", refer(w, "lwu", s.Case, "ngo", assistance, category.Identity), errs.Conflict)

		s = share(w, "Canary Younger")
		w.Must(as(w, "ngo"), recording(s.Case))
		birth("ngo", s.Case, world.Ptr("2012-01-01"))
		if got := sees(t, w, as(w, "ngo"), s.Case); got != own {
			t.Errorf("ngo knows her to be a child and sees %q, want %q", got, own)
		}
		evaluated(t, w)
	})
}
