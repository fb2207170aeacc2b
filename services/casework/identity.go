package casework

import (
	"context"
	"maps"
	"math"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/person"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// earliestBirth is the first year of birth that is taken: an earlier one is a slip of
// the pen or of the calendar, and policy opens nothing on it.
const earliestBirth = 1900

// RecordIdentity adds who the person is, as the viewer's agency knows it. A birth
// date decides about childhood for the whole case (E1).
func RecordIdentity(ctx context.Context, op *store.Op, caseID string, in IdentityInput) (string, error) {
	birth, err := in.validate(op.Scope.Now, op.Deployment().Zone)
	if err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("identity")
	sealed, err := op.Seal(ctx, ent.TypeIdentity, id, caseID, in.content(birth))
	if err != nil {
		return "", err
	}
	err = op.Identity.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).Exec(ctx)
	if err != nil {
		return "", outward(err, "recording an identity")
	}
	if err := childhood(ctx, op, caseID, birth, in.AgeBasis); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "record identity", caseID)
}

// CorrectIdentity replaces the viewer's agency's own row (A4).
func CorrectIdentity(ctx context.Context, op *store.Op, at CorrectInput, in IdentityInput) error {
	birth, err := in.validate(op.Scope.Now, op.Deployment().Zone)
	if err != nil {
		return err
	}
	read := func() (*ent.Identity, error) { return op.Identity.Query().Where(identity.ID(at.ID)).Only(ctx) }
	return correct(ctx, op, at, "identity", read, identityKey, func(row *ent.Identity) change {
		u := op.Identity.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content(birth)
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeIdentity, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			if err := u.SetSealed(sealed).Exec(ctx); err != nil {
				return err
			}
			return childhood(ctx, op, row.CaseID, birth, in.AgeBasis)
		}}
	})
}

func identityKey(r *ent.Identity) (string, int) { return r.CaseID, r.Version }

func (in IdentityInput) validate(now int64, zone *time.Location) (*canon.Date, error) {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	for i, n := range in.Names {
		p.name(index("names", i), n)
	}
	for i, n := range in.ParentsNames {
		p.name(index("parentsNames", i), n)
	}
	p.text("salutation", in.Salutation, canon.Name)
	p.text("title", in.Title, canon.Name)
	for i, d := range in.Documents {
		if d == nil || !d.Kind.Valid() || d.Number == "" {
			p.add(index("documents", i), "a document needs a kind of the list and a number")
			continue
		}
		p.text(index("documents", i), &d.Number, canon.Name)
		p.country(index("documents", i), d.Issued)
	}
	if in.BirthDate == nil || *in.BirthDate == "" {
		return nil, p.err()
	}
	date, err := canon.ParseDate(*in.BirthDate, value(in.BirthCalendar, valueset.CalendarGregorian))
	if err != nil {
		p.add("birthDate", err.Error())
	} else if first, _, ok := date.Bounds(); ok {
		if first.Year < earliestBirth {
			p.add("birthDate", "nobody alive was born before 1900: check the year and the calendar that it is given in (E1, I3)")
		}
		p.past("birthDate", instant(first, zone), now)
	}
	return &date, p.err()
}

// instant is the first microsecond of a day in the deployment's zone.
func instant(day canon.Civil, zone *time.Location) *int64 {
	at := time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, zone).UTC().UnixMicro()
	return &at
}

func (in IdentityInput) content(birth *canon.Date) schema.IdentityContent {
	out := schema.IdentityContent{
		Names: names(in.Names), ParentsNames: names(in.ParentsNames), Salutation: value(in.Salutation, ""), Title: value(in.Title, ""),
		AgeBasis: in.AgeBasis, Documents: make([]schema.Document, len(in.Documents)),
	}
	for i, d := range in.Documents {
		out.Documents[i] = schema.Document{Kind: d.Kind, Number: d.Number, Issued: value(d.Issued, "")}
	}
	if birth != nil {
		out.BirthText, out.BirthCalendar, out.BirthPrecision = birth.Original, &birth.Calendar, &birth.Precision
		out.Birth = &schema.Birth{Year: birth.Year, Month: birth.Month, Day: birth.Day}
	}
	return out
}

func names(in []*NameInput) []schema.Name {
	out := make([]schema.Name, len(in))
	for i, n := range in {
		out[i] = schema.Name{Text: n.Text, Kind: n.Kind, Script: n.Script, Part: value(n.Part, "FULL")}
	}
	return out
}

// ageMargin is by how many years an age may be wrong, from what it rests on. A document
// and a recorded assessment are taken at their word. What she says is uncertain near the
// limit: children are told to say that they are grown. An estimate is more so, and an
// age that rests on nothing that was recorded is no better than one. Until childhood is
// excluded she is treated as a child (E1).
func ageMargin(basis *valueset.AgeBasis) int {
	switch value(basis, valueset.AgeBasisEstimated) {
	case valueset.AgeBasisDocument, valueset.AgeBasisAssessed:
		return 0
	case valueset.AgeBasisStated:
		return 3
	}
	return 5
}

// childhood keeps the earliest and latest possible 18th birthday of the person, for
// policy alone (E1). Where agencies know different dates the younger age decides; a
// correction replaces what the same agency said before, and no date at all says
// nothing.
func childhood(ctx context.Context, op *store.Op, caseID string, birth *canon.Date, basis *valueset.AgeBasis) error {
	ctx = rule.InMode(ctx, rule.Policy)
	row, err := op.Person.Query().Where(person.CaseID(caseID)).Only(ctx)
	if err != nil {
		return outward(err, "reading the person")
	}
	bounds := maps.Clone(row.AgeBounds)
	if bounds == nil {
		bounds = map[string]schema.AgeBounds{}
	}
	delete(bounds, op.Scope.Agency)
	if b, known := ageBounds(birth, basis, op.Deployment().Zone); known {
		bounds[op.Scope.Agency] = b
	}
	if maps.Equal(bounds, row.AgeBounds) {
		return nil
	}
	update := op.Person.UpdateOneID(row.ID).SetAgeBounds(bounds).ClearAdultEarliest().ClearAdultLatest()
	if len(bounds) > 0 {
		from, until := int64(math.MaxInt64), int64(math.MinInt64)
		for _, b := range bounds {
			from, until = min(from, b.Earliest), max(until, b.Latest)
		}
		update.SetAdultEarliest(from).SetAdultLatest(until)
	}
	if err := update.Exec(ctx); err != nil {
		return errs.Wrap(err, errs.Internal, "keeping the age bounds failed")
	}
	op.Touch(caseID)
	return op.Settle(ctx)
}
