package apply

import (
	"context"
	"slices"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// Between is how far an agreement between others has come.
type Between struct {
	Signatures []Signature
	InForce    bool
	Ended      bool
}

// Signature is a party's name under an agreement.
type Signature struct {
	Agency   string // code
	SignedOn *time.Time
}

// Unsigned lists the parties that have not signed.
func (b *Between) Unsigned() []string {
	var out []string
	for _, s := range b.Signatures {
		if s.SignedOn == nil {
			out = append(out, s.Agency)
		}
	}
	return out
}

// Missing lists the parties that are no agency yet, or none any more.
func (s *Seen) Missing(d *v1alpha1.DataSharingAgreement) []string {
	var out []string
	for _, p := range d.Spec.Parties {
		if a := s.now.agencies[p.Agency]; a == nil || a.State == "ENDED" {
			out = append(out, p.Agency)
		}
	}
	slices.Sort(out)
	return out
}

// Between proposes an agreement between its parties, once, and says how far it has come.
// It signs for nobody.
func (s *Seen) Between(ctx context.Context, d *v1alpha1.DataSharingAgreement) (*Between, error) {
	input, err := s.now.termsInput(d)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "%s", err.Error())
	}
	var out struct{ Agreement *Between }
	if err := s.now.mutate(ctx, "proposeAgreementBetween", map[string]any{"input": input}, &out); err != nil {
		return nil, err
	}
	return out.Agreement, nil
}
