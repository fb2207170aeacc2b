package attack

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// transfer offers lwu's case to an agency on a statement.
func transfer(w *world.World, id, to, said string) error {
	return w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		return casework.OfferTransfer(ctx, op, casework.OfferTransferInput{CaseID: id, ToID: w.Agencies[to].ID, ConsentID: said})
	})
}

// moving is her statement about a transfer, to be changed by a test.
func moving(w *world.World, id, to string) casework.RecordConsentInput {
	in := statement(w, id, to, assistance)
	in.Kind, in.Provisions[0].Categories = valueset.ConsentKindTransfer, nil
	return in
}

// A case moves on her own statement about exactly that, under an agreement, about an
// adult; until then the other agency learns nothing (A4, E1, D6).
func TestATransferTakesAStatementOfItsOwn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		told := func() int {
			return one[int](t, raw(t, w), "SELECT count(*) FROM notices WHERE kind = 'CASE_TRANSFER'")
		}
		s := share(w, "Canary Moving")
		wantKind(t, "on consent to sharing", transfer(w, s.Case, "ngo", sharing(t, w, s.Case)), errs.Conflict)
		wantKind(t, "without any agreement", transfer(w, s.Case, "mops", w.Transferable("lwu", s.Case, "mops", assistance)), errs.Conflict)
		wantKind(t, "for a purpose outside the agreement", transfer(w, s.Case, "ngo", w.Transferable("lwu", s.Case, "ngo", category.Return)), errs.Conflict)

		weak := moving(w, s.Case, "ngo")
		weak.Interpretation = valueset.InterpretationRelative
		wantKind(t, "a provisional statement (C6)", transfer(w, s.Case, "ngo", said(t, w, weak)), errs.Conflict)
		for name, spoil := range map[string]func(*casework.RecordConsentInput){
			"a caregiver's": func(in *casework.RecordConsentInput) { in.Voice = world.Ptr(valueset.VoiceCaregiver) },
			"one to a class": func(in *casework.RecordConsentInput) {
				in.Provisions[0].RecipientID = nil
				in.Provisions[0].RecipientClass = world.Ptr(valueset.AgencyKindNGO)
			},
			"one about rows": func(in *casework.RecordConsentInput) {
				in.Provisions[0].Categories = []category.Category{category.Profile}
			},
			"one of no purpose": func(in *casework.RecordConsentInput) { in.Provisions[0].Purposes = nil },
		} {
			in := moving(w, s.Case, "ngo")
			spoil(&in)
			wantKind(t, "recording "+name, record(w, "lwu", in), errs.Invalid)
		}
		wantKind(t, "recorded by the receiver", record(w, "ngo", moving(w, s.Case, "ngo")), errs.Forbidden)

		for name, date := range map[string]string{"a child": "2015-01-01", "of unknown age": ""} {
			child := bornOf(w, date, valueset.AgeBasisDocument)
			wantKind(t, name, transfer(w, child, "ngo", w.Transferable("lwu", child, "ngo", assistance)), errs.Conflict)
		}
		if n := told(); n != 0 {
			t.Errorf("%d agencies were told of transfers that nothing allows", n)
		}

		good := w.Transferable("lwu", s.Case, "ngo", assistance)
		if err := transfer(w, s.Case, "ngo", good); err != nil || told() != 1 {
			t.Errorf("on her own statement: %v (%v), %d told", err, world.Cause(err), told())
		}
		evaluated(t, w)
	})
}

func said(t *testing.T, w *world.World, in casework.RecordConsentInput) string {
	t.Helper()
	return run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) { return casework.RecordConsent(ctx, op, in) })
}

// Between offer and acceptance everything may change: her no, a suspension, her death.
func TestAnOfferedTransferFallsWithWhatItRestsOn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for name, change := range map[string]struct {
			do   func(id string)
			want errs.Kind
		}{
			"nothing":                {func(string) {}, 0},
			"she withdraws":          {func(id string) { w.Withdraw("lwu", id, "ngo") }, errs.Withheld},
			"the agreement suspends": {func(string) { gateOfNGO(w, onboarding.SuspendAgreement) }, errs.Conflict},
			"the owner is suspended": {func(string) { w.Shut("lwu") }, errs.Conflict},
		} {
			s := share(w, "Canary Falling")
			w.Must(as(w, "ngo"), recording(s.Case))
			offerTransfer(w, s.Case)
			change.do(s.Case)
			accept := acceptingTransfer(w, s.Case)
			err := w.Do(accept.who, accept.do)
			w.Open("lwu")
			if name == "the agreement suspends" {
				gateOfNGO(w, onboarding.ResumeAgreement)
			}
			if change.want == 0 {
				if err != nil {
					t.Errorf("%s: %v (%v)", name, err, world.Cause(err))
				}
				continue
			}
			wantKind(t, name, err, change.want)
			if strings.Contains(fmt.Sprint(err), "C8") || strings.Contains(fmt.Sprint(err), "D6") {
				t.Errorf("%s: the receiver learns the cause: %v", name, err)
			}
		}
		evaluated(t, w)
	})
}

func gateOfNGO(w *world.World, verb func(context.Context, *store.Op, string) error) {
	w.T.Helper()
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return verb(ctx, op, w.Agreements["lwu+ngo"]) })
}

// By SQL a case neither is offered without her statement nor changes its owner (A4).
func TestNoTransferBySQL(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s := share(w, "Canary Owner")
	good := w.Transferable("lwu", s.Case, "ngo", assistance)
	ngo, atd := w.Agencies["ngo"], w.Agencies["atd"]
	offer := "UPDATE case_files SET transfer_to_id = '%s', transfer_consent_id = '%s' WHERE id = '" + s.Case + "'"
	own := "UPDATE case_files SET owner_id = '%s', transfer_to_id = '' WHERE id = '" + s.Case + "'"
	login := app(t, w)
	try := func(a *world.Agency, keep bool, statement string, args ...any) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		settle(t, tx, w, a)
		if _, err = tx.ExecContext(t.Context(), fmt.Sprintf(statement, args...)); err != nil || !keep {
			return err
		}
		return tx.Commit()
	}
	lwu := w.Agencies["lwu"]
	for name, err := range map[string]error{
		"offered without a statement":      try(lwu, true, offer, ngo.ID, ""),
		"offered on consent to sharing":    try(lwu, true, offer, ngo.ID, sharing(t, w, s.Case)),
		"offered to another than she said": try(lwu, true, offer, atd.ID, good),
		"given away at once":               try(lwu, true, own, ngo.ID),
	} {
		if state(err) != checkViolated && state(err) != notPrivileged {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := try(lwu, true, offer, ngo.ID, good); err != nil {
		t.Fatalf("offered on her statement: %v", err)
	}
	if err := try(atd, true, own, atd.ID); err != nil {
		t.Fatal(err)
	}
	if owner := one[string](t, root(t, w), "SELECT owner_id FROM case_files WHERE id = $1", s.Case); owner != lwu.ID {
		t.Errorf("atd took over what was offered to ngo: %s", owner)
	}
	if err := try(ngo, false, own, ngo.ID); err != nil {
		t.Errorf("ngo takes over what was offered to it: %v", err)
	}
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		in := moving(w, s.Case, "ngo")
		in.Provisions[0].Decision = valueset.DecisionDeny
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
	exec(t, root(t, w), "SET session_replication_role = replica",
		"UPDATE case_files SET transfer_to_id = '"+ngo.ID+"', transfer_consent_id = '"+good+"' WHERE id = '"+s.Case+"'")
	if err := try(ngo, true, own, ngo.ID); state(err) != checkViolated {
		t.Errorf("ngo takes over after she refused: %v", err)
	}
}
