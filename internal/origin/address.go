// Package origin says where a request comes from, and whether that lies in networks that
// are allowed.
//
// It promises that an address is never told: it has no text, whatever writes it; that an
// address which is not known lies in no network; and that of what others forward nothing
// counts but what a trusted proxy wrote. It knows no agency and no HTTP.
package origin

import (
	"fmt"
	"io"
	"net/netip"
)

// Address is what a request came from. The zero value is none: it lies in no network.
type Address struct{ ip netip.Addr }

// Of is the address in its one form: an IPv4-mapped IPv6 address is the IPv4 address
// (RFC 4291, section 2.5.5.2), and a zone, which means something to one machine alone,
// is dropped.
func Of(ip netip.Addr) Address { return Address{ip.Unmap().WithZone("")} }

// Known reports whether there is an address.
func (a Address) Known() bool { return a.ip.IsValid() }

// withheld stands where an address would be written.
const withheld = "(address withheld)"

// Format implements fmt.Formatter: an address is never written.
func (Address) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, withheld) }

// MarshalText implements encoding.TextMarshaler, for JSON and logs.
func (Address) MarshalText() ([]byte, error) { return []byte(withheld), nil }
