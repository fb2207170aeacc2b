package resolver

import (
	"cmp"
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/assignment"
	"github.com/sala-exchange/sala/ent/casetransfer"
	"github.com/sala-exchange/sala/ent/contact"
	"github.com/sala-exchange/sala/ent/contactversion"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/identityversion"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/narrativeversion"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/profileversion"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/ent/traffickingversion"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/valueset"
)

// A case as it was recorded at a point in time, and who owned it and worked on it when.

// AsOf is nil for a time before the case was registered.
func (caseFile) AsOf(ctx context.Context, c *ent.CaseFile, at int64) (*model.CaseAsOf, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	if at = min(at, op.Scope.Now); at < c.OpenedOn {
		return nil, nil
	}
	return &model.CaseAsOf{Case: c, At: at}, nil
}

// Ownership is the whole course to the owner, and its own turns to an agency that owned
// the case once.
func (caseFile) Ownership(ctx context.Context, c *ent.CaseFile) ([]*model.Ownership, error) {
	turns, err := turnsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	out := []*model.Ownership{}
	for _, t := range turns {
		a, err := agencyOf(ctx, t.owner)
		if err != nil {
			return nil, err
		}
		o := &model.Ownership{Agency: a, Since: t.since}
		if t.until != 0 {
			o.Until = &t.until
		}
		out = append(out, o)
	}
	return out, nil
}

// turn is how long an agency owned a case; until 0 while it does.
type turn struct {
	owner        string
	since, until int64
}

func turnsOf(ctx context.Context, c *ent.CaseFile) ([]turn, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	transfers, err := b.transfers.get(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var out []turn
	since := c.OpenedOn
	for _, t := range transfers {
		out = append(out, turn{t.FromID, since, t.RecordedOn})
		since = t.RecordedOn
	}
	out = append(out, turn{owner: c.OwnerID, since: since})
	if me := op.Scope.Agency; me == "" || c.OwnerID != me {
		out = slices.DeleteFunc(out, func(t turn) bool { return me == "" || t.owner != me })
	}
	return out, nil
}

func loadTransfers(ctx context.Context, cases []string) (map[string][]*ent.CaseTransfer, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.CaseTransfer.Query().Where(casetransfer.CaseIDIn(cases...)).Order(casetransfer.ByVersion()).All(ctx)
	return grouped(rows, func(r *ent.CaseTransfer) string { return r.CaseID }), outward(err, "reading who owned cases")
}

// Assignments are those of the viewer's own agency, the first first.
func (caseFile) Assignments(ctx context.Context, c *ent.CaseFile) ([]*ent.Assignment, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	return b.assignments.get(ctx, c.ID)
}

func loadAssignments(ctx context.Context, cases []string) (map[string][]*ent.Assignment, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Assignment.Query().Where(assignment.CaseIDIn(cases...)).Order(assignment.BySince(), assignment.ByID()).All(ctx)
	return grouped(rows, func(r *ent.Assignment) string { return r.CaseID }), outward(err, "reading who works on cases")
}

type asOf struct{}

// after is the first change of the case's state or kind after the time; nil where there
// is none.
func after(ctx context.Context, c *model.CaseAsOf) (*ent.CaseChange, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := b.changes.get(ctx, c.Case.ID)
	if err != nil {
		return nil, err
	}
	for _, ch := range changes {
		if ch.RecordedOn > c.At {
			return ch, nil
		}
	}
	return nil, nil
}

// State then: the one from which the next change went.
func (asOf) State(ctx context.Context, c *model.CaseAsOf) (valueset.CaseState, error) {
	ch, err := after(ctx, c)
	if err != nil || ch == nil {
		return c.Case.State, err
	}
	return ch.FromState, nil
}

// Kind then.
func (asOf) Kind(ctx context.Context, c *model.CaseAsOf) (valueset.CaseKind, error) {
	ch, err := after(ctx, c)
	if err != nil || ch == nil {
		return c.Case.Kind, err
	}
	return ch.FromKind, nil
}

// Owner then, as far as it is the viewer's to know.
func (asOf) Owner(ctx context.Context, c *model.CaseAsOf) (*ent.Agency, error) {
	turns, err := turnsOf(ctx, c.Case)
	if err != nil {
		return nil, err
	}
	for _, t := range turns {
		if t.since <= c.At && (t.until == 0 || c.At < t.until) {
			return agencyOf(ctx, t.owner)
		}
	}
	return nil, nil
}

// instants are the rows of cases as they stood at points in time.
type instants struct {
	identities       *keyed[int64, []*model.IdentityVersion]
	contacts         *keyed[int64, []*model.ContactVersion]
	profiles         *keyed[int64, []*model.ProfileVersion]
	traffickings     *keyed[int64, []*model.TraffickingVersion]
	narratives       *keyed[int64, []*model.NarrativeVersion]
	whereabouts      *keyed[int64, []*model.WhereaboutsVersion]
	family           *keyed[int64, []*model.FamilyVersion]
	protections      *keyed[int64, []*model.ProtectionVersion]
	health           *keyed[int64, []*model.HealthVersion]
	healthRestricted *keyed[int64, []*model.HealthRestrictedVersion]
	assistance       *keyed[int64, []*model.AssistanceVersion]
	proceedings      *keyed[int64, []*model.ProceedingVersion]
	suspects         *keyed[int64, []*model.SuspectVersion]
}

func newInstants() *instants {
	return &instants{
		identities:       newKeyed(identitiesAt),
		contacts:         newKeyed(contactsAt),
		profiles:         newKeyed(profilesAt),
		traffickings:     newKeyed(traffickingsAt),
		narratives:       newKeyed(narrativesAt),
		whereabouts:      newKeyed(whereaboutsAt),
		family:           newKeyed(familyAt),
		protections:      newKeyed(protectionsAt),
		health:           newKeyed(healthAt),
		healthRestricted: newKeyed(healthRestrictedAt),
		assistance:       newKeyed(assistanceAt),
		proceedings:      newKeyed(proceedingsAt),
		suspects:         newKeyed(suspectsAt),
	}
}

func (i *instants) expect(caseID string) {
	i.identities.expect(caseID)
	i.contacts.expect(caseID)
	i.profiles.expect(caseID)
	i.traffickings.expect(caseID)
	i.narratives.expect(caseID)
	i.whereabouts.expect(caseID)
	i.family.expect(caseID)
	i.protections.expect(caseID)
	i.health.expect(caseID)
	i.healthRestricted.expect(caseID)
	i.assistance.expect(caseID)
	i.proceedings.expect(caseID)
	i.suspects.expect(caseID)
}

// stood returns the rows of one case as they stood, in the order in which they were
// recorded so.
func stood[V any](ctx context.Context, c *model.CaseAsOf, of func(*instants) *keyed[int64, []*V], kept func(*V) *model.Kept) ([]*V, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := of(b.instants).get(ctx, c.At, c.Case.ID)
	if err != nil {
		return nil, outward(err, "reading rows as they were")
	}
	slices.SortFunc(rows, func(x, y *V) int {
		return cmp.Or(cmp.Compare(kept(x).RecordedOn, kept(y).RecordedOn), cmp.Compare(kept(x).RowID, kept(y).RowID))
	})
	return rows, nil
}

// Identities as they stood.
func (asOf) Identities(ctx context.Context, c *model.CaseAsOf) ([]*model.IdentityVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.IdentityVersion] { return i.identities }, func(v *model.IdentityVersion) *model.Kept { return &v.Kept })
}

// identitiesAt reads the versions that were corrected later, and the rows that were not.
func identitiesAt(ctx context.Context, at int64, cases []string) (map[string][]*model.IdentityVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.IdentityVersion.Query().Where(identityversion.CaseIDIn(cases...),
		identityversion.RecordedOnLTE(at), identityversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.IdentityVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], identityVersion(v))
	}
	rows, err := op.Identity.Query().Where(identity.CaseIDIn(cases...), identity.ContributorID(op.Scope.Agency),
		identity.RecordedOnLTE(at), identity.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.IdentityVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), IdentityContent: r.IdentityContent})
	}
	return out, err
}

// Contacts as they stood.
func (asOf) Contacts(ctx context.Context, c *model.CaseAsOf) ([]*model.ContactVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.ContactVersion] { return i.contacts }, func(v *model.ContactVersion) *model.Kept { return &v.Kept })
}

// contactsAt reads the versions that were corrected later, and the rows that were not.
func contactsAt(ctx context.Context, at int64, cases []string) (map[string][]*model.ContactVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.ContactVersion.Query().Where(contactversion.CaseIDIn(cases...),
		contactversion.RecordedOnLTE(at), contactversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.ContactVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], contactVersion(v))
	}
	rows, err := op.Contact.Query().Where(contact.CaseIDIn(cases...), contact.ContributorID(op.Scope.Agency),
		contact.RecordedOnLTE(at), contact.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.ContactVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), ContactContent: r.ContactContent})
	}
	return out, err
}

// Profiles as they stood.
func (asOf) Profiles(ctx context.Context, c *model.CaseAsOf) ([]*model.ProfileVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.ProfileVersion] { return i.profiles }, func(v *model.ProfileVersion) *model.Kept { return &v.Kept })
}

// profilesAt reads the versions that were corrected later, and the rows that were not.
func profilesAt(ctx context.Context, at int64, cases []string) (map[string][]*model.ProfileVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.ProfileVersion.Query().Where(profileversion.CaseIDIn(cases...),
		profileversion.RecordedOnLTE(at), profileversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.ProfileVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], profileVersion(v))
	}
	rows, err := op.Profile.Query().Where(profile.CaseIDIn(cases...), profile.ContributorID(op.Scope.Agency),
		profile.RecordedOnLTE(at), profile.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.ProfileVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), ProfileContent: store.ProfileContent(r)})
	}
	return out, err
}

// Traffickings as they stood.
func (asOf) Traffickings(ctx context.Context, c *model.CaseAsOf) ([]*model.TraffickingVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.TraffickingVersion] { return i.traffickings }, func(v *model.TraffickingVersion) *model.Kept { return &v.Kept })
}

// traffickingsAt reads the versions that were corrected later, and the rows that were not.
func traffickingsAt(ctx context.Context, at int64, cases []string) (map[string][]*model.TraffickingVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.TraffickingVersion.Query().Where(traffickingversion.CaseIDIn(cases...),
		traffickingversion.RecordedOnLTE(at), traffickingversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.TraffickingVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], traffickingVersion(v))
	}
	rows, err := op.Trafficking.Query().Where(trafficking.CaseIDIn(cases...), trafficking.ContributorID(op.Scope.Agency),
		trafficking.RecordedOnLTE(at), trafficking.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.TraffickingVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), TraffickingContent: store.TraffickingContent(r)})
	}
	return out, err
}

// Narratives as they stood.
func (asOf) Narratives(ctx context.Context, c *model.CaseAsOf) ([]*model.NarrativeVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.NarrativeVersion] { return i.narratives }, func(v *model.NarrativeVersion) *model.Kept { return &v.Kept })
}

// narrativesAt reads the versions that were corrected later, and the rows that were not.
func narrativesAt(ctx context.Context, at int64, cases []string) (map[string][]*model.NarrativeVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.NarrativeVersion.Query().Where(narrativeversion.CaseIDIn(cases...),
		narrativeversion.RecordedOnLTE(at), narrativeversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.NarrativeVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], narrativeVersion(v))
	}
	rows, err := op.Narrative.Query().Where(narrative.CaseIDIn(cases...), narrative.ContributorID(op.Scope.Agency),
		narrative.RecordedOnLTE(at), narrative.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.NarrativeVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), NarrativeContent: r.NarrativeContent})
	}
	return out, err
}

// now is what a row that stands says as a version.
func now(row string, version int, occurredOn *int64, recordedOn int64, recordedBy string, correctedOn *int64, correctedBy *string) model.Kept {
	if correctedOn != nil && correctedBy != nil {
		recordedOn, recordedBy = *correctedOn, *correctedBy
	}
	return model.Kept{RowID: row, Version: version, OccurredOn: occurredOn, RecordedOn: recordedOn, RecordedBy: recordedBy}
}
