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
	"github.com/sala-exchange/sala/services/notify"
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

// The walk-through, steps 1 to 7: A2, A3, B5, C1, C2, C8, D1, D2, D6. What each agency
// sees at each step stands in testdata/doors.tsv, and is the same by every door.
func TestWalkThrough(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s, table, known := w.Serve(false), sights(t), map[string]string{}
		var id string
		steps := map[string]bool{}
		at := func(step string) {
			t.Helper()
			steps[step] = true
			for _, l := range table {
				if l.step != step {
					continue
				}
				want := strings.Split(l.sees, ", ")
				want = append(want, slices.Repeat([]string{"PREVIEW"}, l.previews)...)
				slices.Sort(want)
				expect(t, step+" "+l.agency, sees(w, l.agency, l.purpose), strings.TrimPrefix(strings.Join(want, ", "), ", "))
				doors(t, s, l, id, known)
			}
		}
		walk(t, w, &id, at)
		for _, l := range table {
			if !steps[l.step] {
				t.Errorf("the table's step %q is none of the story", l.step)
			}
		}
	})
}

// walk is the story; at is told when a step is done.
func walk(t *testing.T, w *world.World, caseID *string, at func(string)) {
	assistance, justice := category.ForAssistance, category.ForJustice
	id := w.Register("lwu", "Canary Step")
	*caseID = id
	at("1 registered")
	w.Share("lwu", id, "atd", justice, category.Profile, category.Trafficking)
	w.Share("lwu", id, "ngo", assistance, category.Identity, category.Contact)
	at("2 she consented")
	toATD := w.Refer("lwu", id, "atd", justice, category.Profile, category.Trafficking)
	toNGO := w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Contact)
	at("3 referred")
	w.Accept("atd", justice, toATD)
	w.Accept("ngo", assistance, toNGO)
	at("3 accepted")
	own(w, "ngo", assistance, id, func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
		return err
	})
	own(w, "atd", justice, id, func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordTrafficking(ctx, op, id, casework.TraffickingInput{})
		return err
	})
	at("4 rows added")
	at("5 others ask")
	w.Withdraw("lwu", id, "atd")
	at("6 withdrawn")
	expect(t, "6 atd notices", notices(w, "atd"), "REFERRAL_OFFERED, ACCESS_ENDED")
	before := accessRows(w)
	w.Must(w.As("lwu", assistance), func(ctx context.Context, op *store.Op) error {
		return onboarding.SuspendAgreement(ctx, op, w.Agreements["lwu+ngo"])
	})
	at("7 suspended")
	if n, err := notify.Tell(t.Context(), w.Store); err != nil || n != 1 {
		t.Errorf("7: %d notices of what ended, want 1: %v", n, err)
	}
	expect(t, "7 ngo notices", notices(w, "ngo"), "REFERRAL_OFFERED, ACCESS_ENDED")
	if after := accessRows(w); before != after {
		t.Errorf("7: the suspension rewrote accesses: %s before, %s after", before, after)
	}
	w.Must(w.As("lwu", assistance), func(ctx context.Context, op *store.Op) error {
		return onboarding.ResumeAgreement(ctx, op, w.Agreements["lwu+ngo"])
	})
	at("7 resumed")
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
