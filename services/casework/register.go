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
	if err := in.validate(op.Scope, false); err != nil {
		return "", err
	}
	if err := in.Contributor.isOwn(ctx, op); err != nil {
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
	if err := caseRow(op, id, reference, in).Exec(ctx); err != nil {
		return "", outward(err, "registering the case")
	}
	if err := op.Person.Create().SetCaseID(id).SetCreatedOn(op.Scope.Now).Exec(ctx); err != nil {
		return "", outward(err, "registering the case")
	}
	in.Recording.CaseID, in.Recording.Kind = id, valueset.ConsentKindRecording
	statement, err := recordStatement(ctx, op, in.Recording)
	if err != nil {
		return "", err
	}
	if err := toTellHer(ctx, op, op.Scope.Agency, statement, in.Recording); err != nil {
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
	if row := closedAtOnce(op, id, in); row != nil {
		if err := row.Exec(ctx); err != nil {
			return "", outward(err, "keeping the course of the case")
		}
	}
	return id, decided(ctx, op, "register", id)
}

// validate: imported lets a closed case come without a reason of the list.
func (in RegisterCaseInput) validate(s *rule.Scope, imported bool) error {
	p := &problems{}
	closing := closes(value(in.State, valueset.CaseStateOpen))
	if in.State != nil && !in.State.Valid() {
		p.add("state", "name a state of the list (I1)")
	}
	if in.ClosingReason != nil && (!closing || !in.ClosingReason.Valid()) || in.ClosingReason == nil && closing && !imported {
		p.add("closingReason", "a closing reason of the list is given where the case is closed, and only there (I1)")
	}
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
	for i, a := range in.Assistance {
		if _, err := RecordAssistance(ctx, op, id, *a); err != nil {
			return under(index("assistance", i), err)
		}
	}
	for i, p := range in.Proceedings {
		if err := p.record(ctx, op, id); err != nil {
			return under(index("proceedings", i), err)
		}
	}
	return nil
}

func (in *RegisterProceedingInput) record(ctx context.Context, op *store.Op, caseID string) error {
	id, err := RecordProceeding(ctx, op, caseID, in.Proceeding)
	if err != nil {
		return under("proceeding", err)
	}
	for i, s := range in.Suspects {
		if _, err := RecordSuspect(ctx, op, id, *s); err != nil {
			return under(index("suspects", i), err)
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
