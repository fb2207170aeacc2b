package rules

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// rule is the counterpart of a CEL rule of the definition.
type rule struct {
	field string // below where the rule stands, which it is about
	holds func(self any) bool
}

var (
	codeForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}$`)
	issuerForm   = regexp.MustCompile(`^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[!-~]*)?$`)
	localForm    = regexp.MustCompile(`^http://(localhost|127[.][0-9.]+)(:[0-9]{1,5})?(/[!-~]*)?$`)
	openForm     = regexp.MustCompile(`[?#@]`)
	defaultPort  = regexp.MustCompile(`^https://[^/]*:443(/|$)`)
)

var claimed = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "acr", "cnf", "azp", "nonce", "at_hash", "c_hash", "events"}

// written are the rules by their text in the definition. What compares an object to what
// it was before has none: a manifest has no before.
var written = map[string]rule{
	`self.metadata.name.matches('^[a-z][a-z0-9-]{1,31}$')`: {".metadata.name", func(self any) bool {
		return codeForm.MatchString(text(self, "metadata", "name"))
	}},
	`!has(self.spec.offboarding) || !has(self.spec.offboarding.handOverTo) || self.spec.offboarding.handOverTo != self.metadata.name`: {".spec.offboarding.handOverTo", func(self any) bool {
		to := text(self, "spec", "offboarding", "handOverTo")
		return to == "" || to != text(self, "metadata", "name")
	}},
	`!has(self.offboarding) || has(self.state) && self.state == 'OFFBOARDING'`: {".offboarding", func(self any) bool {
		return at(self, "offboarding") == nil || text(self, "state") == "OFFBOARDING"
	}},
	`self.kind != 'REGIONAL_COUNTERPART' || !has(self.administersPlatform) || !self.administersPlatform`: {".administersPlatform", func(self any) bool {
		return text(self, "kind") != "REGIONAL_COUNTERPART" || at(self, "administersPlatform") != true
	}},
	`self.matches('^[A-Z]{2}$')`: {"", func(self any) bool { return countryForm.MatchString(text(self)) }},
	`self.all(k, k.matches('^[a-z]{2,3}$'))`: {"", func(self any) bool {
		o, _ := self.(map[string]any)
		for k := range o {
			if !languageForm.MatchString(k) {
				return false
			}
		}
		return true
	}},
	`isCIDR(self) && cidr(self).masked() == cidr(self)`: {"", func(self any) bool {
		p, err := netip.ParsePrefix(text(self))
		return err == nil && p == p.Masked() && !p.Addr().Is4In6()
	}},
	`!has(self.agency) || !has(self.accessTokens) || self.agency.claim != self.accessTokens.claim`: {".accessTokens", func(self any) bool {
		return at(self, "agency") == nil || at(self, "accessTokens") == nil || text(self, "agency", "claim") != text(self, "accessTokens", "claim")
	}},
	`self.matches('^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[!-~]*)?$') || self.matches('^http://(localhost|127[.][0-9.]+)(:[0-9]{1,5})?(/[!-~]*)?$')`: {"", func(self any) bool {
		return issuerForm.MatchString(text(self)) || localForm.MatchString(text(self))
	}},
	`!self.matches('[?#@]') && !self.matches('^https://[^/]*:443(/|$)')`: {"", func(self any) bool {
		return !openForm.MatchString(text(self)) && !defaultPort.MatchString(text(self))
	}},
	`!(self in ['iss','sub','aud','exp','nbf','iat','jti','client_id','scope','acr','cnf','azp','nonce','at_hash','c_hash','events'])`: {"", func(self any) bool {
		return !slices.Contains(claimed, text(self))
	}},
	// Of connectors.
	`!has(self.spec.connectors) || !has(self.spec.connectors.administrators) || self.spec.connectors.administrators.all(a, !has(a.serviceAccount) || !a.serviceAccount.namespace.startsWith('sala-agency-') || a.serviceAccount.namespace == 'sala-agency-' + self.metadata.name)`: {".spec.connectors.administrators", func(self any) bool {
		own := text(self, "metadata", "name")
		return !slices.ContainsFunc(list(self, "spec", "connectors", "administrators"), func(a any) bool {
			of, is := strings.CutPrefix(text(a, "serviceAccount", "namespace"), "sala-agency-")
			return is && of != own
		})
	}},
	`!has(self.connectors) || !has(self.connectors.client) || has(self.signIn) && has(self.signIn.issuers) && self.signIn.issuers.exists(i, i.url == self.connectors.client.issuer && (!has(i.clientID) || i.clientID == self.connectors.client.id))`: {".connectors.client", func(self any) bool {
		return at(self, "connectors", "client") == nil || slices.ContainsFunc(list(self, "signIn", "issuers"), func(i any) bool {
			return text(i, "url") == text(self, "connectors", "client", "issuer") && (at(i, "clientID") == nil || text(i, "clientID") == text(self, "connectors", "client", "id"))
		})
	}},
	`has(self.group) != has(self.serviceAccount)`: {"", func(self any) bool {
		return (at(self, "group") == nil) != (at(self, "serviceAccount") == nil)
	}},
	`!self.startsWith('system:')`: {"", func(self any) bool { return !strings.HasPrefix(text(self), "system:") }},
	`isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))`: {"", func(self any) bool {
		q, err := resource.ParseQuantity(text(self))
		return err == nil && q.Sign() > 0
	}},
	`isQuantity(self) && !quantity(self).isLessThan(quantity('0'))`: {"", func(self any) bool {
		q, err := resource.ParseQuantity(text(self))
		return err == nil && q.Sign() >= 0
	}},
	`duration(self) >= duration('1h') && duration(self) <= duration('8784h')`: {"", func(self any) bool { return within(text(self), time.Hour, 8784*time.Hour) }},
	`duration(self) >= duration('1m') && duration(self) <= duration('744h')`:  {"", func(self any) bool { return within(text(self), time.Minute, 744*time.Hour) }},
	`duration(self.rotateEvery) >= duration(self.overlap) + duration(self.overlap)`: {".rotateEvery", func(self any) bool {
		every, errEvery := time.ParseDuration(text(self, "rotateEvery"))
		overlap, errOverlap := time.ParseDuration(text(self, "overlap"))
		return errEvery != nil || errOverlap != nil || every >= 2*overlap // a form that is wrong is told of its field
	}},
}

func within(word string, least, most time.Duration) bool {
	d, err := time.ParseDuration(word)
	return err == nil && d >= least && d <= most
}

func list(v any, path ...string) []any {
	l, _ := at(v, path...).([]any)
	return l
}

// at is what stands at a path, nil where nothing does.
func at(v any, path ...string) any {
	for _, p := range path {
		o, _ := v.(map[string]any)
		v = o[p]
	}
	return v
}

func text(v any, path ...string) string {
	s, _ := at(v, path...).(string)
	return s
}
