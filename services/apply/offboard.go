package apply

import (
	"context"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// Departure is how far an agency's departure has come, and what is in its way; times
// are RFC 3339 and nil until a step is done.
type Departure struct {
	FrozenOn          string   `json:"frozenOn"`
	HandedOverOn      *string  `json:"handedOverOn"`
	AgreementsEndedOn *string  `json:"agreementsEndedOn"`
	ExportedOn        *string  `json:"exportedOn"`
	ExportDigest      string   `json:"exportDigest"`
	KeysDestroyedOn   *string  `json:"keysDestroyedOn"`
	EndedOn           *string  `json:"endedOn"`
	OwnedCases        int      `json:"ownedCases"`
	OpenReferrals     int      `json:"openReferrals"`
	Agreements        []string `json:"agreements"`
	Waiting           string   `json:"waiting"`
}

// StartOffboarding freezes an agency, or proposes it; it returns the proposal's id
// where two people have to approve it.
func StartOffboarding(ctx context.Context, c *client.Client, code string) (string, error) {
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return "", err
	}
	var out struct{ Proposal *struct{ ID string } }
	err = s.mutate(ctx, "startOffboarding", `$id: ID!`, `agencyID: $id`, `proposal { id }`, map[string]any{"id": id}, &out)
	if err != nil || out.Proposal == nil {
		return "", err
	}
	return out.Proposal.ID, nil
}

// Offboard takes an agency's departure as far as it goes.
func Offboard(ctx context.Context, c *client.Client, code string) (*Departure, error) {
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return nil, err
	}
	var out struct{ Offboarding *Departure }
	err = s.mutate(ctx, "advanceOffboarding", `$id: ID!`, `agencyID: $id`, `offboarding { frozenOn handedOverOn agreementsEndedOn exportedOn
    exportDigest keysDestroyedOn endedOn ownedCases openReferrals agreements waiting }`, map[string]any{"id": id}, &out)
	return out.Offboarding, err
}

// agencyID finds an agency by its code.
func agencyID(ctx context.Context, c *client.Client, code string) (*state, string, error) {
	s, err := read(ctx, c)
	if err != nil {
		return nil, "", err
	}
	a := s.agencies[code]
	if a == nil {
		return nil, "", errs.New(errs.Invalid, "there is no agency of this name: it has to be approved first")
	}
	return s, a.ID, nil
}
