package attack

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent/externalreferral"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/test/world"
)

const inAWeek = int64(7 * 24 * time.Hour / time.Microsecond)

func outside(w *world.World, caseID string, change func(*casework.RecordExternalReferralInput), named ...valueset.ExternalField) casework.RecordExternalReferralInput {
	in := casework.RecordExternalReferralInput{CaseID: caseID, Purpose: assistance, Party: "Canary Party", NamedFields: named,
		Form: valueset.ConsentFormWritten, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
		ReplyBy: w.Store.Now() + inAWeek, DeleteBy: w.Store.Now() + 2*inAWeek}
	if change != nil {
		change(&in)
	}
	return in
}

func recordOutside(w *world.World, by string, in casework.RecordExternalReferralInput) (id string, err error) {
	err = w.Do(w.As(by, in.Purpose), func(ctx context.Context, op *store.Op) error {
		id, err = casework.RecordExternalReferral(ctx, op, in)
		return err
	})
	return id, err
}

func sheetOf(w *world.World, by, id string, p category.Purpose) (out *casework.Sheet, err error) {
	err = w.Do(w.As(by, p), func(ctx context.Context, op *store.Op) error {
		out, err = casework.PrintExternalReferral(ctx, op, id)
		return err
	})
	return out, err
}

func byOutside(w *world.World, verb func(context.Context, *store.Op, string) (string, error), by, id string) error {
	return w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
		_, err := verb(ctx, op, id)
		return err
	})
}

// What goes to a party outside Sala is what she named, field by field, of the owner's own
// rows, while her consent stands; each sheet is on record, and deletion is asked for (D8).
func TestWhatGoesOutIsWhatSheNamed(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const names, contact = valueset.ExternalFieldIdentityNames, valueset.ExternalFieldContactSafe
		case1 := full(t, w, "Canary Outside")
		for what, in := range map[string]casework.RecordExternalReferralInput{
			"no field": outside(w, case1, nil), "no party": outside(w, case1, func(in *casework.RecordExternalReferralInput) { in.Party = "" }, names),
			"twice":                    outside(w, case1, nil, names, names),
			"whereabouts in company":   outside(w, case1, nil, names, valueset.ExternalFieldWhereaboutsPlaces),
			"restricted in company":    outside(w, case1, nil, names, valueset.ExternalFieldHealthRestrictedConditions),
			"through a relative":       outside(w, case1, func(in *casework.RecordExternalReferralInput) { in.Interpretation = valueset.InterpretationRelative }, names),
			"in custody":               outside(w, case1, func(in *casework.RecordExternalReferralInput) { in.Setting = valueset.SettingCustody }, names),
			"to no key":                outside(w, case1, func(in *casework.RecordExternalReferralInput) { in.RecipientKey = world.Ptr("age1x") }, names),
			"a story for justice":      outside(w, case1, func(in *casework.RecordExternalReferralInput) { in.Purpose = justice }, names, valueset.ExternalFieldNarrativeStatements),
			"restricted for justice":   outside(w, case1, func(in *casework.RecordExternalReferralInput) { in.Purpose = justice }, valueset.ExternalFieldHealthRestrictedConditions),
			"exploitation for tracing": outside(w, case1, func(in *casework.RecordExternalReferralInput) { in.Purpose = category.Tracing }, valueset.ExternalFieldTraffickingExploitation),
		} {
			_, err := recordOutside(w, "lwu", in)
			if k := errs.KindOf(err); err == nil || k != errs.Invalid && !(in.Purpose == category.Tracing && k == errs.Withheld) {
				t.Errorf("%s: %v (%v)", what, err, world.Cause(err))
			}
		}
		_, err := recordOutside(w, "ngo", outside(w, case1, nil, names))
		wantKind(t, "by a stranger", err, errs.Withheld)
		child := born(w, thirteen)
		_, err = recordOutside(w, "lwu", outside(w, child, nil, names))
		wantKind(t, "of a child, alone", err, errs.Conflict)
		mother := guardian(t, w, child, nil)
		if _, err = recordOutside(w, "lwu", outside(w, child, func(in *casework.RecordExternalReferralInput) {
			in.GuardianshipID, in.ChildsViews = &mother, world.Ptr(valueset.ChildsViews(valueset.ChildsViews("").Values()[0]))
		}, names)); err != nil {
			t.Errorf("of a child, with her mother: %v (%v)", err, world.Cause(err))
		}

		id, err := recordOutside(w, "lwu", outside(w, case1, nil, names))
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		before := recordsOf(t, w, case1)
		page, err := sheetOf(w, "lwu", id, assistance)
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		for _, want := range []string{"Canary Outside", "Canary Party", w.Agencies["lwu"].Worker, id, reference(w, case1)} {
			if !strings.Contains(page.Content, want) {
				t.Errorf("the sheet lacks %q", want)
			}
		}
		if strings.Contains(page.Content, "+999") || strings.Contains(page.Content, "LA") {
			t.Error("the sheet has what she did not name")
		}
		if got := recordsOf(t, w, case1); got <= before {
			t.Errorf("a sheet left %d records, then %d", before, got)
		}
		_, err = sheetOf(w, "ngo", id, assistance)
		wantKind(t, "printed by a stranger", err, errs.Withheld)
		_, err = sheetOf(w, "lwu", id, justice)
		wantKind(t, "printed for another purpose", err, errs.Invalid)

		receive := func(id string) error {
			return w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.HandOverExternalReferral(ctx, op, casework.HandOverExternalReferralInput{ExternalReferralID: id, Receipt: "Canary Receipt"})
				return err
			})
		}
		if err := receive(id); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		wantKind(t, "handed over twice", receive(id), errs.Conflict)
		due := func() int {
			return run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (int, error) {
				return op.Notice.Query().Where(notice.KindEQ(valueset.NoticeKindExternalDue), notice.SubjectID(id)).Count(ctx)
			})
		}
		for i, want := range []int{0, 1, 1, 2} { // the reply, then the deletion, each told once
			if _, err := notify.Tell(t.Context(), w.Store); err != nil {
				t.Fatal(err)
			}
			if got := due(); got != want {
				t.Errorf("look %d: %d notices that something is due, want %d", i, got, want)
			}
			if i != 1 {
				w.Advance(7*24*time.Hour + time.Minute)
			}
		}
		if err := byOutside(w, casework.WithdrawExternalReferral, "lwu", id); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if got := due(); got != 3 {
			t.Errorf("taken back: %d notices that something is due", got)
		}
		if err := byOutside(w, casework.ConfirmExternalDeletion, "lwu", id); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}

		back, err := recordOutside(w, "lwu", outside(w, case1, nil, contact))
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if err := byOutside(w, casework.WithdrawExternalReferral, "lwu", back); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		_, err = sheetOf(w, "lwu", back, assistance)
		wantKind(t, "printed after she took it back", err, errs.Conflict)
		late, err := recordOutside(w, "lwu", outside(w, case1, nil, contact))
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		w.Advance(31 * 24 * time.Hour)
		_, err = sheetOf(w, "lwu", late, assistance)
		wantKind(t, "printed after her consent's end", err, errs.Conflict)
		if w.URL == "" {
			return
		}
		// The database refuses the same, without the verb.
		for what, change := range map[string]string{
			"a sheet after she took it back": "UPDATE external_referrals SET sheets = sheets + 1 WHERE id = '" + back + "'",
			"handing over without a sheet":   "UPDATE external_referrals SET state = 'HANDED_OVER', handed_over_on = given_on WHERE id = '" + late + "'",
			"a way back":                     "UPDATE external_referrals SET state = 'RECORDED' WHERE id = '" + id + "'",
		} {
			if _, err := root(t, w).ExecContext(t.Context(), change); state(err) != checkViolated {
				t.Errorf("%s, by SQL: %v", what, err)
			}
		}
	})
}

// recordsOf counts the records about a case.
func recordsOf(t *testing.T, w *world.World, caseID string) int {
	t.Helper()
	return one[int](t, w.Root(), "SELECT count(*) FROM disclosures WHERE case_id = '"+caseID+"'")
}

// A sheet to a party with a key opens with that key alone; the party's name lies sealed.
func TestWhatGoesOutIsEncrypted(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Encrypted")
		key, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		ext, err := recordOutside(w, "lwu", outside(w, id, func(in *casework.RecordExternalReferralInput) {
			in.RecipientKey = world.Ptr(key.Recipient().String())
		}, valueset.ExternalFieldIdentityNames))
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		out, err := sheetOf(w, "lwu", ext, assistance)
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		raw, err := base64.StdEncoding.DecodeString(out.Content)
		if err != nil || bytes.Contains(raw, []byte("Canary")) {
			t.Fatalf("the sheet is not encrypted: %v", err)
		}
		other, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := age.Decrypt(bytes.NewReader(raw), other); err == nil {
			t.Error("another key opens it")
		}
		r, err := age.Decrypt(bytes.NewReader(raw), key)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(r)
		if err != nil || !strings.Contains(string(page), "Canary Encrypted") {
			t.Errorf("its own key opens %d bytes: %v", len(page), err)
		}
		stored := one[[]byte](t, w.Root(), "SELECT sealed FROM external_referrals WHERE id = '"+ext+"'")
		if bytes.Contains(stored, []byte("Canary")) {
			t.Error("the party's name is not sealed")
		}
		told := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
			row, err := op.ExternalReferral.Query().Where(externalreferral.ID(ext)).Only(ctx)
			if err != nil {
				return "", err
			}
			return row.Party, nil
		})
		if told != "Canary Party" {
			t.Errorf("the owner reads %q", told)
		}
	})
}

// Who traces her family learns nothing of exploitation, on a consent that names TRACING
// alone (D8).
func TestTracersLearnNoExploitation(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const tracing = category.Tracing
		id := w.Register("lwu", "Canary Traced")
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			in := world.Recording(tracing)
			in.CaseID = id
			_, err := casework.RecordConsent(ctx, op, in)
			return err
		})
		w.InForce([]string{"lwu", "ngo"}, []category.Purpose{tracing}, category.Shareable(), time.Hour, 3*365*24*time.Hour)
		request := func(cs ...category.Category) (ref string, err error) {
			err = w.Do(w.As("lwu", tracing), func(ctx context.Context, op *store.Op) error {
				ref, err = casework.RequestTracing(ctx, op, casework.RequestTracingInput{CaseID: id, ToID: w.Agencies["ngo"].ID, Categories: cs,
					Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + inAWeek})
				return err
			})
			return ref, err
		}
		both := statement(w, id, "ngo", tracing, category.Identity, category.Trafficking)
		both.Provisions[0].Purposes = []category.Purpose{tracing, assistance}
		stated(t, w, both)
		_, err := request(category.Identity)
		wantKind(t, "on a consent for something else too", err, errs.Conflict)
		stated(t, w, statement(w, id, "ngo", tracing, category.Identity, category.Trafficking, category.Narrative))
		wantKind(t, "by a referral like any other", refer(w, "lwu", id, "ngo", tracing, category.Identity), errs.Invalid)
		_, err = request(category.Identity, category.Trafficking)
		wantKind(t, "with exploitation", err, errs.Invalid)
		ref, err := request(category.Identity)
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		w.Accept("ngo", tracing, ref)
		if got, want := sees(t, w, w.As("ngo", tracing), id), "CASE by lwu, IDENTITY by lwu, PROVISION by lwu, REFERRAL by lwu"; got != want {
			t.Errorf("ngo sees %q, want %q", got, want)
		}
		if got := sees(t, w, w.As("lwu", tracing), id); strings.Contains(got, "TRAFFICKING") || !strings.Contains(got, "IDENTITY by lwu") {
			t.Errorf("for tracing the owner sees %q", got)
		}
		if w.URL == "" {
			return
		}
		login := app(t, w)
		good := one[string](t, root(t, w), "SELECT id FROM accesses WHERE referral_id = $1 AND action = 'READ' AND grantee_id <> contributor_id LIMIT 1", ref)
		if err := twin(t, login, good, "{}"); err != nil {
			t.Errorf("a genuine twin: %v", err)
		}
		if err := twin(t, login, good, `{"categories": `+bits(category.Case, category.Identity, category.Trafficking)+`}`); state(err) != checkViolated {
			t.Errorf("exploitation, by SQL: %v", err)
		}
		own := one[string](t, root(t, w), "SELECT id FROM accesses WHERE case_id = $1 AND purpose = 'TRACING' AND grantee_id = contributor_id AND member_id <> '' LIMIT 1", id)
		if err := twin(t, login, own, `{"categories": `+bits(category.Case, category.Narrative)+`}`); state(err) != checkViolated {
			t.Errorf("the owner's own story, by SQL: %v", err)
		}
	})
}
