package casework

import (
	"context"
	"errors"
	"slices"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RegisterCase makes a case of the viewer's agency on a basis for recording (C1),
// assigns it to the viewer (D5) and records the parts given. All or nothing.
func RegisterCase(ctx context.Context, op *store.Op, in RegisterCaseInput) (string, error) {
	if err := in.validate(op.Scope); err != nil {
		return "", err
	}
	if err := ownTakesOn(ctx, op); err != nil {
		return "", err
	}
	reference, err := freshReference(ctx, op, caseref.New)
	if err != nil {
		return "", err
	}
	id := pubid.New("case")
	if err := op.MakeKey(ctx, id); err != nil {
		return "", err
	}
	err = op.CaseFile.Create().SetID(id).SetReference(reference).SetOwnerID(op.Scope.Agency).
		SetKind(in.Kind).SetState(value(in.State, valueset.CaseStateOpen)).SetOpenedOn(op.Scope.Now).SetNillableOccurredOn(in.OccurredOn).
		Exec(ctx)
	if err != nil {
		return "", outward(err, "registering the case")
	}
	if err := op.Person.Create().SetCaseID(id).SetCreatedOn(op.Scope.Now).Exec(ctx); err != nil {
		return "", outward(err, "registering the case")
	}
	in.Recording.CaseID, in.Recording.Kind = id, valueset.ConsentKindRecording
	if _, err := recordStatement(ctx, op, in.Recording); err != nil {
		return "", err
	}
	if err := takeOn(ctx, op, id); err != nil {
		return "", err
	}
	// Her statement decides from here on what may be recorded at all.
	if err := op.Settle(ctx); err != nil {
		return "", err
	}
	if err := recordParts(ctx, op, id, in); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "register", id)
}

func (in RegisterCaseInput) validate(s *rule.Scope) error {
	p := &problems{}
	if !in.Kind.Valid() {
		p.add("kind", "name the kind of case (G3)")
	}
	if in.Recording.Kind != "" && in.Recording.Kind != valueset.ConsentKindRecording {
		p.add("recording.kind", "a case is registered on a statement about RECORDING (C1)")
	}
	if len(in.Recording.Provisions) == 0 {
		p.add("recording.provisions", "say for which purposes and categories the agency may record (C1)")
	} else if !in.Recording.permits(s.Purpose) {
		p.add("recording.provisions", "the statement must permit recording for the purpose that this operation declares (C1)")
	}
	p.past("occurredOn", in.OccurredOn, s.Now)
	return p.err()
}

// permits: some provision says yes for the purpose.
func (in RecordConsentInput) permits(purpose category.Purpose) bool {
	return slices.ContainsFunc(in.Provisions, func(v *ProvisionInput) bool {
		return v != nil && v.Decision == valueset.DecisionPermit && slices.Contains(v.Purposes, purpose)
	})
}

func recordParts(ctx context.Context, op *store.Op, id string, in RegisterCaseInput) error {
	if in.Identity != nil {
		if _, err := RecordIdentity(ctx, op, id, *in.Identity); err != nil {
			return under("identity", err)
		}
	}
	for i, c := range in.Contacts {
		if _, err := RecordContact(ctx, op, id, *c); err != nil {
			return under(index("contacts", i), err)
		}
	}
	if in.Profile != nil {
		if _, err := RecordProfile(ctx, op, id, *in.Profile); err != nil {
			return under("profile", err)
		}
	}
	if in.Trafficking != nil {
		if _, err := RecordTrafficking(ctx, op, id, *in.Trafficking); err != nil {
			return under("trafficking", err)
		}
	}
	for i, n := range in.Narratives {
		if _, err := RecordNarrative(ctx, op, id, *n); err != nil {
			return under(index("narratives", i), err)
		}
	}
	return nil
}

// under puts the path of the part before the fields of its error.
func under(path string, err error) error {
	kind := errs.KindOf(err)
	if kind == errs.Internal {
		return err
	}
	fields := []string{path}
	var e *errs.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		fields = fields[:0]
		for _, f := range e.Fields {
			fields = append(fields, path+"."+f)
		}
	}
	return errs.Wrap(err, kind, "%s: %s", path, err.Error()).WithFields(fields...)
}
