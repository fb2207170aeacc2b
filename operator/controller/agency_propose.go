package controller

import (
	"context"
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

// propose notes the proposals of a plan, and takes those of a former spec back that still
// wait: nobody wants any more what they say. Of a new agency, and of a departure, only one
// can wait: that one is somebody's to refuse, or taken back with the object.
func (r *Agencies) propose(ctx context.Context, a *v1alpha1.Agency, seen *apply.Seen, plan *apply.Plan) error {
	made := plan.Proposals()
	a.Status.Proposed = a.Status.Proposed || a.Status.State == "" && made["NEW_AGENCY"] != "" // what comes of it is invited
	var failed error
	a.Status.Proposals = slices.DeleteFunc(a.Status.Proposals, func(p v1alpha1.ProposalStatus) bool {
		if p.ID == made[p.Kind] || p.Generation == a.Generation || !seen.Undecided(a.Name, p.ID) {
			return true
		}
		if p.Kind == "NEW_AGENCY" || p.Kind == "OFFBOARDING" {
			return false
		}
		r.touch(a.UID)
		err := seen.Withdraw(ctx, p.ID)
		r.touch(a.UID)
		if err != nil && !refusal(err) { // a refusal: a person's, which the operator found and did not make
			failed = err
			return false
		}
		return true
	})
	for _, kind := range slices.Sorted(maps.Keys(made)) {
		a.Status.Proposals = append(a.Status.Proposals, v1alpha1.ProposalStatus{Kind: kind, ID: made[kind], Generation: a.Generation})
	}
	return failed
}
