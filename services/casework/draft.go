package casework

import (
	"context"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// draft is a case that is being registered together with many others.
type draft struct {
	row int
	id  string
	in  RegisterCaseInput
}

type drafts []*draft

// register does for many what RegisterCase does for one, with a number of statements
// that does not grow with them.
func (ds drafts) register(ctx context.Context, op *store.Op, i *ent.FileImport) error {
	ids := make([]string, len(ds))
	for n, d := range ds {
		d.id = pubid.New("case")
		ids[n] = d.id
	}
	if err := op.MakeKeys(ctx, ids); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *store.Op) error{ds.cases, ds.persons, ds.statements, ds.assignments} {
		if err := step(ctx, op); err != nil {
			return outward(err, "registering cases")
		}
	}
	// Her statement decides from here on what may be recorded at all.
	if err := op.DecideMade(ctx, ids); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *store.Op) error{ds.identities, ds.contacts, ds.profiles, ds.traffickings, ds.narratives, ds.assistance, ds.proceedings, ds.changes} {
		if err := step(ctx, op); err != nil {
			return outward(err, "registering cases")
		}
	}
	rows := make([]*ent.ImportedRowCreate, len(ds))
	for n, d := range ds {
		rows[n] = op.ImportedRow.Create().SetAgencyID(op.Scope.Agency).SetDigest(i.Digest).SetRow(d.row).SetCaseID(d.id).
			SetImportID(i.ID).SetImportedOn(op.Scope.Now)
	}
	if err := op.ImportedRow.CreateBulk(rows...).Exec(ctx); err != nil {
		return outward(err, "noting the imported rows")
	}
	if err := disclosure.DecideAll(ctx, op, "import", ids); err != nil {
		return err
	}
	return op.Made(ctx)
}

func (ds drafts) cases(ctx context.Context, op *store.Op) error {
	references, err := freshReferences(ctx, op, len(ds))
	if err != nil {
		return err
	}
	rows := make([]*ent.CaseFileCreate, len(ds))
	for n, d := range ds {
		rows[n] = caseRow(op, d.id, references[n], d.in)
	}
	return op.CaseFile.CreateBulk(rows...).Exec(ctx)
}

// caseRow is the thin row of a new case.
func caseRow(op *store.Op, id, reference string, in RegisterCaseInput) *ent.CaseFileCreate {
	return op.CaseFile.Create().SetID(id).SetReference(reference).SetOwnerID(op.Scope.Agency).SetKind(in.Kind).
		SetState(value(in.State, valueset.CaseStateOpen)).SetNillableClosingReason(in.ClosingReason).
		SetOpenedOn(op.Scope.Now).SetNillableOccurredOn(in.OccurredOn)
}

// freshReferences draws as many references that are not taken, with one look at the
// database (I5).
func freshReferences(ctx context.Context, op *store.Op, n int) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	for range tries {
		var drawn []string
		for len(drawn) < n-len(out) {
			if ref := caseref.New(); !seen[ref] {
				seen[ref], drawn = true, append(drawn, ref)
			}
		}
		taken, err := op.CaseFile.Query().Where(casefile.ReferenceIn(drawn...)).All(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return nil, outward(err, "finding free references")
		}
		for _, c := range taken {
			drawn = slices.DeleteFunc(drawn, func(ref string) bool { return ref == c.Reference })
		}
		if out = append(out, drawn...); len(out) == n {
			return out, nil
		}
	}
	return nil, errs.New(errs.Unavailable, "no free case references were found: try again")
}

// persons are written under the policy role, with what decides about childhood (E1) and
// death (C7).
func (ds drafts) persons(ctx context.Context, op *store.Op) error {
	rows := make([]*ent.PersonCreate, len(ds))
	for n, d := range ds {
		rows[n] = op.Person.Create().SetCaseID(d.id).SetCreatedOn(op.Scope.Now)
		if d.in.Profile != nil && value(d.in.Profile.Deceased, false) {
			rows[n].SetDeceasedOn(op.Scope.Now)
		}
		if d.in.Identity == nil {
			continue
		}
		birth, err := d.in.Identity.validate(op.Scope.Now, op.Deployment().Zone)
		if err != nil {
			return err
		}
		if b, known := ageBounds(birth, d.in.Identity.AgeBasis, op.Deployment().Zone); known {
			rows[n].SetAgeBounds(map[string]schema.AgeBounds{op.Scope.Agency: b}).SetAdultEarliest(b.Earliest).SetAdultLatest(b.Latest)
		}
	}
	return op.Person.CreateBulk(rows...).Exec(rule.InMode(ctx, rule.Policy))
}

func (ds drafts) statements(ctx context.Context, op *store.Op) error {
	rows := make([]*ent.ConsentCreate, len(ds))
	var provisions []*ent.ProvisionCreate
	for n, d := range ds {
		d.in.Recording.CaseID, d.in.Recording.Kind = d.id, valueset.ConsentKindRecording
		row, more, err := statementRows(ctx, op, d.in.Recording, value(d.in.Recording.GivenOn, op.Scope.Now))
		if err != nil {
			return err
		}
		rows[n], provisions = row, append(provisions, more...)
	}
	if err := op.Consent.CreateBulk(rows...).Exec(ctx); err != nil {
		return err
	}
	return inParts(provisions, func(some []*ent.ProvisionCreate) error { return op.Provision.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) assignments(ctx context.Context, op *store.Op) error {
	var rows []*ent.AssignmentCreate
	for _, holder := range holdersOf(op) {
		for _, d := range ds {
			rows = append(rows, op.Assignment.Create().SetCaseID(d.id).SetAgencyID(op.Scope.Agency).SetMemberID(holder).SetSince(op.Scope.Now))
		}
	}
	return inParts(rows, func(some []*ent.AssignmentCreate) error { return op.Assignment.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) identities(ctx context.Context, op *store.Op) error {
	var rows []*ent.IdentityCreate
	for _, d := range ds {
		if d.in.Identity == nil {
			continue
		}
		birth, err := d.in.Identity.validate(op.Scope.Now, op.Deployment().Zone)
		if err != nil {
			return err
		}
		id := pubid.New("identity")
		sealed, err := op.Seal(ctx, ent.TypeIdentity, id, d.id, d.in.Identity.content(birth))
		if err != nil {
			return err
		}
		rows = append(rows, op.Identity.Create().SetID(id).SetCaseID(d.id).SetContributorID(op.Scope.Agency).
			SetNillableOccurredOn(d.in.Identity.OccurredOn).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed))
	}
	return inParts(rows, func(some []*ent.IdentityCreate) error { return op.Identity.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) contacts(ctx context.Context, op *store.Op) error {
	var rows []*ent.ContactCreate
	for _, d := range ds {
		for _, c := range d.in.Contacts {
			id := pubid.New("contact")
			sealed, err := op.Seal(ctx, ent.TypeContact, id, d.id, c.content())
			if err != nil {
				return err
			}
			rows = append(rows, op.Contact.Create().SetID(id).SetCaseID(d.id).SetContributorID(op.Scope.Agency).
				SetNillableOccurredOn(c.OccurredOn).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed))
		}
	}
	return inParts(rows, func(some []*ent.ContactCreate) error { return op.Contact.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) profiles(ctx context.Context, op *store.Op) error {
	var rows []*ent.ProfileCreate
	for _, d := range ds {
		if d.in.Profile == nil {
			continue
		}
		row := op.Profile.Create().SetID(pubid.New("profile")).SetCaseID(d.id).SetContributorID(op.Scope.Agency).
			SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
		setProfile(row.Mutation(), *d.in.Profile)
		rows = append(rows, row)
	}
	return inParts(rows, func(some []*ent.ProfileCreate) error { return op.Profile.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) traffickings(ctx context.Context, op *store.Op) error {
	var rows []*ent.TraffickingCreate
	for _, d := range ds {
		if d.in.Trafficking == nil {
			continue
		}
		row := op.Trafficking.Create().SetID(pubid.New("trafficking")).SetCaseID(d.id).SetContributorID(op.Scope.Agency).
			SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
		setTrafficking(row.Mutation(), *d.in.Trafficking)
		rows = append(rows, row)
	}
	return inParts(rows, func(some []*ent.TraffickingCreate) error { return op.Trafficking.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) narratives(ctx context.Context, op *store.Op) error {
	var rows []*ent.NarrativeCreate
	for _, d := range ds {
		for _, t := range d.in.Narratives {
			id := pubid.New("narrative")
			sealed, err := op.Seal(ctx, ent.TypeNarrative, id, d.id, t.content())
			if err != nil {
				return err
			}
			rows = append(rows, op.Narrative.Create().SetID(id).SetCaseID(d.id).SetContributorID(op.Scope.Agency).
				SetNillableOccurredOn(t.OccurredOn).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed))
		}
	}
	return inParts(rows, func(some []*ent.NarrativeCreate) error { return op.Narrative.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) assistance(ctx context.Context, op *store.Op) error {
	var rows []*ent.AssistanceCreate
	for _, d := range ds {
		for _, a := range d.in.Assistance {
			row := op.Assistance.Create().SetID(pubid.New("assistance")).SetCaseID(d.id).SetContributorID(op.Scope.Agency).
				SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
			setAssistance(row.Mutation(), *a)
			rows = append(rows, row)
		}
	}
	return inParts(rows, func(some []*ent.AssistanceCreate) error { return op.Assistance.CreateBulk(some...).Exec(ctx) })
}

// proceedings come before the suspects that hang on them (B2).
func (ds drafts) proceedings(ctx context.Context, op *store.Op) error {
	var rows []*ent.ProceedingCreate
	var suspects []*ent.SuspectCreate
	for _, d := range ds {
		for _, p := range d.in.Proceedings {
			id := pubid.New("proceeding")
			sealed, err := op.Seal(ctx, ent.TypeProceeding, id, d.id, p.Proceeding.content())
			if err != nil {
				return err
			}
			rows = append(rows, op.Proceeding.Create().SetID(id).SetCaseID(d.id).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(p.Proceeding.OccurredOn).
				SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).SetPartyIds([]string{}))
			for _, s := range p.Suspects {
				hangs := pubid.New("suspect")
				sealed, err := op.Seal(ctx, ent.TypeSuspect, hangs, d.id, s.content())
				if err != nil {
					return err
				}
				suspects = append(suspects, op.Suspect.Create().SetID(hangs).SetCaseID(d.id).SetProceedingID(id).SetContributorID(op.Scope.Agency).
					SetNillableOccurredOn(s.OccurredOn).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed))
			}
		}
	}
	if err := inParts(rows, func(some []*ent.ProceedingCreate) error { return op.Proceeding.CreateBulk(some...).Exec(ctx) }); err != nil {
		return err
	}
	return inParts(suspects, func(some []*ent.SuspectCreate) error { return op.Suspect.CreateBulk(some...).Exec(ctx) })
}

func (ds drafts) changes(ctx context.Context, op *store.Op) error {
	var rows []*ent.CaseChangeCreate
	for _, d := range ds {
		if row := closedAtOnce(op, d.id, d.in); row != nil {
			rows = append(rows, row)
		}
	}
	return inParts(rows, func(some []*ent.CaseChangeCreate) error { return op.CaseChange.CreateBulk(some...).Exec(ctx) })
}

// closedAtOnce keeps that a case was closed before it was registered here (I1); nil for
// one that is open.
func closedAtOnce(op *store.Op, id string, in RegisterCaseInput) *ent.CaseChangeCreate {
	state := value(in.State, valueset.CaseStateOpen)
	if !closes(state) {
		return nil
	}
	return op.CaseChange.Create().SetCaseID(id).SetContributorID(op.Scope.Agency).SetRecordedBy(op.Scope.Member).
		SetRecordedOn(op.Scope.Now).SetFromState(valueset.CaseStateOpen).SetToState(state).SetFromKind(in.Kind).SetToKind(in.Kind).
		SetNillableClosingReason(in.ClosingReason).SetVersion(1)
}

// inParts keeps a statement within what a database takes in arguments.
func inParts[T any](rows []T, do func([]T) error) error {
	for some := range slices.Chunk(rows, 1000) {
		if err := do(some); err != nil {
			return err
		}
	}
	return nil
}

// ageBounds are the earliest and latest possible 18th birthday, by a birth date and what
// it rests on (E1).
func ageBounds(birth *canon.Date, basis *valueset.AgeBasis, zone *time.Location) (schema.AgeBounds, bool) {
	if birth == nil {
		return schema.AgeBounds{}, false
	}
	earliest, latest, ok := birth.Eighteenth(zone)
	if !ok {
		return schema.AgeBounds{}, false
	}
	margin := ageMargin(basis)
	return schema.AgeBounds{
		Earliest: earliest.AddDate(-margin, 0, 0).UTC().UnixMicro(), Latest: latest.AddDate(margin, 0, 0).UTC().UnixMicro(),
	}, true
}
