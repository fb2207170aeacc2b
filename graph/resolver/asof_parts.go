package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent/assistance"
	"github.com/sala-exchange/sala/ent/assistanceversion"
	"github.com/sala-exchange/sala/ent/family"
	"github.com/sala-exchange/sala/ent/familyversion"
	"github.com/sala-exchange/sala/ent/health"
	"github.com/sala-exchange/sala/ent/healthrestricted"
	"github.com/sala-exchange/sala/ent/healthrestrictedversion"
	"github.com/sala-exchange/sala/ent/healthversion"
	"github.com/sala-exchange/sala/ent/proceeding"
	"github.com/sala-exchange/sala/ent/proceedingversion"
	"github.com/sala-exchange/sala/ent/protection"
	"github.com/sala-exchange/sala/ent/protectionversion"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/suspect"
	"github.com/sala-exchange/sala/ent/suspectversion"
	"github.com/sala-exchange/sala/ent/whereabouts"
	"github.com/sala-exchange/sala/ent/whereaboutsversion"
	"github.com/sala-exchange/sala/graph/model"
)

// The further parts of a case as it was recorded at a point in time: as in asof.go, one part
// after another.

// Whereabouts as they stood.
func (asOf) Whereabouts(ctx context.Context, c *model.CaseAsOf) ([]*model.WhereaboutsVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.WhereaboutsVersion] { return i.whereabouts }, func(v *model.WhereaboutsVersion) *model.Kept { return &v.Kept })
}

// whereaboutsAt reads the versions that were corrected later, and the rows that were not.
func whereaboutsAt(ctx context.Context, at int64, cases []string) (map[string][]*model.WhereaboutsVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.WhereaboutsVersion.Query().Where(whereaboutsversion.CaseIDIn(cases...),
		whereaboutsversion.RecordedOnLTE(at), whereaboutsversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.WhereaboutsVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], whereaboutsVersion(v))
	}
	rows, err := op.Whereabouts.Query().Where(whereabouts.CaseIDIn(cases...), whereabouts.ContributorID(op.Scope.Agency),
		whereabouts.RecordedOnLTE(at), whereabouts.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.WhereaboutsVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), WhereaboutsContent: r.WhereaboutsContent})
	}
	return out, err
}

// Family as they stood.
func (asOf) Family(ctx context.Context, c *model.CaseAsOf) ([]*model.FamilyVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.FamilyVersion] { return i.family }, func(v *model.FamilyVersion) *model.Kept { return &v.Kept })
}

// familyAt reads the versions that were corrected later, and the rows that were not.
func familyAt(ctx context.Context, at int64, cases []string) (map[string][]*model.FamilyVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.FamilyVersion.Query().Where(familyversion.CaseIDIn(cases...),
		familyversion.RecordedOnLTE(at), familyversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.FamilyVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], familyVersion(v))
	}
	rows, err := op.Family.Query().Where(family.CaseIDIn(cases...), family.ContributorID(op.Scope.Agency),
		family.RecordedOnLTE(at), family.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.FamilyVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), FamilyContent: r.FamilyContent})
	}
	return out, err
}

// Protections as they stood.
func (asOf) Protections(ctx context.Context, c *model.CaseAsOf) ([]*model.ProtectionVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.ProtectionVersion] { return i.protections }, func(v *model.ProtectionVersion) *model.Kept { return &v.Kept })
}

// protectionsAt reads the versions that were corrected later, and the rows that were not.
func protectionsAt(ctx context.Context, at int64, cases []string) (map[string][]*model.ProtectionVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.ProtectionVersion.Query().Where(protectionversion.CaseIDIn(cases...),
		protectionversion.RecordedOnLTE(at), protectionversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.ProtectionVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], protectionVersion(v))
	}
	rows, err := op.Protection.Query().Where(protection.CaseIDIn(cases...), protection.ContributorID(op.Scope.Agency),
		protection.RecordedOnLTE(at), protection.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.ProtectionVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), ProtectionContent: r.ProtectionContent})
	}
	return out, err
}

// Health as they stood.
func (asOf) Health(ctx context.Context, c *model.CaseAsOf) ([]*model.HealthVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.HealthVersion] { return i.health }, func(v *model.HealthVersion) *model.Kept { return &v.Kept })
}

// healthAt reads the versions that were corrected later, and the rows that were not.
func healthAt(ctx context.Context, at int64, cases []string) (map[string][]*model.HealthVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.HealthVersion.Query().Where(healthversion.CaseIDIn(cases...),
		healthversion.RecordedOnLTE(at), healthversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.HealthVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], healthVersion(v))
	}
	rows, err := op.Health.Query().Where(health.CaseIDIn(cases...), health.ContributorID(op.Scope.Agency),
		health.RecordedOnLTE(at), health.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.HealthVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), HealthContent: r.HealthContent})
	}
	return out, err
}

// HealthRestricted as they stood.
func (asOf) HealthRestricted(ctx context.Context, c *model.CaseAsOf) ([]*model.HealthRestrictedVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.HealthRestrictedVersion] { return i.healthRestricted }, func(v *model.HealthRestrictedVersion) *model.Kept { return &v.Kept })
}

// healthRestrictedAt reads the versions that were corrected later, and the rows that were not.
func healthRestrictedAt(ctx context.Context, at int64, cases []string) (map[string][]*model.HealthRestrictedVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.HealthRestrictedVersion.Query().Where(healthrestrictedversion.CaseIDIn(cases...),
		healthrestrictedversion.RecordedOnLTE(at), healthrestrictedversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.HealthRestrictedVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], healthRestrictedVersion(v))
	}
	rows, err := op.HealthRestricted.Query().Where(healthrestricted.CaseIDIn(cases...), healthrestricted.ContributorID(op.Scope.Agency),
		healthrestricted.RecordedOnLTE(at), healthrestricted.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.HealthRestrictedVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), HealthRestrictedContent: r.HealthRestrictedContent})
	}
	return out, err
}

// Assistance as they stood.
func (asOf) Assistance(ctx context.Context, c *model.CaseAsOf) ([]*model.AssistanceVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.AssistanceVersion] { return i.assistance }, func(v *model.AssistanceVersion) *model.Kept { return &v.Kept })
}

// assistanceAt reads the versions that were corrected later, and the rows that were not.
func assistanceAt(ctx context.Context, at int64, cases []string) (map[string][]*model.AssistanceVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.AssistanceVersion.Query().Where(assistanceversion.CaseIDIn(cases...),
		assistanceversion.RecordedOnLTE(at), assistanceversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.AssistanceVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], assistanceVersion(v))
	}
	rows, err := op.Assistance.Query().Where(assistance.CaseIDIn(cases...), assistance.ContributorID(op.Scope.Agency),
		assistance.RecordedOnLTE(at), assistance.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.AssistanceVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), AssistanceContent: store.AssistanceContent(r)})
	}
	return out, err
}

// Proceedings as they stood.
func (asOf) Proceedings(ctx context.Context, c *model.CaseAsOf) ([]*model.ProceedingVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.ProceedingVersion] { return i.proceedings }, func(v *model.ProceedingVersion) *model.Kept { return &v.Kept })
}

// proceedingsAt reads the versions that were corrected later, and the rows that were not.
func proceedingsAt(ctx context.Context, at int64, cases []string) (map[string][]*model.ProceedingVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.ProceedingVersion.Query().Where(proceedingversion.CaseIDIn(cases...),
		proceedingversion.RecordedOnLTE(at), proceedingversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.ProceedingVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], proceedingVersion(v))
	}
	rows, err := op.Proceeding.Query().Where(proceeding.CaseIDIn(cases...), proceeding.ContributorID(op.Scope.Agency),
		proceeding.RecordedOnLTE(at), proceeding.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.ProceedingVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), ProceedingContent: r.ProceedingContent})
	}
	return out, err
}

// Suspects as they stood.
func (asOf) Suspects(ctx context.Context, c *model.CaseAsOf) ([]*model.SuspectVersion, error) {
	return stood(ctx, c, func(i *instants) *keyed[int64, []*model.SuspectVersion] { return i.suspects }, func(v *model.SuspectVersion) *model.Kept { return &v.Kept })
}

// suspectsAt reads the versions that were corrected later, and the rows that were not.
func suspectsAt(ctx context.Context, at int64, cases []string) (map[string][]*model.SuspectVersion, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	former, err := op.SuspectVersion.Query().Where(suspectversion.CaseIDIn(cases...),
		suspectversion.RecordedOnLTE(at), suspectversion.SupersededOnGT(at)).All(ctx)
	if err != nil {
		return nil, err
	}
	out, corrected := map[string][]*model.SuspectVersion{}, []string{}
	for _, v := range former {
		corrected = append(corrected, v.RowID)
		out[v.CaseID] = append(out[v.CaseID], suspectVersion(v))
	}
	rows, err := op.Suspect.Query().Where(suspect.CaseIDIn(cases...), suspect.ContributorID(op.Scope.Agency),
		suspect.RecordedOnLTE(at), suspect.IDNotIn(corrected...)).All(ctx)
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], &model.SuspectVersion{Kept: now(r.ID, r.Version, r.OccurredOn, r.RecordedOn, r.RecordedBy, r.CorrectedOn, r.CorrectedBy), SuspectContent: r.SuspectContent})
	}
	return out, err
}
