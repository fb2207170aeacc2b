package controller

import (
	"maps"
	"slices"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// proposals are those that were made or found of the spec as it stands, by kind. What a
// person refused of it is not proposed again until somebody changes the object, or makes it
// anew.
func proposals(a *v1alpha1.Agency) map[string]string {
	out := map[string]string{}
	for _, p := range a.Status.Proposals {
		if p.Generation == a.Generation {
			out[p.Kind] = p.ID
		}
	}
	return out
}

// propose notes the proposals of a plan, beside those of a former spec that still wait: they
// are taken back with the object.
func propose(a *v1alpha1.Agency, seen *apply.Seen, plan *apply.Plan) {
	made := plan.Proposals()
	a.Status.Proposals = slices.DeleteFunc(a.Status.Proposals, func(p v1alpha1.ProposalStatus) bool {
		return made[p.Kind] != "" || p.Generation == a.Generation || !seen.Open(p.ID)
	})
	for _, kind := range slices.Sorted(maps.Keys(made)) {
		a.Status.Proposals = append(a.Status.Proposals, v1alpha1.ProposalStatus{Kind: kind, ID: made[kind], Generation: a.Generation})
	}
}
