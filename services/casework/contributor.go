package casework

import (
	"context"
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/store"
)

// isOwn refuses to record as the viewer's agency's what a file says is another's (A1).
func (in *ContributorInput) isOwn(ctx context.Context, op *store.Op) error {
	if in == nil {
		return nil
	}
	own, err := ownAgency(ctx, op)
	if err != nil {
		return err
	}
	return in.is(own)
}

func ownAgency(ctx context.Context, op *store.Op) (*ent.Agency, error) {
	own, err := op.Agency.Query().Where(agency.ID(op.Scope.Agency)).Only(ctx)
	return own, outward(err, "reading the agency")
}

// is: a row names the agency that contributed it, and nobody else records it. A file
// that names no agency is the viewer's.
func (in *ContributorInput) is(own *ent.Agency) error {
	if in == nil {
		return nil
	}
	names := append(slices.Collect(maps.Values(own.Names)), own.Name)
	p := &problems{}
	const why = "it is the contribution of another agency, which alone records it (A1): leave the row out"
	if in.Code != nil && *in.Code != own.Code {
		p.add("contributor.code", why)
	}
	if in.Name != nil && !slices.Contains(names, *in.Name) {
		p.add("contributor.name", why)
	}
	if len(in.Kinds) > 0 && !slices.Contains(in.Kinds, own.Kind) {
		p.add("contributor.kinds", why)
	}
	return p.err()
}
