package demo

import (
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/identity/devissuer"
)

type member struct {
	subject string
	roles   []viewer.Role
}

type fictional struct {
	code    string
	name    string
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
	{"mlsw", "Ministry of Labour and Social Welfare", true, append(staff(), member{"platform", []viewer.Role{viewer.PlatformAdministrator}})},
	{"lwu", "Lao Women's Union", true, staff()},
	{"ospp", "Office of the Supreme People's Prosecutor", true, staff()},
	{"mops", "Ministry of Public Security", true, staff()},
	{"atd", "Anti-Trafficking Department", true, staff()},
	{"mofa", "Ministry of Foreign Affairs", true, staff()},
	{"ngo", "House by the River (NGO)", true, staff()},
	{"iom", "International Organization for Migration", true, staff()},
	{"thailand", "Thai counterpart", false, []member{{"officer", nil}}}, // no case work and no API here (J7)
	{"secretariat", "Secretariat of the platform", false, []member{
		{"platform", []viewer.Role{viewer.PlatformAdministrator}}, {"auditor", []viewer.Role{viewer.Auditor}},
		{"admin", []viewer.Role{viewer.AgencyAdministrator}}}},
}

// accounts is the same for the built-in issuer, with the program by which the Thai
// counterpart reads releases: its tokens are for the region's server alone.
func accounts(secret string) []devissuer.Agency {
	var out []devissuer.Agency
	for _, a := range agencies {
		acc := devissuer.Agency{Code: a.code}
		if a.code == "thailand" {
			acc.Clients = []devissuer.Client{{ID: reader, Secret: secret, Audience: regionAudience}}
		}
		for _, m := range a.members {
			acc.Users = append(acc.Users, devissuer.User{Subject: m.subject, Name: roleWords(m)})
		}
		out = append(out, acc)
	}
	return out
}
