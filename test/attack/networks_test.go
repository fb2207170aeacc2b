package attack

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// Where requests come from in these tests.
const (
	hq        = "192.0.2.10"    // LWU's office
	elsewhere = "203.0.113.9"   // of whoever holds a token of LWU's
	proxy     = "198.51.100.2"  // trusted
	proxyToo  = "198.51.100.3"  // trusted
	stranger  = "198.51.100.99" // a proxy of somebody's
)

var officeNetworks = []string{"192.0.2.0/24", "2001:db8:1::/48"}

func from(address string) origin.Address { return origin.Of(netip.MustParseAddr(address)) }

// allow sets the networks of an agency: its own administrator's change, asked from the office.
func allow(w *world.World, code string, networks ...string) {
	w.T.Helper()
	s := w.AsAdmin(code)
	s.From = from(hq)
	w.Must(s, func(ctx context.Context, op *store.Op) error {
		_, err := onboarding.ProposeSignIn(ctx, op, w.Agencies[code].ID, onboarding.SignInInput{AllowedNetworks: append([]string{}, networks...)})
		return err
	})
}

// proxied is the API as it stands before a world, behind trusted proxies.
func proxied(t *testing.T, w *world.World) http.Handler {
	t.Helper()
	trusted := origin.Proxies{netip.MustParsePrefix("198.51.100.0/28")}
	v, err := identity.New(t.Context(), nil, identity.WithSource(api.Registry{Store: w.Store, Audience: world.Audience}, world.Near), identity.WithProxies(trusted))
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	h, err := api.New(api.Config{Store: w.Store, Policy: p, Verifier: v, CursorKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

const worklist = `{"query":"query @purpose(of: ASSISTANCE) { worklist(first: 5) { edges { node { __typename } } } cases(first: 5) { edges { node { id } } } }"}`

// ask sends a request from an address, with what it says to be forwarded for.
func ask(t *testing.T, h http.Handler, token, body, address string, forwarded ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(address), 4444).String()
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}, "Forwarded": {"for=" + hq}, "X-Real-Ip": {hq}, "Client-Ip": {hq}}
	if len(forwarded) > 0 {
		r.Header["X-Forwarded-For"] = forwarded
	}
	a := httptest.NewRecorder()
	h.ServeHTTP(a, r)
	return a
}

// TestAStolenTokenFromElsewhere: whoever has a token of a member reads her worklist from
// anywhere. Once her agency has networks she has to ask from them, and no header helps;
// the answer is that to a token of nobody.
func TestAStolenTokenFromElsewhere(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		h, token := proxied(t, w), s.Token("lwu", "worker")
		w.Register("lwu", "Canary Networks")
		reads := func(body, address string, forwarded ...string) bool {
			t.Helper()
			a := ask(t, h, token, body, address, forwarded...)
			if strings.Contains(a.Body.String(), address) {
				t.Errorf("the answer tells the address: %s", a.Body)
			}
			switch ok := strings.Contains(a.Body.String(), `"id":"case_`); {
			case a.Code == http.StatusOK && ok:
				return true
			case a.Code == http.StatusUnauthorized && !ok:
				return false
			}
			t.Fatalf("neither read nor refused: %d %s", a.Code, a.Body)
			return false
		}
		for _, address := range []string{hq, elsewhere, proxy, "2001:db8:2::1"} {
			if !reads(worklist, address) {
				t.Fatal("without networks she cannot ask from anywhere: the test shows nothing")
			}
		}
		allow(w, "lwu", officeNetworks...)
		for name, c := range map[string]struct {
			address   string
			forwarded []string
			reads     bool
		}{
			"the office":                            {hq, nil, true},
			"the office, IPv6":                      {"2001:db8:1::7", nil, true},
			"the office, mapped":                    {"::ffff:" + hq, nil, true},
			"elsewhere":                             {elsewhere, nil, false},
			"elsewhere, mapped":                     {"::ffff:" + elsewhere, nil, false},
			"another network of the same beginning": {"2001:db8:2::7", nil, false},
			"elsewhere, forged":                     {elsewhere, []string{hq}, false},
			"a proxy that is not trusted":           {stranger, []string{hq}, false},
			"the office, through a proxy":           {proxy, []string{hq}, true},
			"the office, mapped, through a proxy":   {proxy, []string{"::ffff:" + hq}, true},
			"a mapped proxy":                        {"::ffff:" + proxy, []string{hq}, true},
			"the office, through two":               {proxy, []string{hq + ", " + proxyToo}, true},
			"the office, which forwards for others": {hq, []string{elsewhere}, true},
			"elsewhere, through a proxy":            {proxy, []string{elsewhere}, false},
			"a forged beginning":                    {proxy, []string{hq + ", " + elsewhere}, false},
			"a forged header before":                {proxy, []string{hq, elsewhere}, false},
			"a forged proxy":                        {proxy, []string{hq + ", " + proxyToo + ", " + elsewhere}, false},
			"a proxy that says nothing":             {proxy, nil, false},
			"proxies alone":                         {proxy, []string{proxyToo}, false},
			"no address":                            {proxy, []string{"unknown"}, false},
			"an empty end":                          {proxy, []string{hq + ","}, false},
			"another form":                          {proxy, []string{"for=" + hq}, false},
		} {
			if reads(worklist, c.address, c.forwarded...) != c.reads {
				t.Errorf("%s: read: %t", name, !c.reads)
			}
		}

		refused := ask(t, h, token, worklist, elsewhere)
		for name, other := range map[string]string{"no token": "none", "a token of an issuer that is unknown": ownIssuerToken(t)} {
			nobody := ask(t, h, other, worklist, elsewhere)
			if nobody.Code != refused.Code || nobody.Body.String() != refused.Body.String() || !reflect.DeepEqual(nobody.Header(), refused.Header()) {
				t.Errorf("%s is answered otherwise: %d %s %v, from elsewhere %d %s %v", name, nobody.Code, nobody.Body, nobody.Header(), refused.Code, refused.Body, refused.Header())
			}
		}
		if a := ask(t, h, s.Token("ngo", "worker"), worklist, elsewhere); a.Code != http.StatusOK {
			t.Errorf("an agency without networks: %d", a.Code)
		}
		if a := ask(t, h, token, `{"query":"mutation { acceptInvitation(secret: \"x\") { userErrors { code } } }"}`, elsewhere); a.Code != http.StatusUnauthorized {
			t.Errorf("a change: %d %s", a.Code, a.Body)
		}
		allow(w, "lwu")
		if a := ask(t, h, token, worklist, elsewhere); a.Code != http.StatusOK {
			t.Errorf("once there are no networks: %d", a.Code)
		}
	})
}

func ownIssuerToken(t *testing.T) string {
	i := ownIssuer(t)
	return i.sign(t, i.claims(nil))
}

// TestNobodyJoinsFromElsewhere: the first token of a subject makes a member, who may be
// invited then; not from a network that the agency does not allow.
func TestNobodyJoinsFromElsewhere(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		joins := func(subject string, a origin.Address) (bool, error) {
			_, err := onboarding.Find(t.Context(), w.Store, w.IssuerURL("lwu"), subject, "", a)
			there := run(t, w, onboarding.Scope(), func(ctx context.Context, op *store.Op) (bool, error) {
				return op.Member.Query().Where(member.Subject(subject)).Exist(ctx)
			})
			return there, err
		}
		if there, err := joins("before", from(elsewhere)); !there || err != nil {
			t.Fatalf("without networks nobody joins: %v", err)
		}
		allow(w, "lwu", officeNetworks...)
		for name, a := range map[string]origin.Address{"elsewhere": from(elsewhere), "nowhere": {}} {
			there, err := joins("newcomer", a)
			if there {
				t.Errorf("%s: somebody has become a member", name)
			}
			wantKind(t, name, err, errs.Unauthenticated)
		}
		if there, err := joins("newcomer", from(hq)); !there || err != nil {
			t.Errorf("from the office nobody joins: %v", err)
		}
	})
}

// TestAStreamEndsWithItsNetwork: an event stream that is open would go on telling after its
// agency has shut the network that it was opened from (Test34ExpiredStream shows one that
// is not looked at again); it ends before the next event.
func TestAStreamEndsWithItsNetwork(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		here := func(networks ...string) { // the stream's peer is this machine
			a := w.AsAdmin("ngo")
			a.From = from(hq)
			w.Must(a, func(ctx context.Context, op *store.Op) error {
				_, err := onboarding.ProposeSignIn(ctx, op, w.Agencies["ngo"].ID, onboarding.SignInInput{AllowedNetworks: append([]string{}, networks...)})
				return err
			})
		}
		here("127.0.0.0/8", "::1/128", hq+"/32")
		id := w.Register("lwu", "Canary Stream")
		w.Share("lwu", id, "ngo", assistance, "IDENTITY")
		status, next := stream(t, s.URL, s.Token("ngo", "worker"))
		if status != http.StatusOK {
			t.Fatal(status)
		}
		w.Refer("lwu", id, "ngo", assistance, "IDENTITY")
		for _, want := range []string{"id: ", "event: next", "data: "} {
			if got := next(); !strings.HasPrefix(got, want) {
				t.Fatalf("%s, while the network is allowed", got)
			}
		}
		here(hq + "/32")
		w.Refer("lwu", id, "ngo", assistance, "IDENTITY")
		var rest []string
		for line := ""; line != "the end" && !strings.Contains(line, "REFERRAL_OFFERED"); {
			line = next()
			rest = append(rest, line)
		}
		if got := strings.Join(rest, "\n"); strings.Contains(got, "REFERRAL_OFFERED") || !strings.Contains(got, `"UNAUTHENTICATED"`) || !strings.HasSuffix(got, "the end") {
			t.Errorf("once the network is shut: %s", got)
		}
		if status, _ := stream(t, s.URL, s.Token("ngo", "worker")); status != http.StatusUnauthorized {
			t.Errorf("a new stream: %d", status)
		}
	})
}

// proposing changes an agency's networks, as whoever asks.
func proposing(w *world.World, code string, networks ...string) func(context.Context, *store.Op) (string, error) {
	return func(ctx context.Context, op *store.Op) (string, error) {
		return onboarding.ProposeSignIn(ctx, op, w.Agencies[code].ID, onboarding.SignInInput{AllowedNetworks: append([]string{}, networks...)})
	}
}

// letIn reports whether LWU's case worker gets in from an address.
func letIn(t *testing.T, w *world.World, address string) bool {
	t.Helper()
	_, err := onboarding.Find(t.Context(), w.Store, w.IssuerURL("lwu"), "worker", "", from(address))
	if err != nil && errs.KindOf(err) != errs.Unauthenticated {
		t.Fatal(err)
	}
	return err == nil
}

// TestNobodyWidensTheNetworksOfAnother: whoever administers the platform, or acts as one
// who does, opens an agency's networks to their own. It takes two people of different
// agencies and, of an agency in use, 72 hours in which its own administrator is told and
// takes it back.
func TestNobodyWidensTheNetworksOfAnother(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.Register("lwu", "Canary")
		allow(w, "lwu", officeNetworks...)
		change := func(networks ...string) string {
			id := run(t, w, w.AsPlatform("atd"), proposing(w, "lwu", networks...))
			w.Must(w.AsPlatform("atd"), approval(id))
			if letIn(t, w, elsewhere) {
				t.Error("one agency alone has opened another's networks")
			}
			w.Must(w.AsPlatform("iom"), approval(id))
			return id
		}
		refuse := func(id string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error { return onboarding.Refuse(ctx, op, id) }
		}
		countersign := func(id string) func(context.Context, *store.Op) error {
			return func(ctx context.Context, op *store.Op) error { return onboarding.Countersign(ctx, op, id) }
		}
		id := change("0.0.0.0/0")
		w.Advance(71 * time.Hour)
		if letIn(t, w, elsewhere) || !letIn(t, w, hq) {
			t.Error("in effect before the time to object is over")
		}
		w.Must(w.AsAdmin("lwu"), refuse(id))
		w.Advance(48 * time.Hour)
		if letIn(t, w, elsewhere) || !letIn(t, w, hq) {
			t.Error("a change that was taken back is in effect")
		}

		id = change(elsewhere + "/32")
		here := w.AsAdmin("lwu")
		here.From = from(hq)
		wantKind(t, "she countersigns what shuts her out", w.Do(here, countersign(id)), errs.Conflict)
		w.Must(here, refuse(id))
		id = change(elsewhere+"/32", hq+"/32")
		w.Must(here, countersign(id))
		if !letIn(t, w, elsewhere) || !letIn(t, w, hq) || letIn(t, w, "192.0.2.11") {
			t.Error("countersigned, it is not in effect")
		}

		// Whoever has lost her network is let in again without her, by time.
		allow(w, "lwu", officeNetworks...)
		change("203.0.113.0/24")
		w.Advance(72*time.Hour + time.Second)
		if !letIn(t, w, elsewhere) || letIn(t, w, hq) {
			t.Error("not in effect once the time to object is over")
		}

		for name, as := range map[string]rule.Scope{"another agency's administrator": w.AsAdmin("ngo"), "a case worker": w.As("lwu", assistance)} {
			err := w.Do(as, func(ctx context.Context, op *store.Op) error { _, err := proposing(w, "lwu")(ctx, op); return err })
			wantKind(t, name, err, map[string]errs.Kind{"another agency's administrator": errs.Withheld, "a case worker": errs.Forbidden}[name])
		}
	})
}

// TestNobodyShutsHerselfOut: an administrator who mistypes her own network would be let in
// no more, and nobody of her agency to mend it.
func TestNobodyShutsHerselfOut(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		set := func(a origin.Address, networks ...string) error {
			s := w.AsAdmin("lwu")
			s.From = a
			return w.Do(s, func(ctx context.Context, op *store.Op) error {
				_, err := proposing(w, "lwu", networks...)(ctx, op)
				return err
			})
		}
		for name, a := range map[string]origin.Address{"elsewhere": from(elsewhere), "nowhere": {}} {
			err := set(a, officeNetworks...)
			wantKind(t, name, err, errs.Conflict)
			if err != nil && (strings.Contains(err.Error(), "203.") || strings.Contains(err.Error(), "192.0")) {
				t.Errorf("%s: the refusal tells an address: %v", name, err)
			}
		}
		if !letIn(t, w, elsewhere) {
			t.Error("a refused change is in effect")
		}
		for _, a := range []string{hq, "::ffff:" + hq, "2001:db8:1::1"} {
			if err := set(from(a), officeNetworks...); err != nil {
				t.Errorf("from one of them: %v", err)
			}
		}
		if letIn(t, w, elsewhere) || !letIn(t, w, hq) {
			t.Error("her change is not in effect at once")
		}
		if err := set(origin.Address{}); err != nil || !letIn(t, w, elsewhere) {
			t.Errorf("no network shuts nobody out: %v", err)
		}
		for _, wrong := range []string{"192.0.2.10/24", "192.0.2.10", "::ffff:192.0.2.0/120", "x"} {
			err := set(from(hq), "10.0.0.0/8", wrong)
			wantKind(t, wrong, err, errs.Invalid)
			if err != nil && (!strings.Contains(err.Error(), "network 1 ") || strings.Contains(err.Error(), "192.0.2.10")) {
				t.Errorf("%s: %v", wrong, err)
			}
		}
	})
}

// TestNetworksAreShownToWhoSetsThem: through the API, what an agency allows is seen by its
// administrator and by who administers the platform, and is null to everybody else: where
// an agency can be entered from is for nobody to know.
func TestNetworksAreShownToWhoSetsThem(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		h := proxied(t, w)
		setting := `{"query":"mutation($id: ID!) { proposeSignIn(agencyID: $id, input: {allowedNetworks: [\"2001:DB8:1::/48\", \"192.0.2.0/24\"]}) { proposal { state } userErrors { code field } } }","variables":{"id":"` + w.Agencies["lwu"].ID + `"}}`
		if a := ask(t, h, s.Token("lwu", "admin"), setting, elsewhere); !strings.Contains(a.Body.String(), `"CONFLICT"`) || !strings.Contains(a.Body.String(), `"allowedNetworks"`) {
			t.Errorf("from elsewhere: %s", a.Body)
		}
		if a := ask(t, h, s.Token("lwu", "admin"), setting, proxy, hq); !strings.Contains(a.Body.String(), `"IN_EFFECT"`) {
			t.Fatalf("from the office: %s", a.Body)
		}
		const shown = `{"query":"{ agencies(first: 10) { edges { node { code allowedNetworks } } } }"}`
		const theirs, none, hidden = `"code":"lwu","allowedNetworks":["192.0.2.0/24","2001:db8:1::/48"]`, `"code":"ngo","allowedNetworks":[]`, `"allowedNetworks":null`
		for who, wants := range map[[2]string][]string{
			{"lwu", "admin"}: {theirs, hidden}, {"atd", "platform"}: {theirs, none}, {"lwu", "worker"}: {hidden}, {"ngo", "admin"}: {none, hidden}, {"ngo", "worker"}: {hidden},
		} {
			body := ask(t, h, s.Token(who[0], who[1]), shown, hq).Body.String()
			for _, text := range []string{theirs, none, hidden} {
				wanted := false
				for _, want := range wants {
					wanted = wanted || want == text
				}
				if strings.Contains(body, text) != wanted {
					t.Errorf("%v: %s: %t, in %s", who, text, !wanted, body)
				}
			}
		}
		for _, networks := range []string{"null", "[]"} { // as they are, then none
			ask(t, h, s.Token("lwu", "admin"), strings.Replace(setting, `[\"2001:DB8:1::/48\", \"192.0.2.0/24\"]`, networks, 1), hq)
			if want := networks == "[]"; letIn(t, w, elsewhere) != want {
				t.Errorf("%s lets in from elsewhere: %t", networks, !want)
			}
		}
	})
}
