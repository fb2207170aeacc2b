package identity

import (
	"net/netip"
	"testing"
)

// TestSpecialAddresses: what is not the public's is not asked, in any of its spellings.
func TestSpecialAddresses(t *testing.T) {
	for a, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fd00::1": false, "100.64.0.1": false, "0.0.0.0": false, "::": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "198.18.0.1": false,
	} {
		if got := (Reach{}).allows(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s may be asked: %v", a, got)
		}
	}
	inside := Reach{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	if !inside.allows(netip.MustParseAddr("10.1.2.3")) || inside.allows(netip.MustParseAddr("10.2.0.1")) || !inside.allows(netip.MustParseAddr("::ffff:10.1.2.3")) {
		t.Error("the deployment's own network is not what it said")
	}
}
