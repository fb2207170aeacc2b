package demo

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/identity/devissuer"
	"github.com/sala-exchange/sala/services/onboarding"
)

type member struct {
	subject string
	roles   []viewer.Role
}

type fictional struct {
	code    string
	name    string
	kind    valueset.AgencyKind
	cases   bool // has cases of its own at the start
	members []member
}

// staff is what an agency with case work has.
func staff() []member {
	return []member{
		{"worker", []viewer.Role{viewer.CaseWorker}},
		{"supervisor", []viewer.Role{viewer.Supervisor}},
		{"dataprotection", []viewer.Role{viewer.DataProtection}},
		{"admin", []viewer.Role{viewer.AgencyAdministrator}},
	}
}

// agencies of the demonstration. The agencies are real kinds of Lao bodies; their
// staff and cases are made up.
var agencies = []fictional{
	{"mlsw", "Ministry of Labour and Social Welfare", valueset.AgencyKindMinistry, true, staff()},
	{"lwu", "Lao Women's Union", valueset.AgencyKindUnion, true, staff()},
	{"ospp", "Office of the Supreme People's Prosecutor", valueset.AgencyKindProsecutor, true, staff()},
	{"mops", "Ministry of Public Security", valueset.AgencyKindPolice, false, staff()},
	{"atd", "Anti-Trafficking Department", valueset.AgencyKindPolice, true, staff()},
	{"mofa", "Ministry of Foreign Affairs", valueset.AgencyKindConsular, true, staff()},
	{"ngo", "House by the River (NGO)", valueset.AgencyKindNGO, true, staff()},
	{"iom", "International Organization for Migration", valueset.AgencyKindInternationalOrganisation, true, staff()},
	{"thailand", "Thai counterpart", valueset.AgencyKindRegionalCounterpart, false, []member{{"officer", []viewer.Role{viewer.CaseWorker}}}},
	{"secretariat", "Secretariat of the platform", valueset.AgencyKindCoordinationBody, false, []member{
		{"platform", []viewer.Role{viewer.PlatformAdministrator}}, {"auditor", []viewer.Role{viewer.Auditor}}}},
}

// accounts is the same for the built-in issuer.
func accounts() []devissuer.Agency {
	var out []devissuer.Agency
	for _, a := range agencies {
		acc := devissuer.Agency{Code: a.code}
		for _, m := range a.members {
			acc.Users = append(acc.Users, devissuer.User{Subject: m.subject, Name: roleWords(m)})
		}
		out = append(out, acc)
	}
	return out
}

// onboard makes agencies, members and agreements by the verbs of services/onboarding.
func (s *session) onboard(ctx context.Context) error {
	admins := map[string]rule.Scope{}
	err := s.store.Run(ctx, onboarding.Scope(), false, func(ctx context.Context, op *store.Op) error {
		if err := onboarding.SetPolicy(ctx, op, s.store.Revision()); err != nil {
			return err
		}
		for _, a := range agencies {
			id, err := onboarding.AddAgency(ctx, op, onboarding.AgencyInput{Code: a.code, Name: a.name, Kind: a.kind,
				Issuers: []*onboarding.IssuerInput{{URL: s.issuer.IssuerURL(a.code)}}, Units: []*onboarding.UnitInput{{Code: "headquarters", Name: "Headquarters"}}})
			if err != nil {
				return err
			}
			s.ids[a.code] = id
			for _, m := range a.members {
				memberID, err := onboarding.AddMember(ctx, op, onboarding.MemberInput{Agency: id, Issuer: s.issuer.IssuerURL(a.code), Subject: m.subject, Roles: m.roles})
				if err != nil {
					return err
				}
				if m.subject == "admin" {
					admins[a.code] = rule.Scope{Mode: rule.Request, Agency: id, Member: memberID}
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.agree(ctx, admins)
}

// agree enters the agreements: each between two agencies, so that suspending one
// leaves the others in force.
func (s *session) agree(ctx context.Context, admins map[string]rule.Scope) error {
	service := []category.Purpose{category.Identification, category.ForProtection, category.ForAssistance, category.Return}
	justice := []category.Purpose{category.ForJustice, category.ForProtection}
	parts := []category.Category{category.Identity, category.Contact, category.Profile, category.Trafficking, category.Narrative}
	for _, a := range []struct {
		title    string
		parties  [2]string
		purposes []category.Purpose
	}{
		{"LWU and House by the River: shelter and counselling", [2]string{"lwu", "ngo"}, service},
		{"LWU and the Anti-Trafficking Department: investigation", [2]string{"lwu", "atd"}, justice},
		{"LWU and MLSW: training and livelihood", [2]string{"lwu", "mlsw"}, service},
		{"LWU and IOM: return and reintegration", [2]string{"lwu", "iom"}, service},
		{"MLSW and MOFA: return", [2]string{"mlsw", "mofa"}, service},
		{"ATD and OSPP: prosecution", [2]string{"atd", "ospp"}, justice},
	} {
		var id string
		for i, code := range a.parties {
			err := s.store.Run(ctx, admins[code], false, func(ctx context.Context, op *store.Op) error {
				if i == 0 {
					var err error
					id, err = onboarding.ProposeAgreement(ctx, op, onboarding.AgreementInput{Code: a.parties[0] + "-" + a.parties[1], Title: a.title,
						Parties:  []*onboarding.PartyInput{{AgencyID: s.ids[a.parties[0]]}, {AgencyID: s.ids[a.parties[1]]}},
						Purposes: a.purposes, Categories: parts,
						From: op.Scope.Now, Until: op.Scope.Now + int64(2*365*24*time.Hour/time.Microsecond)})
					if err != nil {
						return err
					}
				}
				return onboarding.SignAgreement(ctx, op, id)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
