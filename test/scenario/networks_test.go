package scenario

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/test/world"
)

// TestNetworksByManifest: an agency's networks from its manifest, whose tests ask from
// 127.0.0.1: its own administrator's are in effect at once, in whatever order they stand;
// the platform's wait; nobody countersigns what her manifest does not say; and nobody shuts
// herself out.
func TestNetworksByManifest(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		w.Register("lwu", "Somchan")
		lwu := func(networks, issuer string) string {
			more := "  administersPlatform: true\n"
			if networks != "" {
				more += "  allowedNetworks: " + networks + "\n"
			}
			text := strings.Replace(manifestOf(s, "lwu", "UNION", more), "Agency lwu", "lwu", 1)
			if issuer != "" {
				text = strings.Replace(text, "    issuers:\n", "    issuers:\n    - url: "+issuer+"\n", 1)
			}
			return text
		}
		const (
			here, two, reordered = `[127.0.0.0/8]`, `["::1/128", 127.0.0.0/8]`, `[127.0.0.0/8, "::1/128"]`
			wider, theirs        = `[10.0.0.0/8, 127.0.0.0/8]`, "https://theirs.example"
			object               = "the agency's countersignature, or 72 hours without its objection"
		)
		for i, c := range [][4]string{
			{"lwu", "admin", lwu(here, ""), "change (allowedNetworks)"},
			{"lwu", "admin", lwu(here, ""), "unchanged"},
			{"lwu", "admin", lwu(two, ""), "change (allowedNetworks)"},
			{"lwu", "admin", lwu(reordered, ""), "unchanged"},
			{"lwu", "admin", lwu("", ""), "unchanged"},
			{"lwu", "worker", lwu(here, ""), "unchanged"},
			{"atd", "platform", lwu(wider, ""), "change (allowedNetworks) waits for the approval of another agency, then " + object + " where it is in use"},
			{"atd", "platform", lwu(wider, ""), "waiting (allowedNetworks) waits for the approval of another agency"},
			{"iom", "platform", lwu(wider, ""), "approve (allowedNetworks) waits for " + object},
			{"lwu", "admin", lwu("", ""), "unchanged"},
			{"lwu", "admin", lwu("[]", ""), "refused (a change of allowedNetworks waits that is not what stands here (ID))"},
			{"lwu", "admin", lwu(wider, ""), "countersign (allowedNetworks)"},
			{"lwu", "admin", lwu(wider, ""), "unchanged"},
			// One that changes both is countersigned by a manifest that says both.
			{"atd", "platform", lwu(here, theirs), "change (signIn: + " + theirs + ", allowedNetworks) waits for the approval of another agency, then " + object + " where it is in use"},
			{"iom", "platform", lwu(here, theirs), "approve (signIn, allowedNetworks) waits for " + object},
			{"lwu", "admin", lwu("", theirs), "refused (a change waits that says more than what stands here (ID))"},
			{"lwu", "admin", lwu(here, theirs), "countersign (signIn, allowedNetworks)"},
			{"lwu", "admin", lwu(here, theirs), "unchanged"},
			{"lwu", "admin", lwu("[]", theirs), "change (allowedNetworks)"},
			{"lwu", "admin", lwu("[]", theirs), "unchanged"},
		} {
			if got := proposalID.ReplaceAllString(applied(t, s, c[0], c[1], c[2]), "ID"); got != c[3] {
				t.Errorf("%d as %s %s: %s\nwant %s", i, c[0], c[1], got, c[3])
			}
		}
		p, err := apply.Make(t.Context(), s.Client("lwu", "admin"), documents(t, lwu("[192.0.2.0/24]", theirs)))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context(), nil); errs.KindOf(err) != errs.Conflict || !strings.Contains(err.Error(), "shut yourself out") || strings.Contains(err.Error(), "192.0.2") {
			t.Errorf("networks without her own: %v", err)
		}
	})
}
