package origin

import (
	"net/netip"
	"strings"
)

// Proxies are the networks of those whose word counts about whom they forward for. None:
// nobody's does.
type Proxies Networks

// Client is the address of who asks. peer is the connection's other end, as HOST:PORT;
// forwarded are the values of X-Forwarded-For in their order. A peer that is no trusted
// proxy is the client, whatever it forwards. Behind one the list is walked from its end,
// where each proxy wrote what it saw, over trusted proxies to the first address that is
// none: all before it was written by that one and proves nothing (RFC 7239, section 8.1).
// There is no address where what was walked over cannot be read, and where it ends among
// proxies: a proxy that forwards for nobody is not itself a client.
func (p Proxies) Client(peer string, forwarded []string) Address {
	at, err := netip.ParseAddrPort(peer)
	if err != nil {
		return Address{}
	}
	from := Of(at.Addr())
	rest := strings.Join(forwarded, ",")
	for p.trusts(from) {
		if rest == "" {
			return Address{}
		}
		comma := strings.LastIndexByte(rest, ',')
		one := strings.Trim(rest[comma+1:], " \t")
		if comma < 0 {
			rest = ""
		} else {
			rest = rest[:comma]
		}
		if from = read(one); !from.Known() {
			return Address{}
		}
	}
	return from
}

func (p Proxies) trusts(a Address) bool { return Networks(p).hold(a.ip) }

// read reads one address of the list: by itself or, as some proxies write it, with a port,
// an IPv6 address in brackets then.
func read(text string) Address {
	if ip, err := netip.ParseAddr(text); err == nil {
		return Of(ip)
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			if ip, err := netip.ParseAddr(inner); err == nil && ip.Is6() {
				return Of(ip)
			}
			return Address{}
		}
	}
	if at, err := netip.ParseAddrPort(text); err == nil {
		return Of(at.Addr())
	}
	return Address{}
}
