package scenario

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/services/notify"
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

// sees lists what the viewer of a line sees of everything, as "ENTITY by code".
func sees(w *world.World, l world.Sight) string {
	w.T.Helper()
	names := map[string]string{}
	for c, a := range w.Agencies {
		names[a.ID] = c
	}
	var out []string
	w.Look(w.Viewer(l), func(ctx context.Context, op *store.Op) error {
		cases, err := op.CaseFile.Query().WithIdentities().WithContacts().WithProfiles().WithTraffickings().WithNarratives().
			WithWhereabouts().WithFamily().WithProtections().WithHealth().WithHealthRestricted().WithAssistance().WithProceedings().WithSuspects().All(ctx)
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
			for _, r := range c.Edges.Narratives {
				out = append(out, "NARRATIVE by "+names[r.ContributorID])
			}
			for _, by := range furtherOf(c.Edges) {
				what, agency, _ := strings.Cut(by, " by ")
				out = append(out, what+" by "+names[agency])
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

// furtherOf lists the further parts of a case, as "CATEGORY by agency".
func furtherOf(e ent.CaseFileEdges) (out []string) {
	for _, r := range e.Whereabouts {
		out = append(out, "WHEREABOUTS by "+r.ContributorID)
	}
	for _, r := range e.Family {
		out = append(out, "FAMILY by "+r.ContributorID)
	}
	for _, r := range e.Protections {
		out = append(out, "PROTECTION by "+r.ContributorID)
	}
	for _, r := range e.Health {
		out = append(out, "HEALTH by "+r.ContributorID)
	}
	for _, r := range e.HealthRestricted {
		out = append(out, "HEALTH_RESTRICTED by "+r.ContributorID)
	}
	for _, r := range e.Assistance {
		out = append(out, "ASSISTANCE by "+r.ContributorID)
	}
	for _, r := range e.Proceedings {
		out = append(out, "JUSTICE by "+r.ContributorID)
	}
	for _, r := range e.Suspects {
		out = append(out, "SUSPECT by "+r.ContributorID)
	}
	return out
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

// The walk-through, steps 1 to 7, and the story of one referral: A2, A3, B5, C1, C2, C8,
// D1, D2, D3, D5, D6, J7. What each viewer sees at each step stands in testdata/doors.tsv,
// and is the same by every door.
func TestWalkThrough(t *testing.T) {
	table := world.Sights(t)
	for story, tell := range world.Stories {
		t.Run(story, func(t *testing.T) {
			both(t, world.Options{}, func(t *testing.T, w *world.World) {
				s, known, steps := w.Serve(false), map[string]string{}, map[string]bool{}
				after := beside(t, w)
				tell(w, func(step, id string) {
					steps[step] = true
					for _, l := range table {
						if l.Story != story || l.Step != step || l.As == "stranger" {
							continue
						}
						want := strings.Split(l.Sees, ", ")
						want = append(want, slices.Repeat([]string{"PREVIEW"}, l.Previews)...)
						slices.Sort(want)
						expect(t, step+" "+l.Agency+" "+l.As, sees(w, l), strings.TrimPrefix(strings.Join(want, ", "), ", "))
						doors(t, s, l, id, known)
					}
					if story == "walk" {
						after(step)
					}
				})
				for _, l := range table {
					if l.Story == story && !steps[l.Step] {
						t.Errorf("the table's step %q is none of the story", l.Step)
					}
				}
			})
		})
	}
}

// beside is what the walk-through says beside what is seen: the notices, and that a
// suspension rewrites no access (C8, D6).
func beside(t *testing.T, w *world.World) func(step string) {
	before := ""
	return func(step string) {
		switch step {
		case "6 withdrawn":
			expect(t, "6 atd notices", notices(w, "atd"), "REFERRAL_OFFERED, ACCESS_ENDED")
			before = accessRows(w)
		case "7 suspended":
			if n, err := notify.Tell(t.Context(), w.Store); err != nil || n != 1 {
				t.Errorf("7: %d notices of what ended, want 1: %v", n, err)
			}
			expect(t, "7 ngo notices", notices(w, "ngo"), "REFERRAL_OFFERED, ACCESS_ENDED")
			if after := accessRows(w); before != after {
				t.Errorf("7: the suspension rewrote accesses: %s before, %s after", before, after)
			}
		}
	}
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
