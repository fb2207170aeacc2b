package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/demo/fiction"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// seed fills the exchange, unless the folder holds one from an earlier run.
func (s *session) seed(ctx context.Context) error {
	if err := s.onboard(ctx); err != nil {
		return err
	}
	if s.Import != "" {
		return s.importOwn(ctx)
	}
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
	begun := time.Now()
	for _, b := range books {
		if b.Cases == 0 {
			continue
		}
		if _, err := s.importBook(ctx, b.Agency, valueset.Calendar(b.Calendar), b.XLSX); err != nil {
			return err
		}
	}
	s.say("Cases: %d fictional ones read in from %d HTCDS workbooks in %.1f s", s.Cases, len(books), time.Since(begun).Seconds())
	if s.Cases == 0 {
		return nil
	}
	return s.referAround(ctx)
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

// referAround leaves a referral in every state between LWU and its partners.
func (s *session) referAround(ctx context.Context) error {
	lwu, err := s.as("lwu", "worker")
	if err != nil {
		return err
	}
	partner, err := s.as("ngo", "worker")
	if err != nil {
		return err
	}
	cases, err := adults(ctx, lwu)
	if err != nil {
		return err
	}
	states := []string{"OFFERED", "INFORMATION_ASKED", "WAITING", "ACCEPTED", "ACCEPTED_IN_PART", "DECLINED", "REVOKED", "COMPLETED", "EXPIRED"}
	made := 0
	for i, state := range states {
		if i >= len(cases) {
			break
		}
		if err := s.referInState(ctx, lwu, partner, cases[i], state); err != nil {
			return fmt.Errorf("making a referral %s: %w", state, err)
		}
		made++
	}
	s.say("Referrals: %d from LWU to the NGO, one in each state", made)
	return nil
}

// adults returns ids of cases of grown persons: nothing is shared about a child yet, nor
// about one whose stated age leaves that open (E1), and nothing about a closed case (I1).
func adults(ctx context.Context, c *client.Client) ([]string, error) {
	var out struct {
		Cases struct {
			Edges []struct {
				Node struct {
					ID, State  string
					Identities []struct {
						Birth *struct{ Year, Month, Day int }
					}
				}
			}
		}
	}
	_, err := c.Do(ctx, `query Adults @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { id state identities { birth { year month day } } } } } }`, nil, &out)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range out.Cases.Edges {
		if strings.HasPrefix(e.Node.State, "CLOSED") {
			continue
		}
		for _, i := range e.Node.Identities {
			if i.Birth != nil && i.Birth.Year > 0 && i.Birth.Year < time.Now().Year()-22 {
				ids = append(ids, e.Node.ID)
			}
		}
	}
	return ids, nil
}

func (s *session) referInState(ctx context.Context, lwu, partner *client.Client, caseID, state string) error {
	if _, err := share(ctx, lwu, caseID, s.ids["ngo"], "ASSISTANCE", "IDENTITY", "CONTACT", "PROFILE"); err != nil {
		return err
	}
	replyBy := time.Now().Add(14 * 24 * time.Hour)
	if state == "EXPIRED" {
		replyBy = time.Now().Add(2 * time.Second)
	}
	id, err := refer(ctx, lwu, caseID, s.ids["ngo"], "ASSISTANCE", replyBy, "IDENTITY", "CONTACT", "PROFILE")
	if err != nil {
		return err
	}
	answer := func(c *client.Client, field, input string) error {
		return mutate(ctx, c, "ASSISTANCE", field, input, map[string]any{"id": id}, nil)
	}
	accept := func() error { return answer(partner, "acceptReferral", "input: {referralID: $id}") }
	switch state {
	case "INFORMATION_ASKED":
		return answer(partner, "askReferral", "input: {referralID: $id, topics: [INTERPRETER]}")
	case "WAITING":
		return answer(partner, "askReferral", "input: {referralID: $id, waiting: true}")
	case "ACCEPTED":
		return accept()
	case "ACCEPTED_IN_PART":
		return answer(partner, "acceptReferral", "input: {referralID: $id, categories: [PROFILE]}")
	case "DECLINED":
		return answer(partner, "declineReferral", "input: {referralID: $id, reason: NO_CAPACITY}")
	case "REVOKED":
		return answer(lwu, "revokeReferral", "referralID: $id")
	case "COMPLETED":
		if err := accept(); err != nil {
			return err
		}
		return answer(partner, "completeReferral", "input: {referralID: $id, outcome: SERVICE_GIVEN}")
	}
	return nil
}
