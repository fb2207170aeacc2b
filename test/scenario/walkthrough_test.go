package scenario

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

var server *postgres.Server

func TestMain(m *testing.M) { os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s })) }

// both runs a story on SQLite and on PostgreSQL.
func both(t *testing.T, o world.Options, story func(*testing.T, *world.World)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); story(t, world.OnSQLite(t, o)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); story(t, world.OnPostgres(t, server, o)) })
}

// sees lists what an agency's case worker sees of everything, as "ENTITY by code".
func sees(w *world.World, code string, p category.Purpose) string {
	w.T.Helper()
	names := map[string]string{}
	for c, a := range w.Agencies {
		names[a.ID] = c
	}
	var out []string
	w.Look(w.As(code, p), func(ctx context.Context, op *store.Op) error {
		cases, err := op.CaseFile.Query().WithIdentities().WithContacts().WithProfiles().WithTraffickings().WithNarratives().All(ctx)
		if err != nil {
			return err
		}
		for _, c := range cases {
			out = append(out, "CASE")
			for _, r := range c.Edges.Identities {
				out = append(out, "IDENTITY by "+names[r.ContributorID])
			}
			for _, r := range c.Edges.Contacts {
				out = append(out, "CONTACT by "+names[r.ContributorID])
			}
			for _, r := range c.Edges.Profiles {
				out = append(out, "PROFILE by "+names[r.ContributorID])
			}
			for _, r := range c.Edges.Traffickings {
				out = append(out, "TRAFFICKING by "+names[r.ContributorID])
			}
		}
		previews, err := op.Preview.Query().All(ctx)
		for range previews {
			out = append(out, "PREVIEW")
		}
		return err
	})
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func expect(t *testing.T, step, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: sees %q, want %q", step, got, want)
	}
}

func notices(w *world.World, code string) string {
	var out []string
	w.Look(w.As(code, category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		rows, err := op.Notice.Query().Order(notice.ByCreatedOn()).All(ctx)
		for _, n := range rows {
			out = append(out, string(n.Kind))
		}
		return err
	})
	return strings.Join(out, ", ")
}

// The walk-through, steps 1 to 7: A2, A3, B5, C1, C2, C8, D1, D2, D6.
func TestWalkThrough(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		assistance, justice := category.ForAssistance, category.ForJustice
		id := w.Register("lwu", "Canary Step")
		expect(t, "1 lwu", sees(w, "lwu", assistance), "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by lwu, TRAFFICKING by lwu")
		for _, other := range []string{"ngo", "atd", "mops", "iom"} {
			expect(t, "1 "+other, sees(w, other, assistance), "")
		}
		w.Share("lwu", id, "atd", justice, category.Profile, category.Trafficking)
		w.Share("lwu", id, "ngo", assistance, category.Identity, category.Contact)
		expect(t, "2 atd", sees(w, "atd", justice), "")
		expect(t, "2 ngo", sees(w, "ngo", assistance), "")

		toATD := w.Refer("lwu", id, "atd", justice, category.Profile, category.Trafficking)
		toNGO := w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Contact)
		expect(t, "3 atd before", sees(w, "atd", justice), "PREVIEW")
		expect(t, "3 ngo before", sees(w, "ngo", assistance), "PREVIEW")
		w.Accept("atd", justice, toATD)
		w.Accept("ngo", assistance, toNGO)
		expect(t, "3 atd", sees(w, "atd", justice), "CASE, PROFILE by lwu, TRAFFICKING by lwu")
		expect(t, "3 ngo", sees(w, "ngo", assistance), "CASE, CONTACT by lwu, IDENTITY by lwu")

		own(w, "ngo", assistance, id, func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
			return err
		})
		own(w, "atd", justice, id, func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordTrafficking(ctx, op, id, casework.TraffickingInput{})
			return err
		})
		expect(t, "4 lwu", sees(w, "lwu", assistance), "CASE, CONTACT by lwu, IDENTITY by lwu, PREVIEW, PREVIEW, PROFILE by lwu, TRAFFICKING by lwu")
		expect(t, "4 ngo", sees(w, "ngo", assistance), "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by ngo")
		expect(t, "4 atd", sees(w, "atd", justice), "CASE, PROFILE by lwu, TRAFFICKING by atd, TRAFFICKING by lwu")

		expect(t, "5 atd assistance", sees(w, "atd", assistance), "")
		expect(t, "5 mops", sees(w, "mops", justice), "")

		w.Withdraw("lwu", id, "atd")
		expect(t, "6 atd", sees(w, "atd", justice), "CASE, TRAFFICKING by atd")
		expect(t, "6 atd notices", notices(w, "atd"), "REFERRAL_OFFERED, ACCESS_ENDED")

		before := accessRows(w)
		w.Must(w.As("lwu", assistance), func(ctx context.Context, op *store.Op) error {
			return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		expect(t, "7 ngo", sees(w, "ngo", assistance), "CASE, PROFILE by ngo")
		expect(t, "7 ngo notices", notices(w, "ngo"), "REFERRAL_OFFERED, ACCESS_ENDED")
		if after := accessRows(w); before != after {
			t.Errorf("7: the suspension rewrote accesses: %s before, %s after", before, after)
		}
		w.Must(w.As("lwu", assistance), func(ctx context.Context, op *store.Op) error {
			return onboarding.ResumeAgreement(ctx, op, w.Agreements["lwu+ngo"])
		})
		expect(t, "7 resumed", sees(w, "ngo", assistance), "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by ngo")
	})
}

// own records her consent to the agency's own recording (C1), then a row on it.
func own(w *world.World, code string, p category.Purpose, id string, record func(context.Context, *store.Op) error) {
	w.T.Helper()
	if err := w.Do(w.As(code, p), record); err == nil {
		w.T.Errorf("%s recorded without a basis (C1)", code)
	}
	w.Must(w.As(code, p), func(ctx context.Context, op *store.Op) error {
		in := world.Recording(p)
		in.CaseID = id
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
	w.Must(w.As(code, p), record)
}

// accessRows is the ids of all access rows.
func accessRows(w *world.World) string {
	var ids []string
	s := w.As("lwu", category.ForAssistance)
	s.Mode = rule.Policy
	w.Must(s, func(ctx context.Context, op *store.Op) error {
		var err error
		ids, err = op.Access.Query().IDs(ctx)
		return err
	})
	slices.Sort(ids)
	return fmt.Sprint(ids)
}
