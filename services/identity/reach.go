package identity

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Reach says which addresses may be asked for metadata and keys of issuers that
// agencies have registered. Its zero value allows public addresses only: whoever
// registers an issuer must not make this server ask its own neighbours.
type Reach struct {
	// Networks are allowed beside public addresses: those of issuers that run within
	// the deployment's own network.
	Networks []netip.Prefix
}

// special are networks that are globally routed in form, but not the public's.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16")

func prefixes(in ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(in))
	for i, s := range in {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// allows decides on an address as it is dialled, after names were resolved: a name that
// changes its address between look-up and use gains nothing.
func (r Reach) allows(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if within(r.Networks, a) {
		return true
	}
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !within(special, a)
}

// client asks allowed addresses only, by no proxy of the environment, which would
// resolve names itself.
func (r Reach) client() *http.Client {
	dialer := &net.Dialer{Timeout: fetchTimeout, ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" || !r.allows(at.Addr()) {
			return refuse("keys: the issuer's address is not one that may be asked")
		}
		return nil
	}}
	return &http.Client{Timeout: fetchTimeout, Transport: &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 16, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: fetchTimeout, ResponseHeaderTimeout: fetchTimeout, MaxResponseHeaderBytes: 64 << 10,
	}}
}
