package attack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// entity is what the doors ask of one stored entity about one case: each door gives
// lines "NAME by agency id", one a visible row.
type entity struct {
	name, table, of, by string // of and by: the columns of the case and of whose row it is
	query               func(context.Context, *store.Op, string) ([]string, error)
	filter              func(context.Context, *store.Op, string) ([]string, error)
	count               func(context.Context, *store.Op, string, string) (int, error)
	ids                 func(context.Context, *store.Op, string) ([]string, error)
	exist               func(context.Context, *store.Op, string) (bool, error)
	get                 func(context.Context, *store.Op, string) (bool, error)
}

// queries is what all of Ent's queries have in common.
type queries[Q, P, R any] interface {
	Where(...P) Q
	All(context.Context) ([]*R, error)
	IDs(context.Context) ([]string, error)
	Count(context.Context) (int, error)
	Exist(context.Context) (bool, error)
}

type getter[R any] interface {
	Get(context.Context, string) (*R, error)
}

func entityOf[Q queries[Q, P, R], P ~func(*sql.Selector), R any](name, table, of, by string,
	from func(*store.Op) Q, get func(*store.Op) getter[R], contributor func(*R) string) entity {
	lines := func(rows []*R, err error) ([]string, error) {
		var out []string
		for _, r := range rows {
			out = append(out, name+" by "+contributor(r))
		}
		return out, err
	}
	return entity{
		name: name, table: table, of: of, by: by,
		query: func(ctx context.Context, op *store.Op, id string) ([]string, error) {
			return lines(from(op).Where(P(sql.FieldEQ(of, id))).All(ctx))
		},
		// What a caller adds to a query is never OR-ed with the wall.
		filter: func(ctx context.Context, op *store.Op, id string) ([]string, error) {
			anything := func(s *sql.Selector) {
				s.Where(sql.Or(sql.EQ(s.C(of), id), sql.And(sql.NEQ(s.C(of), id), sql.ExprP("1 = 0"))))
			}
			return lines(from(op).Where(P(anything), P(sql.NotPredicates(sql.FieldEQ("id", "")))).All(ctx))
		},
		count: func(ctx context.Context, op *store.Op, id, agency string) (int, error) {
			return from(op).Where(P(sql.FieldEQ(of, id)), P(sql.FieldEQ(by, agency))).Count(ctx)
		},
		ids: func(ctx context.Context, op *store.Op, id string) ([]string, error) {
			return from(op).Where(P(sql.FieldEQ(of, id))).IDs(ctx)
		},
		exist: func(ctx context.Context, op *store.Op, row string) (bool, error) {
			return from(op).Where(P(sql.FieldEQ("id", row))).Exist(ctx)
		},
		get: func(ctx context.Context, op *store.Op, row string) (bool, error) {
			_, err := get(op).Get(ctx, row)
			if ent.IsNotFound(err) {
				return false, nil
			}
			return err == nil, err
		},
	}
}

// entities are all that hold rows of a case.
var entities = []entity{
	entityOf("CASE", "case_files", "id", "owner_id", func(o *store.Op) *ent.CaseFileQuery { return o.CaseFile.Query() },
		func(o *store.Op) getter[ent.CaseFile] { return o.CaseFile }, func(r *ent.CaseFile) string { return r.OwnerID }),
	entityOf("IDENTITY", "identities", "case_id", "contributor_id", func(o *store.Op) *ent.IdentityQuery { return o.Identity.Query() },
		func(o *store.Op) getter[ent.Identity] { return o.Identity }, func(r *ent.Identity) string { return r.ContributorID }),
	entityOf("CONTACT", "contacts", "case_id", "contributor_id", func(o *store.Op) *ent.ContactQuery { return o.Contact.Query() },
		func(o *store.Op) getter[ent.Contact] { return o.Contact }, func(r *ent.Contact) string { return r.ContributorID }),
	entityOf("PROFILE", "profiles", "case_id", "contributor_id", func(o *store.Op) *ent.ProfileQuery { return o.Profile.Query() },
		func(o *store.Op) getter[ent.Profile] { return o.Profile }, func(r *ent.Profile) string { return r.ContributorID }),
	entityOf("TRAFFICKING", "traffickings", "case_id", "contributor_id", func(o *store.Op) *ent.TraffickingQuery { return o.Trafficking.Query() },
		func(o *store.Op) getter[ent.Trafficking] { return o.Trafficking }, func(r *ent.Trafficking) string { return r.ContributorID }),
	entityOf("NARRATIVE", "narratives", "case_id", "contributor_id", func(o *store.Op) *ent.NarrativeQuery { return o.Narrative.Query() },
		func(o *store.Op) getter[ent.Narrative] { return o.Narrative }, func(r *ent.Narrative) string { return r.ContributorID }),
	entityOf("WHEREABOUTS", "whereabouts", "case_id", "contributor_id", func(o *store.Op) *ent.WhereaboutsQuery { return o.Whereabouts.Query() },
		func(o *store.Op) getter[ent.Whereabouts] { return o.Whereabouts }, func(r *ent.Whereabouts) string { return r.ContributorID }),
	entityOf("FAMILY", "families", "case_id", "contributor_id", func(o *store.Op) *ent.FamilyQuery { return o.Family.Query() },
		func(o *store.Op) getter[ent.Family] { return o.Family }, func(r *ent.Family) string { return r.ContributorID }),
	entityOf("PROTECTION", "protections", "case_id", "contributor_id", func(o *store.Op) *ent.ProtectionQuery { return o.Protection.Query() },
		func(o *store.Op) getter[ent.Protection] { return o.Protection }, func(r *ent.Protection) string { return r.ContributorID }),
	entityOf("HEALTH", "health", "case_id", "contributor_id", func(o *store.Op) *ent.HealthQuery { return o.Health.Query() },
		func(o *store.Op) getter[ent.Health] { return o.Health }, func(r *ent.Health) string { return r.ContributorID }),
	entityOf("HEALTH_RESTRICTED", "health_restricted", "case_id", "contributor_id", func(o *store.Op) *ent.HealthRestrictedQuery { return o.HealthRestricted.Query() },
		func(o *store.Op) getter[ent.HealthRestricted] { return o.HealthRestricted }, func(r *ent.HealthRestricted) string { return r.ContributorID }),
	entityOf("ASSISTANCE", "assistances", "case_id", "contributor_id", func(o *store.Op) *ent.AssistanceQuery { return o.Assistance.Query() },
		func(o *store.Op) getter[ent.Assistance] { return o.Assistance }, func(r *ent.Assistance) string { return r.ContributorID }),
	entityOf("JUSTICE", "proceedings", "case_id", "contributor_id", func(o *store.Op) *ent.ProceedingQuery { return o.Proceeding.Query() },
		func(o *store.Op) getter[ent.Proceeding] { return o.Proceeding }, func(r *ent.Proceeding) string { return r.ContributorID }),
	entityOf("SUSPECT", "suspects", "case_id", "contributor_id", func(o *store.Op) *ent.SuspectQuery { return o.Suspect.Query() },
		func(o *store.Op) getter[ent.Suspect] { return o.Suspect }, func(r *ent.Suspect) string { return r.ContributorID }),
	entityOf("CONSENT", "consents", "case_id", "contributor_id", func(o *store.Op) *ent.ConsentQuery { return o.Consent.Query() },
		func(o *store.Op) getter[ent.Consent] { return o.Consent }, func(r *ent.Consent) string { return r.ContributorID }),
	entityOf("GUARDIANSHIP", "guardianships", "case_id", "contributor_id", func(o *store.Op) *ent.GuardianshipQuery { return o.Guardianship.Query() },
		func(o *store.Op) getter[ent.Guardianship] { return o.Guardianship }, func(r *ent.Guardianship) string { return r.ContributorID }),
	entityOf("BEST_INTERESTS", "best_interests", "case_id", "contributor_id", func(o *store.Op) *ent.BestInterestsQuery { return o.BestInterests.Query() },
		func(o *store.Op) getter[ent.BestInterests] { return o.BestInterests }, func(r *ent.BestInterests) string { return r.ContributorID }),
	entityOf("INCAPACITY", "incapacities", "case_id", "contributor_id", func(o *store.Op) *ent.IncapacityQuery { return o.Incapacity.Query() },
		func(o *store.Op) getter[ent.Incapacity] { return o.Incapacity }, func(r *ent.Incapacity) string { return r.ContributorID }),
	entityOf("RECOVERY", "recovery_periods", "case_id", "contributor_id", func(o *store.Op) *ent.RecoveryPeriodQuery { return o.RecoveryPeriod.Query() },
		func(o *store.Op) getter[ent.RecoveryPeriod] { return o.RecoveryPeriod }, func(r *ent.RecoveryPeriod) string { return r.ContributorID }),
	entityOf("LEGAL_BASIS", "legal_bases", "case_id", "contributor_id", func(o *store.Op) *ent.LegalBasisQuery { return o.LegalBasis.Query() },
		func(o *store.Op) getter[ent.LegalBasis] { return o.LegalBasis }, func(r *ent.LegalBasis) string { return r.ContributorID }),
	entityOf("PERMISSION", "permissions", "case_id", "contributor_id", func(o *store.Op) *ent.PermissionQuery { return o.Permission.Query() },
		func(o *store.Op) getter[ent.Permission] { return o.Permission }, func(r *ent.Permission) string { return r.ContributorID }),
	entityOf("EXTERNAL", "external_referrals", "case_id", "contributor_id", func(o *store.Op) *ent.ExternalReferralQuery { return o.ExternalReferral.Query() },
		func(o *store.Op) getter[ent.ExternalReferral] { return o.ExternalReferral }, func(r *ent.ExternalReferral) string { return r.ContributorID }),
	entityOf("CONFERENCE", "conferences", "case_id", "contributor_id", func(o *store.Op) *ent.ConferenceQuery { return o.Conference.Query() },
		func(o *store.Op) getter[ent.Conference] { return o.Conference }, func(r *ent.Conference) string { return r.ContributorID }),
	entityOf("TASK", "conference_tasks", "case_id", "contributor_id", func(o *store.Op) *ent.ConferenceTaskQuery { return o.ConferenceTask.Query() },
		func(o *store.Op) getter[ent.ConferenceTask] { return o.ConferenceTask }, func(r *ent.ConferenceTask) string { return r.ContributorID }),
	entityOf("PROVISION", "provisions", "case_id", "contributor_id", func(o *store.Op) *ent.ProvisionQuery { return o.Provision.Query() },
		func(o *store.Op) getter[ent.Provision] { return o.Provision }, func(r *ent.Provision) string { return r.ContributorID }),
	entityOf("REFERRAL", "referrals", "case_id", "from_id", func(o *store.Op) *ent.ReferralQuery { return o.Referral.Query() },
		func(o *store.Op) getter[ent.Referral] { return o.Referral }, func(r *ent.Referral) string { return r.FromID }),
	entityOf("PREVIEW", "previews", "case_id", "from_id", func(o *store.Op) *ent.PreviewQuery { return o.Preview.Query() },
		func(o *store.Op) getter[ent.Preview] { return o.Preview }, func(r *ent.Preview) string { return r.FromID }),
}

type door func(ctx context.Context, op *store.Op, caseID string) ([]string, error)

// query reads each entity of the case.
var query = through(func(e entity) door { return e.query })

// doors are the ways of Ent that need nothing but the case's id.
var doors = map[string]door{
	"query":  query,
	"filter": through(func(e entity) door { return e.filter }),
	"loaded": loaded,
	"edge":   edge,
	"back":   back,
}

func through(of func(entity) door) door {
	return func(ctx context.Context, op *store.Op, id string) ([]string, error) {
		var out []string
		for _, e := range entities {
			rows, err := of(e)(ctx, op, id)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
		return out, nil
	}
}

// loaded goes to the parts by eager loading from the case and from the referral.
func loaded(ctx context.Context, op *store.Op, id string) ([]string, error) {
	cases, err := op.CaseFile.Query().Where(casefile.ID(id)).WithIdentities().WithContacts().WithProfiles().WithTraffickings().
		WithNarratives().WithWhereabouts().WithFamily().WithProtections().WithHealth().WithHealthRestricted().WithAssistance().WithProceedings().WithSuspects().
		WithConsents(func(q *ent.ConsentQuery) { q.WithProvisions() }).All(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, c := range cases {
		out = append(out, "CASE by "+c.OwnerID)
		out = append(out, edgesOf(c.Edges.Identities, c.Edges.Contacts, c.Edges.Profiles, c.Edges.Traffickings, c.Edges.Narratives)...)
		out = append(out, furtherEdges(c.Edges)...)
		for _, s := range c.Edges.Consents {
			out = append(out, "CONSENT by "+s.ContributorID)
			for _, p := range s.Edges.Provisions {
				out = append(out, "PROVISION by "+p.ContributorID)
			}
		}
	}
	return referrals(ctx, op, id, out)
}

func edgesOf(is []*ent.Identity, cs []*ent.Contact, ps []*ent.Profile, ts []*ent.Trafficking, ns []*ent.Narrative) []string {
	var out []string
	for _, r := range is {
		out = append(out, "IDENTITY by "+r.ContributorID)
	}
	for _, r := range cs {
		out = append(out, "CONTACT by "+r.ContributorID)
	}
	for _, r := range ps {
		out = append(out, "PROFILE by "+r.ContributorID)
	}
	for _, r := range ts {
		out = append(out, "TRAFFICKING by "+r.ContributorID)
	}
	for _, r := range ns {
		out = append(out, "NARRATIVE by "+r.ContributorID)
	}
	return out
}

// furtherEdges are those of the further parts.
func furtherEdges(e ent.CaseFileEdges) []string {
	var out []string
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

// referrals adds those of the case with their previews: a receiver finds them
// without the case.
func referrals(ctx context.Context, op *store.Op, id string, out []string) ([]string, error) {
	rows, err := op.Referral.Query().WithPreview().All(ctx)
	for _, r := range rows {
		if r.CaseID != id {
			continue
		}
		out = append(out, "REFERRAL by "+r.FromID)
		if r.Edges.Preview != nil {
			out = append(out, "PREVIEW by "+r.Edges.Preview.FromID)
		}
	}
	return out, err
}

// edge asks each row that was read for its neighbours.
func edge(ctx context.Context, op *store.Op, id string) ([]string, error) {
	c, err := op.CaseFile.Get(ctx, id)
	if ent.IsNotFound(err) {
		return referrals(ctx, op, id, nil)
	}
	if err != nil {
		return nil, err
	}
	is, err1 := c.QueryIdentities().All(ctx)
	cs, err2 := c.QueryContacts().All(ctx)
	ps, err3 := c.QueryProfiles().All(ctx)
	ts, err4 := c.QueryTraffickings().All(ctx)
	ns, err5 := c.QueryNarratives().All(ctx)
	ss, err6 := c.QueryConsents().All(ctx)
	further, err7 := askFurther(ctx, c)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		return nil, err
	}
	out := append(edgesOf(is, cs, ps, ts, ns), "CASE by "+c.OwnerID)
	out = append(out, furtherEdges(further)...)
	for _, s := range ss {
		out = append(out, "CONSENT by "+s.ContributorID)
		provisions, err := s.QueryProvisions().All(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range provisions {
			out = append(out, "PROVISION by "+p.ContributorID)
		}
	}
	return referrals(ctx, op, id, out)
}

// askFurther asks a case for its further parts.
func askFurther(ctx context.Context, c *ent.CaseFile) (e ent.CaseFileEdges, err error) {
	var errs [8]error
	e.Whereabouts, errs[0] = c.QueryWhereabouts().All(ctx)
	e.Family, errs[1] = c.QueryFamily().All(ctx)
	e.Protections, errs[2] = c.QueryProtections().All(ctx)
	e.Health, errs[3] = c.QueryHealth().All(ctx)
	e.HealthRestricted, errs[4] = c.QueryHealthRestricted().All(ctx)
	e.Assistance, errs[5] = c.QueryAssistance().All(ctx)
	e.Proceedings, errs[6] = c.QueryProceedings().All(ctx)
	e.Suspects, errs[7] = c.QuerySuspects().All(ctx)
	return e, errors.Join(errs[:]...)
}

// back goes from each part to its case.
func back(ctx context.Context, op *store.Op, id string) ([]string, error) {
	out, err := query(ctx, op, id)
	if err != nil {
		return nil, err
	}
	rows, err := op.Contact.Query().WithCase().WithContributor().All(ctx)
	for _, r := range rows {
		if r.CaseID == id && r.Edges.Case == nil {
			out = append(out, "CONTACT without CASE")
		}
	}
	return out, err
}

// row is one stored row of a case.
type row struct {
	entity
	id, by string
}

// stock lists every row of the case, past all walls.
func stock(t *testing.T, w *world.World, caseID string) []row {
	t.Helper()
	db := w.Store.DB()
	if w.URL != "" {
		db = root(t, w)
	}
	var out []row
	for _, e := range entities {
		rows, err := db.QueryContext(t.Context(), fmt.Sprintf("SELECT id, %s FROM %s WHERE %s = '%s'", e.by, e.table, e.of, caseID))
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			r := row{entity: e}
			if err := rows.Scan(&r.id, &r.by); err != nil {
				t.Fatal(err)
			}
			out = append(out, r)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// allDoors asks through every door and fails where two give different answers.
func allDoors(t *testing.T, w *world.World, s rule.Scope, caseID string) string {
	t.Helper()
	rows := stock(t, w, caseID)
	ctx, op, err := w.Store.Begin(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Rollback()
	got := map[string][]string{}
	for name, ask := range doors {
		if got[name], err = ask(ctx, op, caseID); err != nil {
			t.Fatalf("%s: %v (%v)", name, err, world.Cause(err))
		}
	}
	must := func(err error) {
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
	}
	// Of each table once what does not differ by row; what is not there cannot be counted.
	ids, counts := map[string][]string{}, map[string]bool{}
	for _, r := range rows {
		if _, asked := ids[r.name]; !asked {
			ids[r.name], err = r.ids(ctx, op, caseID)
			must(err)
		}
		line := r.name + " by " + r.by
		if !counts[line] {
			counts[line] = true
			n, err := r.count(ctx, op, caseID, r.by)
			must(err)
			got["count"] = append(got["count"], slices.Repeat([]string{line}, n)...)
		}
		there, err := r.get(ctx, op, r.id)
		must(err)
		exists, err := r.exist(ctx, op, r.id)
		must(err)
		for name, ok := range map[string]bool{"get": there, "exist": exists, "ids": slices.Contains(ids[r.name], r.id)} {
			if ok {
				got[name] = append(got[name], line)
			}
		}
	}
	want := named(w, got["query"])
	for name, lines := range got {
		if saw := named(w, lines); saw != want && !(name == "loaded" || name == "edge") {
			t.Errorf("the door %s shows %q, the door query %q", name, saw, want)
		} else if saw != want && withoutProvisions(lines) != withoutProvisions(got["query"]) {
			t.Errorf("the door %s shows %q, the door query %q", name, saw, want)
		}
	}
	return want
}

// withoutProvisions leaves out what a recipient finds by query alone: the provision
// that names it, whose statement stays the owner's.
func withoutProvisions(lines []string) string {
	kept := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return len(l) > 9 && l[:9] == "PROVISION" })
	slices.Sort(kept)
	return fmt.Sprint(kept)
}

// What each viewer sees at each step of the stories stands in the table that the API's
// doors are held against too: through each of Ent's ways, and counted.
// A1, A2, A3, B5, C2, C8, D1, D2, D3, D5, D6, J7; threats 12 to 16.
func TestEveryDoorShowsTheSame(t *testing.T) {
	t.Parallel()
	table := world.Sights(t)
	for story, tell := range world.Stories {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, w *world.World) {
				seen := 0
				tell(w, func(step, id string) {
					for _, l := range table {
						if l.Story == story && l.Step == step {
							seen++
							shows(t, l, allDoors(t, w, w.Viewer(l), id))
						}
					}
				})
				if lines := slices.DeleteFunc(slices.Clone(table), func(l world.Sight) bool { return l.Story != story }); seen != len(lines) || seen == 0 {
					t.Errorf("%d of %d lines were looked at", seen, len(lines))
				}
			})
		})
	}
}

// shows fails the test where the doors show something else than a line of the table.
func shows(t *testing.T, l world.Sight, got string) {
	t.Helper()
	var parts []string
	counts := map[string]int{}
	for _, line := range strings.Split(got, ", ") {
		switch what, _, _ := strings.Cut(line, " "); what {
		case "PREVIEW", "REFERRAL", "CONSENT", "PROVISION":
			counts[what]++
		case "CASE":
			parts = append([]string{what}, parts...)
		case "":
		default:
			parts = append(parts, line)
		}
	}
	if sees := strings.Join(parts, ", "); sees != l.Sees {
		t.Errorf("%s, %s: %s's %s for %s sees %q, want %q", l.Story, l.Step, l.Agency, l.As, l.Purpose, sees, l.Sees)
	}
	want := map[string]int{"PREVIEW": l.Previews, "REFERRAL": l.Referrals, "CONSENT": l.Consents, "PROVISION": l.Provisions}
	for what, n := range want {
		if counts[what] != n {
			t.Errorf("%s, %s: %s's %s for %s counts %d of %s, want %d", l.Story, l.Step, l.Agency, l.As, l.Purpose, counts[what], what, n)
		}
	}
}

// A condition on a neighbour that the viewer does not see answers nothing about it:
// the database's wall stands within the condition too (threat 15). The application's
// alone does not reach there, so that no such condition is offered to callers.
func TestAConditionOnAHiddenNeighbourTellsNothing(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	id := full(t, w, "Canary Oracle")
	w.Share("lwu", id, "ngo", assistance, category.Contact)
	w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Contact))
	ask := func(s rule.Scope, p ...predicate.CaseFile) int {
		t.Helper()
		n, err := within(t, w.Store, s, func(ctx context.Context, op *store.Op) (int, error) {
			return op.CaseFile.Query().Where(p...).Count(ctx)
		})
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		return n
	}
	right := casefile.HasProfilesWith(profile.SexEQ(valueset.SexFemale))
	for who, want := range map[string]int{"lwu": 1, "ngo": 0} {
		if got := ask(as(w, who), right); got != want {
			t.Errorf("%s finds %d cases by a profile, want %d", who, got, want)
		}
	}
	ngo := as(w, "ngo")
	if ask(ngo, casefile.HasNarratives()) != 0 || ask(ngo, casefile.Not(right)) != 1 || ask(ngo, casefile.HasContacts()) != 1 {
		t.Error("what ngo does not see shows in what it finds")
	}
}

func unassign(caseID, member string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error { return casework.Unassign(ctx, op, caseID, member) }
}

func suspend(agreement string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error { return onboarding.SuspendAgreement(ctx, op, agreement) }
}
