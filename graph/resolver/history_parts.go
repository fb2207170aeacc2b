package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/graph/model"
)

// What the further parts were before they were corrected: as in history.go, one part after
// another.

type whereaboutsRow struct{ contributed[ent.Whereabouts] }

// History is what the row was before each correction, to its contributor.
func (whereaboutsRow) History(ctx context.Context, r *ent.Whereabouts, first int, after *ent.Cursor) (*model.WhereaboutsVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.WhereaboutsVersion] { return b.formers.whereabouts }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.WhereaboutsVersionConnection{Edges: []*model.WhereaboutsVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.WhereaboutsVersionEdge{Node: whereaboutsVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.WhereaboutsVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func whereaboutsVersion(v *ent.WhereaboutsVersion) *model.WhereaboutsVersion {
	return &model.WhereaboutsVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, WhereaboutsContent: v.WhereaboutsContent}
}

type familyRow struct{ contributed[ent.Family] }

// History is what the row was before each correction, to its contributor.
func (familyRow) History(ctx context.Context, r *ent.Family, first int, after *ent.Cursor) (*model.FamilyVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.FamilyVersion] { return b.formers.family }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.FamilyVersionConnection{Edges: []*model.FamilyVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.FamilyVersionEdge{Node: familyVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.FamilyVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func familyVersion(v *ent.FamilyVersion) *model.FamilyVersion {
	return &model.FamilyVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, FamilyContent: v.FamilyContent}
}

type protectionRow struct{ contributed[ent.Protection] }

// History is what the row was before each correction, to its contributor.
func (protectionRow) History(ctx context.Context, r *ent.Protection, first int, after *ent.Cursor) (*model.ProtectionVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.ProtectionVersion] { return b.formers.protections }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.ProtectionVersionConnection{Edges: []*model.ProtectionVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.ProtectionVersionEdge{Node: protectionVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.ProtectionVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func protectionVersion(v *ent.ProtectionVersion) *model.ProtectionVersion {
	return &model.ProtectionVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, ProtectionContent: v.ProtectionContent}
}

type healthRow struct{ contributed[ent.Health] }

// History is what the row was before each correction, to its contributor.
func (healthRow) History(ctx context.Context, r *ent.Health, first int, after *ent.Cursor) (*model.HealthVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.HealthVersion] { return b.formers.health }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.HealthVersionConnection{Edges: []*model.HealthVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.HealthVersionEdge{Node: healthVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.HealthVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func healthVersion(v *ent.HealthVersion) *model.HealthVersion {
	return &model.HealthVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, HealthContent: v.HealthContent}
}

type healthRestrictedRow struct {
	contributed[ent.HealthRestricted]
}

// History is what the row was before each correction, to its contributor.
func (healthRestrictedRow) History(ctx context.Context, r *ent.HealthRestricted, first int, after *ent.Cursor) (*model.HealthRestrictedVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.HealthRestrictedVersion] { return b.formers.healthRestricted }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.HealthRestrictedVersionConnection{Edges: []*model.HealthRestrictedVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.HealthRestrictedVersionEdge{Node: healthRestrictedVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.HealthRestrictedVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func healthRestrictedVersion(v *ent.HealthRestrictedVersion) *model.HealthRestrictedVersion {
	return &model.HealthRestrictedVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, HealthRestrictedContent: v.HealthRestrictedContent}
}

type assistanceRow struct{ contributed[ent.Assistance] }

// History is what the row was before each correction, to its contributor.
func (assistanceRow) History(ctx context.Context, r *ent.Assistance, first int, after *ent.Cursor) (*model.AssistanceVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.AssistanceVersion] { return b.formers.assistance }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.AssistanceVersionConnection{Edges: []*model.AssistanceVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.AssistanceVersionEdge{Node: assistanceVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.AssistanceVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func assistanceVersion(v *ent.AssistanceVersion) *model.AssistanceVersion {
	return &model.AssistanceVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, AssistanceContent: v.AssistanceContent}
}

type proceedingRow struct{ contributed[ent.Proceeding] }

// History is what the row was before each correction, to its contributor.
func (proceedingRow) History(ctx context.Context, r *ent.Proceeding, first int, after *ent.Cursor) (*model.ProceedingVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.ProceedingVersion] { return b.formers.proceedings }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.ProceedingVersionConnection{Edges: []*model.ProceedingVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.ProceedingVersionEdge{Node: proceedingVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.ProceedingVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func proceedingVersion(v *ent.ProceedingVersion) *model.ProceedingVersion {
	return &model.ProceedingVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, ProceedingContent: v.ProceedingContent}
}

type suspectRow struct{ contributed[ent.Suspect] }

// History is what the row was before each correction, to its contributor.
func (suspectRow) History(ctx context.Context, r *ent.Suspect, first int, after *ent.Cursor) (*model.SuspectVersionConnection, error) {
	rows, info, err := paged(ctx, func(b *batches) *keyed[span, []*ent.SuspectVersion] { return b.formers.suspects }, r.ID, r.ContributorID, r.Version, first, after)
	if err != nil {
		return nil, err
	}
	out := &model.SuspectVersionConnection{Edges: []*model.SuspectVersionEdge{}, PageInfo: info}
	for _, v := range rows {
		out.Edges = append(out.Edges, &model.SuspectVersionEdge{Node: suspectVersion(v), Cursor: placeOf(v.RowID, v.Version)})
	}
	between(info, out.Edges, func(e *model.SuspectVersionEdge) *ent.Cursor { return &e.Cursor })
	return out, nil
}

func suspectVersion(v *ent.SuspectVersion) *model.SuspectVersion {
	return &model.SuspectVersion{Kept: model.Kept{
		RowID: v.RowID, Version: v.Version, OccurredOn: v.OccurredOn, RecordedOn: v.RecordedOn, RecordedBy: v.RecordedBy,
		SupersededOn: &v.SupersededOn, SupersededBy: &v.SupersededBy, Reason: v.Reason,
	}, SuspectContent: v.SuspectContent}
}
