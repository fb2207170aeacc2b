package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// StageImportInput is the next rows of a file, in ascending order. Those up to the last
// row that was sent before are passed over: a batch may be sent again.
type StageImportInput struct {
	ImportID *string // nil in a dry run
	DryRun   bool    // check the rows, store nothing
	Rows     []*ImportRowInput
}

// ImportRowInput is one row of the file, numbered as in its sheet.
type ImportRowInput struct {
	Row  int
	Case RegisterCaseInput
}

// ImportRefusal is one thing wrong with one row: the path of the field and what to do,
// never a value.
type ImportRefusal struct {
	Row     int
	Field   string
	Message string
}

// The bounds of one batch.
const (
	MaxStagedRows = 500 // rows of a batch
	maxRefusals   = 100 // refusals listed of a batch
)

// StageImport checks rows and keeps those that are good, sealed, until the import is
// committed. A refused row does not keep the next ones from being checked, so that a
// file's errors are all found; but nothing of the import can become a case then.
func StageImport(ctx context.Context, op *store.Op, in StageImportInput) (staged int, refusals []*ImportRefusal, err error) {
	if len(in.Rows) == 0 || len(in.Rows) > MaxStagedRows {
		return 0, nil, errs.New(errs.Invalid, "a batch has 1 to %d rows", MaxStagedRows).WithFields("rows")
	}
	own, err := ownAgency(ctx, op)
	if err != nil {
		return 0, nil, err
	}
	k := check{op.Scope, op.Deployment().Zone, own}
	if in.DryRun {
		for _, r := range in.Rows {
			staged, refusals = k.counted(r, staged, refusals)
		}
		return staged, refusals, nil
	}
	i, err := ownImport(ctx, op, value(in.ImportID, ""))
	if err != nil {
		return 0, nil, err
	}
	var rows []*ent.StagedRowCreate
	refused, last := 0, i.LastRow
	for _, r := range in.Rows {
		if r.Row <= last {
			if r.Row <= i.LastRow {
				continue // sent before
			}
			return 0, nil, errs.New(errs.Invalid, "rows are sent in ascending order").WithFields("rows")
		}
		last = r.Row
		before := staged
		if staged, refusals = k.counted(r, staged, refusals); staged == before {
			refused++
			continue
		}
		id := pubid.New("staged")
		sealed, err := op.Seal(ctx, ent.TypeStagedRow, id, i.ID, r.Case)
		if err != nil {
			return 0, nil, err
		}
		rows = append(rows, op.StagedRow.Create().SetID(id).SetImportID(i.ID).SetAgencyID(op.Scope.Agency).SetRow(r.Row).SetSealed(sealed))
	}
	if last == i.LastRow {
		return 0, nil, nil
	}
	if err := moveImport(ctx, i, op.FileImport.Update().SetLastRow(last).AddStaged(staged).AddRefused(refused)); err != nil {
		return 0, nil, err
	}
	if err := op.StagedRow.CreateBulk(rows...).Exec(ctx); err != nil {
		return 0, nil, outward(err, "staging rows")
	}
	return staged, refusals, nil
}

// check is what rows are checked against: who asks, where dates are read, and whose
// rows they have to be.
type check struct {
	scope *rule.Scope
	zone  *time.Location
	own   *ent.Agency
}

// counted counts a good row, or lists what is wrong with it.
func (k check) counted(r *ImportRowInput, staged int, refusals []*ImportRefusal) (int, []*ImportRefusal) {
	wrong := k.wrong(r.Case)
	if len(wrong) == 0 {
		return staged + 1, refusals
	}
	for _, w := range wrong {
		if len(refusals) < maxRefusals {
			refusals = append(refusals, &ImportRefusal{Row: r.Row, Field: w.field, Message: w.message})
		}
	}
	return staged, refusals
}

// fault is one thing wrong with an input.
type fault struct{ field, message string }

// wrong is everything that registering the case as part of an import would be refused
// for: the input is looked at alone, and policy once more when the import is committed.
func (k check) wrong(in RegisterCaseInput) []fault {
	s := k.scope
	var out []fault
	note := func(path string, err error) {
		var p *faults
		switch {
		case err == nil:
		case errors.As(err, &p):
			for _, f := range p.list {
				out = append(out, fault{join(path, f.field), f.message})
			}
		default:
			out = append(out, fault{path, err.Error()})
		}
	}
	note("", in.validate(s, true))
	note("", in.Contributor.is(k.own))
	r := in.Recording
	r.Kind = valueset.ConsentKindRecording
	given := value(r.GivenOn, s.Now)
	if given > s.Now {
		note("recording", inTheFuture())
	}
	note("recording", r.validate(given))
	for i, p := range r.Provisions {
		if p != nil && len(p.ContributorIDs) > 0 {
			out = append(out, fault{join("recording", index("provisions", i)) + ".contributorIDs", "a statement about recording opens nobody's rows: leave the list out"})
		}
	}
	k.eachPart(in, func(path string, c category.Category, err error) {
		note(path, err)
		if !r.covers(s, given, c) {
			out = append(out, fault{path, "recording " + string(c) + " rests on no basis in force for the purpose that this operation declares (C1)"})
		}
	})
	return out
}

// eachPart calls f for every part of the input, with its category and what is wrong
// with it.
func (k check) eachPart(in RegisterCaseInput, f func(path string, c category.Category, err error)) {
	s := k.scope
	if in.Identity != nil {
		_, err := in.Identity.validate(s.Now, k.zone)
		f("identity", category.Identity, err)
	}
	for i, c := range in.Contacts {
		f(index("contacts", i), category.Contact, c.validate(s.Now))
	}
	if in.Profile != nil {
		f("profile", category.Profile, in.Profile.validate(s.Now))
	}
	if in.Trafficking != nil {
		f("trafficking", category.Trafficking, in.Trafficking.validate(s.Now))
	}
	for i, n := range in.Narratives {
		f(index("narratives", i), category.Narrative, n.validate(s.Now))
	}
	for i, a := range in.Assistance {
		f(index("assistance", i), category.Assistance, a.validate(s.Now))
	}
	for i, p := range in.Proceedings {
		err := p.Proceeding.validate(s.Now)
		if err == nil && len(p.Proceeding.AgencyIDs) > 0 {
			err = errs.New(errs.Invalid, "a file names no agencies of a proceeding: they are added afterwards").WithFields("agencyIDs")
		}
		f(join(index("proceedings", i), "proceeding"), category.Justice, err)
		for n, suspect := range p.Suspects {
			err := suspect.validate(s.Now)
			if err == nil && suspect.cleared() {
				err = errs.New(errs.Invalid, "a suspect who was acquitted, or whose proceeding was dismissed, is not taken from a file (B2): leave the suspect's columns blank").WithFields("state")
			}
			f(join(index("proceedings", i), index("suspects", n)), category.Suspect, err)
		}
	}
}

// covers: some provision lets the category be recorded now for the scope's purpose, and
// none refuses it.
func (in RecordConsentInput) covers(s *rule.Scope, given int64, c category.Category) bool {
	yes := false
	for _, p := range in.Provisions {
		from := value(p.ValidFrom, given)
		if !slices.Contains(p.Purposes, s.Purpose) || !slices.Contains(p.Categories, c) {
			continue
		}
		if p.Decision != valueset.DecisionPermit {
			return false
		}
		yes = yes || from <= s.Now && s.Now < value(p.ValidUntil, from+year)
	}
	return yes
}

func join(path, field string) string {
	switch {
	case path == "":
		return field
	case field == "":
		return path
	}
	return path + "." + field
}
