package resolver

import (
	"context"
	"sync"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/assistanceversion"
	"github.com/sala-exchange/sala/ent/contactversion"
	"github.com/sala-exchange/sala/ent/familyversion"
	"github.com/sala-exchange/sala/ent/healthrestrictedversion"
	"github.com/sala-exchange/sala/ent/healthversion"
	"github.com/sala-exchange/sala/ent/identityversion"
	"github.com/sala-exchange/sala/ent/narrativeversion"
	"github.com/sala-exchange/sala/ent/proceedingversion"
	"github.com/sala-exchange/sala/ent/profileversion"
	"github.com/sala-exchange/sala/ent/protectionversion"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/suspectversion"
	"github.com/sala-exchange/sala/ent/traffickingversion"
	"github.com/sala-exchange/sala/ent/whereaboutsversion"
	"github.com/sala-exchange/sala/graph/model"
)

// What rows were before they were corrected. Both walls give former versions to their
// contributor alone.

// keyed loads values for many rows of an answer, one statement a key: the arguments of
// the field.
type keyed[K comparable, V any] struct {
	mu    sync.Mutex
	known []string
	by    map[K]*batch[V]
	load  func(ctx context.Context, key K, ids []string) (map[string]V, error)
}

func newKeyed[K comparable, V any](load func(context.Context, K, []string) (map[string]V, error)) *keyed[K, V] {
	return &keyed[K, V]{by: map[K]*batch[V]{}, load: load}
}

// expect names a row that will likely be asked for.
func (k *keyed[K, V]) expect(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known = append(k.known, id)
	for _, b := range k.by {
		b.expect(id)
	}
}

func (k *keyed[K, V]) get(ctx context.Context, key K, id string) (V, error) {
	k.mu.Lock()
	b, ok := k.by[key]
	if !ok {
		b = newBatch(func(ctx context.Context, ids []string) (map[string]V, error) { return k.load(ctx, key, ids) })
		b.expect(k.known...)
		k.by[key] = b
	}
	k.mu.Unlock()
	return b.get(ctx, id)
}

// span is part of a row's history: so many versions, the last first, before one; before
// 0 from the last on.
type span struct{ many, before int }

// spanned keeps of each row's versions those of the span.
func spanned(table string, rows []string, s span) func(*sql.Selector) {
	return func(sel *sql.Selector) {
		sel.Where(sql.P(func(b *sql.Builder) {
			b.WriteString(sel.C("id") + " IN (SELECT h.id FROM (SELECT v.id, ROW_NUMBER() OVER (PARTITION BY v.row_id ORDER BY v.version DESC) AS place FROM " +
				table + " v WHERE v.row_id IN (NULL")
			for _, r := range rows {
				b.WriteString(", ").Arg(r)
			}
			b.WriteString(")")
			if s.before > 0 {
				b.WriteString(" AND v.version < ").Arg(s.before)
			}
			b.WriteString(") h WHERE h.place <= ").Arg(s.many)
			b.WriteString(")")
		}))
	}
}

// paged reads a page of a row's history; of another agency's row, and of one
// that was never corrected, there is none.
func paged[V any](ctx context.Context, of func(*batches) *keyed[span, []V], row, contributor string, version, first int, after *ent.Cursor) ([]V, *ent.PageInfo, error) {
	_, op, err := page(ctx, first)
	if err != nil {
		return nil, nil, err
	}
	b, err := batchesOf(ctx)
	if err != nil || contributor != op.Scope.Agency || version == 1 {
		return nil, &ent.PageInfo{}, err
	}
	s := span{many: first + 1}
	if after != nil {
		if v, ok := after.Value.(int64); ok {
			s.before = int(max(v, 1))
		}
	}
	versions, err := of(b).get(ctx, s, row)
	if err != nil {
		return nil, nil, outward(err, "reading former versions")
	}
	more := len(versions) > first
	return versions[:min(first, len(versions))], &ent.PageInfo{HasNextPage: more}, nil
}

// between sets where a page lies.
func between[E any](p *ent.PageInfo, edges []E, at func(E) *ent.Cursor) {
	if len(edges) > 0 {
		p.StartCursor, p.EndCursor = at(edges[0]), at(edges[len(edges)-1])
	}
}

func placeOf(row string, version int) ent.Cursor {
	return ent.Cursor{ID: row, Value: int64(version)}
}

// formers are the former versions that one operation has loaded.
type formers struct {
	identities       *keyed[span, []*ent.IdentityVersion]
	contacts         *keyed[span, []*ent.ContactVersion]
	profiles         *keyed[span, []*ent.ProfileVersion]
	traffickings     *keyed[span, []*ent.TraffickingVersion]
	narratives       *keyed[span, []*ent.NarrativeVersion]
	whereabouts      *keyed[span, []*ent.WhereaboutsVersion]
	family           *keyed[span, []*ent.FamilyVersion]
	protections      *keyed[span, []*ent.ProtectionVersion]
	health           *keyed[span, []*ent.HealthVersion]
	healthRestricted *keyed[span, []*ent.HealthRestrictedVersion]
	assistance       *keyed[span, []*ent.AssistanceVersion]
	proceedings      *keyed[span, []*ent.ProceedingVersion]
	suspects         *keyed[span, []*ent.SuspectVersion]
}

func newFormers() *formers {
	return &formers{
		identities:       formersOf(identityversion.Table, func(o *store.Op) *ent.IdentityVersionQuery { return o.IdentityVersion.Query() }, func(v *ent.IdentityVersion) string { return v.RowID }),
		contacts:         formersOf(contactversion.Table, func(o *store.Op) *ent.ContactVersionQuery { return o.ContactVersion.Query() }, func(v *ent.ContactVersion) string { return v.RowID }),
		profiles:         formersOf(profileversion.Table, func(o *store.Op) *ent.ProfileVersionQuery { return o.ProfileVersion.Query() }, func(v *ent.ProfileVersion) string { return v.RowID }),
		traffickings:     formersOf(traffickingversion.Table, func(o *store.Op) *ent.TraffickingVersionQuery { return o.TraffickingVersion.Query() }, func(v *ent.TraffickingVersion) string { return v.RowID }),
		narratives:       formersOf(narrativeversion.Table, func(o *store.Op) *ent.NarrativeVersionQuery { return o.NarrativeVersion.Query() }, func(v *ent.NarrativeVersion) string { return v.RowID }),
		whereabouts:      formersOf(whereaboutsversion.Table, func(o *store.Op) *ent.WhereaboutsVersionQuery { return o.WhereaboutsVersion.Query() }, func(v *ent.WhereaboutsVersion) string { return v.RowID }),
		family:           formersOf(familyversion.Table, func(o *store.Op) *ent.FamilyVersionQuery { return o.FamilyVersion.Query() }, func(v *ent.FamilyVersion) string { return v.RowID }),
		protections:      formersOf(protectionversion.Table, func(o *store.Op) *ent.ProtectionVersionQuery { return o.ProtectionVersion.Query() }, func(v *ent.ProtectionVersion) string { return v.RowID }),
		health:           formersOf(healthversion.Table, func(o *store.Op) *ent.HealthVersionQuery { return o.HealthVersion.Query() }, func(v *ent.HealthVersion) string { return v.RowID }),
		healthRestricted: formersOf(healthrestrictedversion.Table, func(o *store.Op) *ent.HealthRestrictedVersionQuery { return o.HealthRestrictedVersion.Query() }, func(v *ent.HealthRestrictedVersion) string { return v.RowID }),
		assistance:       formersOf(assistanceversion.Table, func(o *store.Op) *ent.AssistanceVersionQuery { return o.AssistanceVersion.Query() }, func(v *ent.AssistanceVersion) string { return v.RowID }),
		proceedings:      formersOf(proceedingversion.Table, func(o *store.Op) *ent.ProceedingVersionQuery { return o.ProceedingVersion.Query() }, func(v *ent.ProceedingVersion) string { return v.RowID }),
		suspects:         formersOf(suspectversion.Table, func(o *store.Op) *ent.SuspectVersionQuery { return o.SuspectVersion.Query() }, func(v *ent.SuspectVersion) string { return v.RowID }),
	}
}

// versionsQuery is what the queries of all former versions can do.
type versionsQuery[Q, P, O, V any] interface {
	Where(...P) Q
	Order(...O) Q
	All(context.Context) ([]*V, error)
}

func formersOf[Q versionsQuery[Q, P, O, V], P, O ~func(*sql.Selector), V any](table string, query func(*store.Op) Q, row func(*V) string) *keyed[span, []*V] {
	return newKeyed(func(ctx context.Context, s span, rows []string) (map[string][]*V, error) {
		op, err := store.OpOf(ctx)
		if err != nil {
			return nil, err
		}
		found, err := query(op).Where(P(spanned(table, rows, s))).Order(O(ent.Desc("version"))).All(ctx)
		return grouped(found, row), err
	})
}

func grouped[V any](rows []V, by func(V) string) map[string][]V {
	out := map[string][]V{}
	for _, r := range rows {
		out[by(r)] = append(out[by(r)], r)
	}
	return out
}

type identityRow struct{ contributed[ent.Identity] }

// History is what the row was before each correction, to its contributor.
func (identityRow) History(ctx context.Context, r *ent.Identity, first int, after *ent.Cursor) (*model.IdentityVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.IdentityVersion] { return b.formers.identities }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.IdentityVersionConnection{Edges: []*model.IdentityVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.IdentityVersionEdge{Node: identityVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.IdentityVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func identityVersion(v *ent.IdentityVersion) *model.IdentityVersion {
	return &model.IdentityVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, IdentityContent: v.IdentityContent}
}

type contactRow struct{ contributed[ent.Contact] }

// History is what the row was before each correction, to its contributor.
func (contactRow) History(ctx context.Context, r *ent.Contact, first int, after *ent.Cursor) (*model.ContactVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.ContactVersion] { return b.formers.contacts }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.ContactVersionConnection{Edges: []*model.ContactVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.ContactVersionEdge{Node: contactVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.ContactVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func contactVersion(v *ent.ContactVersion) *model.ContactVersion {
	return &model.ContactVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, ContactContent: v.ContactContent}
}

type profileRow struct{ contributed[ent.Profile] }

// History is what the row was before each correction, to its contributor.
func (profileRow) History(ctx context.Context, r *ent.Profile, first int, after *ent.Cursor) (*model.ProfileVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.ProfileVersion] { return b.formers.profiles }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.ProfileVersionConnection{Edges: []*model.ProfileVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.ProfileVersionEdge{Node: profileVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.ProfileVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func profileVersion(v *ent.ProfileVersion) *model.ProfileVersion {
	return &model.ProfileVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, ProfileContent: v.ProfileContent}
}

type traffickingRow struct{ contributed[ent.Trafficking] }

// History is what the row was before each correction, to its contributor.
func (traffickingRow) History(ctx context.Context, r *ent.Trafficking, first int, after *ent.Cursor) (*model.TraffickingVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.TraffickingVersion] { return b.formers.traffickings }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.TraffickingVersionConnection{Edges: []*model.TraffickingVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.TraffickingVersionEdge{Node: traffickingVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.TraffickingVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func traffickingVersion(v *ent.TraffickingVersion) *model.TraffickingVersion {
	return &model.TraffickingVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, TraffickingContent: v.TraffickingContent}
}

type narrativeRow struct{ contributed[ent.Narrative] }

// History is what the row was before each correction, to its contributor.
func (narrativeRow) History(ctx context.Context, r *ent.Narrative, first int, after *ent.Cursor) (*model.NarrativeVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.NarrativeVersion] { return b.formers.narratives }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.NarrativeVersionConnection{Edges: []*model.NarrativeVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.NarrativeVersionEdge{Node: narrativeVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.NarrativeVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func narrativeVersion(v *ent.NarrativeVersion) *model.NarrativeVersion {
	return &model.NarrativeVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, NarrativeContent: v.NarrativeContent}
}
