package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/demo/fiction"
	"github.com/sala-exchange/sala/services/exchange"
)

// seed fills the exchange, and lets the region's server open.
func (s *session) seed(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.fill, s.figures, s.openDoor} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fill fills the exchange: its agencies and agreements, and the fictional cases with
// what became of them, or the cases of a file.
func (s *session) fill(ctx context.Context) error {
	if err := s.onboard(ctx); err != nil {
		return err
	}
	if s.Import != "" {
		if err := s.importOwn(ctx); err != nil {
			return err
		}
		return errors.Join(s.catchUp(ctx), s.interrupt(ctx))
	}
	if err := s.importAll(ctx); err != nil {
		return err
	}
	if s.Cases == 0 {
		s.say("Referrals and statements: none without a case")
		return errors.Join(s.catchUp(ctx), s.interrupt(ctx))
	}
	return s.befall(ctx)
}

// importAll reads in a workbook of each agency with case workers.
func (s *session) importAll(ctx context.Context) error {
	var codes []string
	for _, a := range agencies {
		if a.cases {
			codes = append(codes, a.code)
		}
	}
	if s.Cases < 0 || s.Cases > 100_000 {
		return errs.New(errs.Invalid, "give a number of cases from 0 to 100000 with --cases")
	}
	books, err := fiction.Workbooks(s.Seed, codes, s.Cases)
	if err != nil {
		return err
	}
	begun, read := time.Now(), 0
	for _, b := range books {
		if b.Cases == 0 {
			continue
		}
		read++
		if _, err := s.importBook(ctx, b.Agency, valueset.Calendar(b.Calendar), b.XLSX); err != nil {
			return err
		}
	}
	s.say("Cases: %d fictional ones read in from %d HTCDS workbooks, one an agency, in %.1f s", s.Cases, read, time.Since(begun).Seconds())
	return nil
}

// befall lets happen what happens to cases: referrals on every course, statements of
// every sort, and agreements that are interrupted.
func (s *session) befall(ctx context.Context) error {
	begun, persons := time.Now(), map[string]*people{}
	for _, code := range []string{"lwu", "mlsw"} {
		c, err := s.as(code, "worker")
		if err != nil {
			return err
		}
		if persons[code], err = peopleOf(ctx, c); err != nil {
			return err
		}
	}
	for _, step := range []func() error{
		func() error { return s.referAround(ctx, true, persons) },
		func() error { return s.catchUp(ctx) },
		func() error { return s.referAround(ctx, false, persons) },
		func() error { return s.state(ctx, persons["lwu"].client, persons["lwu"]) },
		func() error { return s.interrupt(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	var sorts []string
	for _, st := range statements {
		sorts = append(sorts, st.sort)
	}
	s.say("Referrals: %d to the NGO: one in each of 9 states, the others ended after it was accepted, in %.1f s", len(courses), time.Since(begun).Seconds())
	s.say("Statements: a yes for each referral, and one each: %s", strings.Join(sorts, ", "))
	if n := persons["lwu"].registered + persons["mlsw"].registered; n > 0 {
		s.say("  %d more persons were registered for these: the workbooks have too few grown ones with open cases", n)
	}
	return nil
}

func (s *session) importOwn(ctx context.Context) error {
	raw, err := os.ReadFile(s.Import)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the file to import cannot be read: check its path")
	}
	calendar := valueset.Calendar(s.Calendar)
	if !calendar.Valid() {
		return errs.New(errs.Invalid, "declare the file's calendar: --calendar GREGORIAN or --calendar BUDDHIST (I3)")
	}
	n, err := s.importBook(ctx, "lwu", calendar, raw)
	if err == nil {
		s.say("Cases: %d read in for LWU from %s", n, s.Import)
	}
	return err
}

// importBook reads a file in through the API as an agency's case worker would, and
// returns how many cases it made.
func (s *session) importBook(ctx context.Context, agency string, calendar valueset.Calendar, raw []byte) (int, error) {
	c, err := s.as(agency, "worker")
	if err != nil {
		return 0, err
	}
	done, err := exchange.Import(ctx, c, bytes.NewReader(raw), int64(len(raw)), exchange.ReadOptions(calendar), exchange.ImportOptions{Basis: valueset.RecordingBasisPublicTask})
	if err != nil {
		return 0, fmt.Errorf("importing the workbook of %s: %w", agency, err)
	}
	return done.Created, nil
}
