package world

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
)

// Sight is one line of test/scenario/testdata/doors.tsv: what somebody sees of the one
// case at a step of a story, by whatever door.
type Sight struct {
	Story, Step, Agency string
	Purpose             category.Purpose
	// As is worker, colleague, supervisor, platform, analyst, or stranger: one whom the
	// agency does not know, which no token can say.
	As   string
	Sees string // CASE and the parts, as "PART by code"
	// How many of each.
	Previews, Referrals, Consents, Provisions int
}

// Refused reports whether the API refuses the viewer whatever is asked (J7).
func (s Sight) Refused() bool {
	return s.As == "platform" || s.As == "analyst" || s.Agency == "thailand"
}

// Sights reads the table.
func Sights(t testing.TB) []Sight {
	t.Helper()
	raw, err := os.ReadFile("../scenario/testdata/doors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []Sight
	for _, l := range strings.Split(strings.Trim(string(raw), "\n"), "\n") {
		if strings.HasPrefix(l, "#") {
			continue
		}
		f := strings.Split(l, "\t")
		if len(f) != 10 || !category.Purpose(f[3]).Valid() {
			t.Fatalf("a line of the table is malformed: %q", l)
		}
		s := Sight{Story: f[0], Step: f[1], Agency: f[2], Purpose: category.Purpose(f[3]), As: f[4], Sees: f[5]}
		for i, to := range []*int{&s.Previews, &s.Referrals, &s.Consents, &s.Provisions} {
			if *to, err = strconv.Atoi(f[6+i]); err != nil {
				t.Fatalf("a line of the table is malformed: %q", l)
			}
		}
		out = append(out, s)
	}
	return out
}

// Viewer is the scope of a line's viewer.
func (w *World) Viewer(l Sight) rule.Scope {
	w.T.Helper()
	s, a := w.As(l.Agency, l.Purpose), w.Agencies[l.Agency]
	switch l.As {
	case "worker":
	case "colleague":
		s.Member = a.Colleague
	case "supervisor":
		s.Member, s.Supervisor = a.Supervisor, true
	case "platform":
		s.Member, s.Platform, s.CaseWork, s.Disclosures = a.Platform, true, false, false
	case "analyst":
		s.Member, s.CaseWork, s.Disclosures = a.Admin, false, false // one who does no case work, whoever it is
	case "stranger":
		s.Member = w.Agencies["mops"].Worker
	default:
		w.T.Fatalf("who is %q?", l.As)
	}
	return s
}
