package origin

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
)

// MostNetworks is how many networks one list names at most.
const MostNetworks = 64

// Networks are those that requests may come from. None: from anywhere.
type Networks []netip.Prefix

// ParseNetworks reads networks written as ADDRESS/BITS and returns them sorted. A text
// that is no network, or has bits beyond its own (10.0.0.1/8), an IPv4 network written as
// IPv6, a network that stands twice and a list above MostNetworks are an INVALID or
// LIMITED error, which names the place, from 0, and never the value.
func ParseNetworks(texts []string) (Networks, error) {
	if len(texts) > MostNetworks {
		return nil, errs.New(errs.Limited, "at most %d networks: name larger ones", MostNetworks)
	}
	var out Networks
	for i, text := range texts {
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			return nil, errs.New(errs.Invalid, "network %d is none: write it as ADDRESS/BITS, as 192.0.2.0/24 or 2001:db8::/32", i)
		case p.Addr().Is4In6():
			return nil, errs.New(errs.Invalid, "network %d is one of IPv4 written as IPv6: write it as ADDRESS/BITS of IPv4", i)
		case p != p.Masked():
			return nil, errs.New(errs.Invalid, "network %d has bits set beyond its own: write its first address, or /32 (IPv6: /128) for one address", i)
		case slices.Contains(out, p):
			return nil, errs.New(errs.Invalid, "network %d stands twice", i)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return out, nil
}

// Texts writes the networks, each in its one form.
func (n Networks) Texts() []string {
	out := make([]string, len(n))
	for i, p := range n {
		out[i] = p.String()
	}
	return out
}

// Allow reports whether a request from the address may come: none is named, or one of
// them holds it. An address that is not known lies in none.
func (n Networks) Allow(a Address) bool { return len(n) == 0 || n.hold(a.ip) }

func (n Networks) hold(ip netip.Addr) bool {
	return slices.ContainsFunc(n, func(p netip.Prefix) bool { return p.Contains(ip) })
}
