package origin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
)

func of(text string) origin.Address { return origin.Of(netip.MustParseAddr(text)) }

func proxies(texts ...string) (out origin.Proxies) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// TestClient: what others write of themselves counts for nothing.
func TestClient(t *testing.T) {
	t.Parallel()
	trusted := proxies("10.0.0.0/24", "fd00::/64")
	for name, c := range map[string]struct {
		trusted   origin.Proxies
		peer      string
		forwarded []string
		want      string // empty: none
	}{
		"nobody forwards":                     {nil, "192.0.2.1:5", nil, "192.0.2.1"},
		"nobody is trusted":                   {nil, "10.0.0.1:5", []string{"198.51.100.7"}, "10.0.0.1"},
		"a peer that is not trusted":          {trusted, "192.0.2.1:5", []string{"198.51.100.7"}, "192.0.2.1"},
		"a peer beside the trusted":           {trusted, "10.0.1.1:5", []string{"198.51.100.7"}, "10.0.1.1"},
		"a proxy":                             {trusted, "10.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		"a forged beginning":                  {trusted, "10.0.0.1:5", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		"a forged beginning of proxies":       {trusted, "10.0.0.1:5", []string{"203.0.113.9, 10.0.0.9, 198.51.100.7"}, "198.51.100.7"},
		"a forged header of its own":          {trusted, "10.0.0.1:5", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		"a forged beginning that is none":     {trusted, "10.0.0.1:5", []string{"x, 198.51.100.7"}, "198.51.100.7"},
		"two proxies":                         {trusted, "10.0.0.1:5", []string{"198.51.100.7,10.0.0.2"}, "198.51.100.7"},
		"two headers, two proxies":            {trusted, "10.0.0.1:5", []string{"198.51.100.7", " 10.0.0.2 "}, "198.51.100.7"},
		"a proxy that is not trusted between": {trusted, "10.0.0.1:5", []string{"198.51.100.7, 192.0.2.3, 10.0.0.2"}, "192.0.2.3"},
		"with a port":                         {trusted, "10.0.0.1:5", []string{"198.51.100.7:1234"}, "198.51.100.7"},
		"IPv6":                                {trusted, "[fd00::1]:5", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv6 in brackets":                    {trusted, "[fd00::1]:5", []string{"[2001:db8::7]"}, "2001:db8::7"},
		"IPv6 with a port":                    {trusted, "[fd00::1]:5", []string{"[2001:db8::7]:1"}, "2001:db8::7"},
		"a mapped peer":                       {nil, "[::ffff:192.0.2.1]:5", nil, "192.0.2.1"},
		"a mapped proxy":                      {trusted, "[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		"a zone":                              {nil, "[fe80::1%eth0]:5", nil, "fe80::1"},
		"a proxy with a zone":                 {proxies("fe80::/64"), "[fe80::1%eth0]:5", []string{"fe80:1::7%x"}, "fe80:1::7"},
		"a proxy that forwards for nobody":    {trusted, "10.0.0.1:5", nil, ""},
		"a proxy with an empty header":        {trusted, "10.0.0.1:5", []string{""}, ""},
		"proxies to the end":                  {trusted, "10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, ""},
		"a word":                              {trusted, "10.0.0.1:5", []string{"198.51.100.7, unknown"}, ""},
		"an empty place":                      {trusted, "10.0.0.1:5", []string{"198.51.100.7, "}, ""},
		"an empty last header":                {trusted, "10.0.0.1:5", []string{"198.51.100.7", ""}, ""},
		"the form of Forwarded":               {trusted, "10.0.0.1:5", []string{"for=198.51.100.7"}, ""},
		"a number with zeros before":          {trusted, "10.0.0.1:5", []string{"198.51.100.007"}, ""},
		"IPv4 in brackets":                    {trusted, "10.0.0.1:5", []string{"[198.51.100.7]"}, ""},
		"half a bracket":                      {trusted, "10.0.0.1:5", []string{"[2001:db8::7"}, ""},
		"a socket of the machine":             {trusted, "@", []string{"198.51.100.7"}, ""},
		"a peer without a port":               {nil, "192.0.2.1", nil, ""},
		"no peer":                             {nil, "", nil, ""},
	} {
		want := origin.Address{}
		if c.want != "" {
			want = of(c.want)
		}
		if got := c.trusted.Client(c.peer, c.forwarded); got != want || got.Known() != (c.want != "") {
			t.Errorf("%s: another address than %q", name, c.want)
		}
	}
}

// TestAllow: an address in another form is the same, and none lies in no network.
func TestAllow(t *testing.T) {
	t.Parallel()
	n, err := origin.ParseNetworks([]string{"192.0.2.0/24", "2001:db8::/32", "fe80::/10", "0.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"192.0.2.0": true, "192.0.2.255": true, "192.0.3.0": false, "::ffff:192.0.2.9": true, "2001:db8:ffff::1": true, "2001:db9::": false, "fe80::1%eth1": true, "::": false, "0.0.0.0": true,
	} {
		if n.Allow(of(text)) != want {
			t.Errorf("%s: %t", text, !want)
		}
	}
	if n.Allow(origin.Address{}) {
		t.Error("no address lies in a network")
	}
	every, err := origin.ParseNetworks([]string{"0.0.0.0/0", "::/0"})
	if err != nil || every.Allow(origin.Address{}) || !every.Allow(of("192.0.2.1")) || !every.Allow(of("::1")) {
		t.Error("every network holds every address, and not the one that is none")
	}
	if !(origin.Networks{}).Allow(origin.Address{}) {
		t.Error("without a network somebody is kept out")
	}
}

// TestParseNetworks: one network has one form, and an error names the place alone.
func TestParseNetworks(t *testing.T) {
	t.Parallel()
	n, err := origin.ParseNetworks([]string{"2001:DB8::/32", "192.0.2.0/24", "10.0.0.0/8", "192.0.2.0/25"})
	if got := strings.Join(n.Texts(), " "); err != nil || got != "10.0.0.0/8 192.0.2.0/24 192.0.2.0/25 2001:db8::/32" {
		t.Errorf("%s, %v", got, err)
	}
	if n, err := origin.ParseNetworks(nil); err != nil || n.Texts() == nil || len(n) > 0 {
		t.Errorf("none: %v, %v", n, err)
	}
	for _, wrong := range []string{
		"203.0.113.77/24", "203.0.113.77", "203.0.113.77/33", "203.0.113.77/032", "203.0.113.0/24 ", "2001:db8::77/32", "::ffff:203.0.113.0/120", "fe80::%eth0/10", "203.0.113.0-203.0.113.77", "", "/24", "x",
	} {
		_, err := origin.ParseNetworks([]string{"10.0.0.0/8", wrong})
		if err == nil || errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "network 1 ") || strings.Contains(err.Error(), "77") || strings.Contains(err.Error(), "203") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := origin.ParseNetworks([]string{"10.0.0.0/8", "10.0.0.0/8"}); err == nil {
		t.Error("one network twice")
	}
	many := make([]string, origin.MostNetworks+1)
	for i := range many {
		many[i] = fmt.Sprintf("10.0.%d.0/24", i)
	}
	if _, err := origin.ParseNetworks(many); errs.KindOf(err) != errs.Limited {
		t.Errorf("%d networks: %v", len(many), err)
	}
	if _, err := origin.ParseNetworks(many[1:]); err != nil {
		t.Error(err)
	}
}

// TestAnAddressIsNeverTold: whatever writes it, by itself or within something.
func TestAnAddressIsNeverTold(t *testing.T) {
	t.Parallel()
	a := of("203.0.113.77")
	var logged bytes.Buffer
	within := struct{ From origin.Address }{a}
	timeless := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{} // its digits are any
		}
		return a
	}}
	for _, h := range []slog.Handler{slog.NewTextHandler(&logged, timeless), slog.NewJSONHandler(&logged, timeless)} {
		slog.New(h).Info("a request", "from", a, "viewer", within, "at", &within)
	}
	asJSON, err := json.Marshal([]any{a, within, &a, map[origin.Address]int{a: 1}})
	if err != nil {
		t.Fatal(err)
	}
	all := logged.String() + string(asJSON) + fmt.Sprint(a, within, &a, &within) + fmt.Sprintf("%v %+v %#v %s %q %x %d %#v %+v %T", a, a, a, a, a, a, a, within, &within, a)
	for _, told := range []string{"203", "113", "77", "cb00", "3405803853"} { // decimal, hexadecimal, one number
		if strings.Contains(all, told) {
			t.Errorf("%q is told: %s", told, all)
		}
	}
	if !strings.Contains(all, "withheld") {
		t.Error("nothing was written: the test shows nothing")
	}
}
