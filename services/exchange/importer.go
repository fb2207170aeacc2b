// Package exchange brings data in and out through the API: HTCDS files in.
//
// It promises that a file comes in whole or not at all, that an error names row and
// column and never a value, and that an import creates no consent to share, no
// referral and no access. It is a client of the API with a token. It holds some hundred
// rows of a file in memory, however many there are.
package exchange

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// ImportOptions says on what the rows of a file are recorded.
type ImportOptions struct {
	// Basis is the typed basis for rows without her consent to be recorded (C1);
	// empty: such a row refuses the file.
	Basis valueset.RecordingBasis
	// Purposes of the recording (C1); ASSISTANCE, IDENTIFICATION, PROTECTION and RETURN
	// where empty. The first is the one that the import declares.
	Purposes []category.Purpose
	DryRun   bool
	// Progress is told what has been done; nil is silent.
	Progress func(string)
}

// Report is what an import did.
type Report struct {
	Import string `json:"import,omitempty"` // its id, for `sala import undo`
	DryRun bool   `json:"dryRun,omitempty"`
	Rows   int    `json:"rows"` // with data, in the file
	// Created cases were made, or in a dry run would be; Known ones were made by an
	// earlier import of the same file: all of its rows or none.
	Created int `json:"created"`
	Known   int `json:"known"`
	// Refused says what is wrong with which row, up to a bound: with one, nothing was stored.
	Refused []Refused `json:"refused"`
	// History counts, by column, the cells that are kept as text: an import makes no
	// referral of them.
	History map[string]int `json:"history"`
}

// Refused is one thing wrong with one row.
type Refused struct {
	Row     int    `json:"row"`
	Column  string `json:"column"` // letter and field code, or empty for the row
	Message string `json:"message"`
}

// batchRows is how many rows are sent at once; longestWait is how long a commit is asked
// after, and shortWait how long to wait between.
const (
	batchRows   = 250
	longestWait = 20 * time.Minute
	shortWait   = 2 * time.Second
	told        = 5 * time.Second // between two lines about a commit
)

// importer is one import under way.
type importer struct {
	c    *client.Client
	r    io.ReaderAt
	size int64
	read htcds.Options
	o    ImportOptions
	out  *Report
}

// Import brings a file's rows in. A file that was imported before changes nothing. Where
// it is refused, the report says why and the error is INVALID.
func Import(ctx context.Context, c *client.Client, r io.ReaderAt, size int64, read htcds.Options, o ImportOptions) (*Report, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if len(o.Purposes) == 0 {
		o.Purposes = []category.Purpose{category.ForAssistance, category.Identification, category.ForProtection, category.Return}
	}
	i := &importer{c: c, r: r, size: size, read: read, o: o, out: &Report{DryRun: o.DryRun, Refused: []Refused{}, History: map[string]int{}}}
	// Its own errors first, all of them, before anything is sent.
	if err := i.check(); err != nil {
		return i.refused(err)
	}
	o.Progress(fmt.Sprintf("%d rows read", i.out.Rows))
	digest, err := htcds.Digest(r, size)
	if err != nil {
		return i.out, err
	}
	opened, err := i.open(ctx, hex.EncodeToString(digest[:]))
	if err != nil || i.out.Known > 0 {
		return i.out, err
	}
	if err := i.send(ctx, opened); err != nil {
		if opened != nil {
			i.abandon(context.WithoutCancel(ctx), *opened)
		}
		return i.refused(err)
	}
	if opened == nil {
		return i.out, nil
	}
	// What was read the second time is what the digest was taken of.
	if again, err := htcds.Digest(r, size); err != nil || again != digest {
		i.abandon(context.WithoutCancel(ctx), *opened)
		return i.out, errs.New(errs.Invalid, "the file changed while it was read; nothing was stored: import it again")
	}
	i.out.Import = *opened
	return i.out, i.commit(ctx, *opened)
}

// refused puts the problems of an error into the report.
func (i *importer) refused(err error) (*Report, error) {
	var p *htcds.Problems
	if errors.As(err, &p) {
		for _, one := range p.List {
			i.out.Refused = append(i.out.Refused, Refused{one.Row, one.Column, one.Message})
		}
	}
	return i.out, err
}

// each calls f for every row of the file.
func (i *importer) each(f func(*htcds.Reader, htcds.Row) error) error {
	in, err := htcds.Open(i.r, i.size, i.read)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = f(in, row)
		}
		if err != nil {
			return err
		}
	}
}

// check reads the file once, for what is wrong with it.
func (i *importer) check() error {
	missing := &htcds.Problems{}
	err := i.each(func(in *htcds.Reader, row htcds.Row) error {
		i.out.Rows++
		i.history(row)
		if (row.Consent == nil || !*row.Consent) && (i.o.Basis == "" || i.o.Basis == valueset.RecordingBasisConsent) {
			missing.Add(row.Number, in.Place("con_Consent"), "there is no consent to be recorded; name the typed basis with --basis (C1)")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return missing.Refusal()
}

// history counts what is kept as text.
func (i *importer) history(r htcds.Row) {
	for column, there := range map[string]bool{
		"cas_ReasonForCaseClosure":  r.ClosureReason != "",
		"cas_ReferringOrganisation": r.Incoming.Organisation != "", "cas_IncomingReferralDate": r.Incoming.Date.Original != "",
		"cas_ReferringPrimaryCaseWorker": r.Incoming.CaseWorker != "", "cas_ReasonForIncomingReferral": r.Incoming.Reason != "",
		"cas_IncomingReferralDetails": r.Incoming.Details != "",
		"cas_ReferredOrganisation":    r.Outgoing.Organisation != "", "cas_OutgoingReferralDate": r.Outgoing.Date.Original != "",
		"cas_ReferredPrimaryCaseWorker": r.Outgoing.CaseWorker != "", "cas_ReasonForOutgoingReferral": r.Outgoing.Reason != "",
		"cas_OutgoingReferralDetails": r.Outgoing.Details != "",
	} {
		if there {
			i.out.History[column]++
		}
	}
}

// payload is what the verbs on an import answer.
type payload struct {
	Import *struct {
		ID         string
		State      string
		Registered int
	}
	Known, Staged int
	Busy          bool
	Refusals      []struct {
		Row            int
		Field, Message string
	}
	UserErrors []struct{ Code, Message string }
}

// ask runs one mutation under the import's purpose.
func (i *importer) ask(ctx context.Context, field string, input any) (*payload, error) {
	return askFor(ctx, i.c, i.o.Purposes[0], field, input)
}

// steps are the mutations of an import, by field.
var steps = map[string]string{
	"openImport":    step("openImport", "input", "OpenImportInput", "known import { id }"),
	"stageImport":   step("stageImport", "input", "StageImportInput", "staged refusals { row field message }"),
	"commitImport":  step("commitImport", "importID", "ID", "busy import { id state registered }"),
	"abandonImport": step("abandonImport", "importID", "ID", "import { id }"),
}

func step(field, argument, typed, selection string) string {
	return document.Own(fmt.Sprintf("mutation Import($in: %s!, $purpose: Purpose!) @purpose(of: $purpose) { %s(%s: $in) { %s userErrors { code message } } }",
		typed, field, argument, selection))
}

var progressQuery = document.Own(`query Import($id: ID!, $purpose: Purpose!) @purpose(of: $purpose) { node(id: $id) { ... on Import { registered } } }`)

func askFor(ctx context.Context, c *client.Client, purpose category.Purpose, field string, input any) (*payload, error) {
	var out map[string]*payload
	if _, err := c.Do(ctx, steps[field], map[string]any{"in": input, "purpose": purpose}, &out); err != nil {
		return nil, err
	}
	p := out[field]
	if p == nil {
		return nil, errs.New(errs.Internal, "the answer has not the form that was asked for")
	}
	if len(p.UserErrors) > 0 {
		e, kind := p.UserErrors[0], errs.Invalid
		if e.Code == errs.Conflict.Code() {
			kind = errs.Conflict
		}
		return nil, errs.New(kind, "%s; nothing was stored", e.Message)
	}
	return p, nil
}

// open returns the id of the import, nil in a dry run.
func (i *importer) open(ctx context.Context, digest string) (*string, error) {
	p, err := i.ask(ctx, "openImport", map[string]any{"digest": digest, "dryRun": i.o.DryRun})
	if err != nil {
		return nil, err
	}
	if i.out.Known = p.Known; p.Import == nil {
		return nil, nil
	}
	return &p.Import.ID, nil
}

// abandon gives the import up; one that cannot be reached is given up after a day.
func (i *importer) abandon(ctx context.Context, id string) {
	bounded, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_, _ = i.ask(bounded, "abandonImport", id)
}

// send stages all rows of the file, and goes on behind a refused one to find the others.
func (i *importer) send(ctx context.Context, id *string) error {
	problems, sent, batch := &htcds.Problems{}, 0, make([]map[string]any, 0, batchRows)
	flush := func(in *htcds.Reader) error {
		if len(batch) == 0 {
			return nil
		}
		p, err := i.stage(ctx, id, batch)
		if err != nil {
			return err
		}
		for _, r := range p.Refusals {
			problems.Add(r.Row, column(in, batch, r.Row, r.Field), r.Message)
		}
		i.out.Created += p.Staged
		sent += len(batch)
		batch = batch[:0]
		if !problems.More {
			i.o.Progress(fmt.Sprintf("%d of %d rows sent", sent, i.out.Rows))
		}
		return nil
	}
	var last *htcds.Reader
	err := i.each(func(in *htcds.Reader, row htcds.Row) error {
		input, err := i.o.row(row)
		if err != nil {
			return err
		}
		last, batch = in, append(batch, map[string]any{"row": row.Number, "case": input})
		if len(batch) < batchRows {
			return nil
		}
		return flush(in)
	})
	if err == nil {
		err = flush(last)
	}
	if err == nil {
		err = problems.Refusal()
	}
	if err != nil {
		i.out.Created = 0
	}
	return err
}

// stage sends one batch, again where the line broke: what was sent is passed over.
func (i *importer) stage(ctx context.Context, id *string, rows []map[string]any) (*payload, error) {
	input := map[string]any{"rows": rows, "dryRun": id == nil}
	if id != nil {
		input["importID"] = *id
	}
	for try := 1; ; try++ {
		p, err := i.ask(ctx, "stageImport", input)
		if err != nil && unreached(err) && try < 4 && pause(ctx, shortWait) {
			continue
		}
		if err == nil && p.Staged == 0 && len(p.Refusals) == 0 {
			p.Staged = len(rows) // sent before, by a try whose answer was lost
		}
		return p, err
	}
}

func unreached(err error) bool {
	var f *client.Failure
	if errors.As(err, &f) {
		return f.Kind() == errs.Unavailable
	}
	return errs.KindOf(err) == errs.Unavailable
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// commit asks until every row is a case: it may take longer than a line stands.
func (i *importer) commit(ctx context.Context, id string) error {
	i.o.Progress(fmt.Sprintf("%d rows sent; they become cases now, all or none", i.out.Created))
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go i.watch(watching, id)
	began := time.Now()
	for {
		p, err := i.ask(ctx, "commitImport", id)
		if err == nil && !p.Busy && p.Import != nil {
			i.out.Created = p.Import.Registered
			i.o.Progress(fmt.Sprintf("%d cases made", i.out.Created))
			return nil
		}
		if err != nil && !unreached(err) || time.Since(began) > longestWait || !pause(ctx, shortWait) {
			if err == nil {
				err = errs.New(errs.Unavailable, "the import is still being committed: `sala import list` shows what becomes of it")
			}
			return err
		}
	}
}

// watch tells how many cases have been made so far.
func (i *importer) watch(ctx context.Context, id string) {
	for began := time.Now(); pause(ctx, told); {
		var out struct{ Node struct{ Registered int } }
		_, err := i.c.Do(ctx, progressQuery,
			map[string]any{"id": id, "purpose": i.o.Purposes[0]}, &out)
		if ctx.Err() != nil {
			return
		}
		line := fmt.Sprintf("for %d s", int(time.Since(began).Seconds()))
		if err == nil && out.Node.Registered > 0 {
			line = fmt.Sprintf("%d of %d rows registered", out.Node.Registered, i.out.Created)
		}
		i.o.Progress("committing: " + line)
	}
}

// DefaultZone is where a file's dates are read where nobody says otherwise: a deployment's
// zone where nobody does. It has no summer time.
const DefaultZone = "Asia/Vientiane"

// ReadOptions are the options for reading a file in the declared calendar (I3), in the
// default zone. The zone says which day it is now: a date after it is in the future. The
// server looks once more, in its own zone.
func ReadOptions(calendar valueset.Calendar) htcds.Options {
	return htcds.Options{Calendar: calendar, Location: time.FixedZone(DefaultZone, 7*60*60)}
}
