package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/incapacity"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RecordIncapacityInput is a spell in which she cannot decide herself (C7).
type RecordIncapacityInput struct {
	CaseID     string
	Kind       valueset.IncapacityKind
	Grounds    string // who found it, and by what
	ValidFrom  *int64 // now where left out; UTC microseconds
	ValidUntil *int64 // demanded of a TEMPORARY one; a LASTING one has none until it is ended
}

// RecordIncapacity notes that she cannot decide herself. What she permits meanwhile opens
// nothing, and what was decided in her best interests stands in her place, never against
// what she has refused (C7, E5). By itself it opens nothing.
func RecordIncapacity(ctx context.Context, op *store.Op, in RecordIncapacityInput) (string, error) {
	if _, err := ownCase(ctx, op, in.CaseID); err != nil {
		return "", err
	}
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	id := pubid.New("incapacity")
	sealed, err := op.Seal(ctx, ent.TypeIncapacity, id, in.CaseID, schema.IncapacityContent{Grounds: in.Grounds})
	if err != nil {
		return "", err
	}
	err = op.Incapacity.Create().SetID(id).SetCaseID(in.CaseID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).
		SetRecordedBy(op.Scope.Member).SetKind(in.Kind).SetSealed(sealed).
		SetValidFrom(value(in.ValidFrom, op.Scope.Now)).SetValidUntil(value(in.ValidUntil, rule.Forever)).Exec(ctx)
	if err != nil {
		return "", outward(err, "recording an incapacity")
	}
	op.Touch(in.CaseID)
	return id, decided(ctx, op, "record incapacity", in.CaseID)
}

func (in RecordIncapacityInput) validate(now int64) error {
	p := &problems{}
	if !in.Kind.Valid() {
		p.add("kind", "say TEMPORARY or LASTING (C7)")
	}
	if in.Grounds == "" {
		p.add("grounds", "say who found it, and by what (C7)")
	}
	p.text("grounds", &in.Grounds, canon.Text)
	p.past("validFrom", in.ValidFrom, now)
	from := value(in.ValidFrom, now)
	switch {
	case in.Kind == valueset.IncapacityKindTemporary && (in.ValidUntil == nil || *in.ValidUntil > from+year):
		p.add("validUntil", "say until when it lasts, a year at most")
	case in.Kind == valueset.IncapacityKindLasting && in.ValidUntil != nil:
		p.add("validUntil", "what lasts is ended when it ends: leave this out")
	case in.ValidUntil != nil && *in.ValidUntil <= from:
		p.add("validUntil", "it must end after it starts")
	}
	return p.err()
}

// EndIncapacity ends a spell now: from here on she decides herself again.
func EndIncapacity(ctx context.Context, op *store.Op, id string) (caseID string, err error) {
	if !pubid.Valid(id, "incapacity") {
		return "", errs.NotHere()
	}
	row, err := op.Incapacity.Query().Where(incapacity.ID(id)).Only(ctx)
	if err != nil {
		return "", outward(err, "reading the incapacity")
	}
	if _, err := ownCase(ctx, op, row.CaseID); err != nil {
		return "", err
	}
	if row.ValidUntil <= op.Scope.Now {
		return "", errs.New(errs.Conflict, "it has ended").WithFields("incapacityID")
	}
	n, err := op.Incapacity.Update().Where(incapacity.ID(id)).SetValidUntil(op.Scope.Now).Save(ctx)
	if err != nil {
		return "", outward(err, "ending the incapacity")
	}
	if n != 1 {
		return "", errs.NotHere()
	}
	op.Touch(row.CaseID)
	return row.CaseID, decided(ctx, op, "end incapacity", row.CaseID)
}
