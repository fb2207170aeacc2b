package configuration

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sala-exchange/sala/internal/errs"
)

// Group says which commands use a key.
type Group string

// The groups, in the order of the document.
const (
	Database Group = "Database"
	Keys     Group = "Keys of sealed data"
	Policy   Group = "Policy"
	Listen   Group = "Listening and TLS"
	SignIn   Group = "Signing in"
	Rules    Group = "What the rules leave to a deployment"
	Bounds   Group = "Time-outs and bounds"
	Watch    Group = "Operations: health, logs, metrics, traces"
)

// Groups lists all groups.
func Groups() []Group { return []Group{Database, Keys, Policy, Listen, SignIn, Rules, Bounds, Watch} }

// Key is one setting. It is declared once, in keys.go.
type Key struct {
	Name    string // in the file, in camel case
	Meaning string
	Default string // empty: none
	Range   string // what values it may have, in words
	Example string
	Group   Group
	// Secret marks a reference to a file that holds a secret. The secret itself is
	// no value of any key.
	Secret bool
	// List marks a key that may have several values: the flag repeated, the
	// environment's words, the file's list.
	List bool
	// Switch marks a key that is true or false.
	Switch bool

	check func(string) error // of one value, not empty
}

// Flag is the key's name as a flag, without hyphens before it.
func (k *Key) Flag() string { return k.words('-', unicode.ToLower) }

// Variable is the key's name in the environment.
func (k *Key) Variable() string { return "SALA_" + k.words('_', unicode.ToUpper) }

func (k *Key) words(between rune, letter func(rune) rune) string {
	var out []rune
	upper := false // initials, as in proxyTerminatesTLS, are one word
	for _, r := range k.Name {
		if unicode.IsUpper(r) && !upper {
			out = append(out, between)
		}
		upper = unicode.IsUpper(r)
		out = append(out, letter(r))
	}
	return string(out)
}

// Of is a key whose values are read as a T.
type Of[T any] struct {
	*Key
	read func([]string) T // of values that were checked
}

// In returns the key's value. Without a value and a default it is T's zero value.
func (k Of[T]) In(v *Values) T { return k.read(v.of(k.Key).Values) }

// declared holds every key in the order of keys.go.
var declared []*Key

func declare[T any](k Key, read func([]string) T) Of[T] {
	declared = append(declared, &k)
	return Of[T]{&k, read}
}

// Declared lists every key, in the order of the document.
func Declared() []*Key { return slices.Clone(declared) }

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func bad(format string, args ...any) error { return errs.New(errs.Invalid, format, args...) }

// text declares a key of any text that the check takes.
func text(k Key, check func(string) error) Of[string] {
	k.check = check
	return declare(k, first)
}

func texts(k Key, check func(string) error) Of[[]string] {
	k.check, k.List = check, true
	return declare(k, func(v []string) []string { return slices.Clone(v) })
}

// file declares a key that names a file; secret files end in "File".
func file(k Key) Of[string] {
	k.Range = "path of a file"
	k.check = func(s string) error {
		if strings.ContainsRune(s, 0) {
			return bad("is no path")
		}
		return nil
	}
	return declare(k, first)
}

func files(k Key) Of[[]string] {
	k.Range, k.List = "paths of files", true
	k.check = func(string) error { return nil }
	return declare(k, func(v []string) []string { return slices.Clone(v) })
}

func whole(k Key, least, most int) Of[int] {
	k.Range = strconv.Itoa(least) + " to " + strconv.Itoa(most)
	k.check = func(s string) error {
		if n, err := strconv.Atoi(s); err != nil || n < least || n > most {
			return bad("must be a whole number, %s", k.Range)
		}
		return nil
	}
	return declare(k, func(v []string) int {
		n, _ := strconv.Atoi(first(v))
		return n
	})
}

func duration(k Key, least, most time.Duration) Of[time.Duration] {
	k.Range = short(least) + " to " + short(most)
	k.check = func(s string) error {
		if d, err := time.ParseDuration(s); err != nil || d < least || d > most {
			return bad("must be a time such as 500ms, 30s or 5m, %s", k.Range)
		}
		return nil
	}
	return declare(k, func(v []string) time.Duration {
		d, _ := time.ParseDuration(first(v))
		return d
	})
}

// short writes 10m0s as 10m.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func share(k Key) Of[float64] {
	k.Range = "0 to 1"
	k.check = func(s string) error {
		if f, err := strconv.ParseFloat(s, 64); err != nil || !(f >= 0 && f <= 1) {
			return bad("must be a number from 0 to 1")
		}
		return nil
	}
	return declare(k, func(v []string) float64 {
		f, _ := strconv.ParseFloat(first(v), 64)
		return f
	})
}

func yes(k Key) Of[bool] {
	k.Range, k.Default, k.Switch = "true or false", "false", true
	k.check = func(s string) error {
		if s != "true" && s != "false" {
			return bad("must be true or false")
		}
		return nil
	}
	return declare(k, func(v []string) bool { return first(v) == "true" })
}

func oneOf(k Key, words ...string) Of[string] {
	k.Range = strings.Join(words, ", ")
	k.check = func(s string) error {
		if !slices.Contains(words, s) {
			return bad("must be one of %s", k.Range)
		}
		return nil
	}
	return declare(k, first)
}

// address declares where to listen: an IP address, or localhost, and a port.
func address(k Key) Of[string] {
	k.Range = "IP:PORT; port 0 takes a free one"
	k.check = func(s string) error {
		host, port, err := net.SplitHostPort(s)
		if err != nil {
			return bad("must be IP:PORT, such as 127.0.0.1:8080 or [::]:8443")
		}
		if _, err := netip.ParseAddr(host); err != nil && host != "localhost" {
			return bad("must begin with an IP address, such as 127.0.0.1 or [::]")
		}
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return bad("must end in a port from 0 to 65535")
		}
		return nil
	}
	return declare(k, first)
}

// loopback reports whether an address is of this machine alone.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// secure checks a URL that data or keys go over: https, or http on this machine.
func secure(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return bad("must be a URL with a host and without user, query or fragment")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return bad("must begin with https://; http:// serves on loopback only")
	}
	return nil
}
