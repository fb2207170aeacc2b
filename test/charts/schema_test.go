package charts

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/configuration"
)

// one is a value at a path, as values of a chart.
func one(path string, value any) map[string]any {
	names := strings.Split(path, ".")
	for i := len(names) - 1; i >= 0; i-- {
		value = map[string]any{names[i]: value}
	}
	return value.(map[string]any)
}

// TestBadValuesAreRefused before anything reaches a cluster, by schema or by template, and
// the refusal names the place.
func TestBadValuesAreRefused(t *testing.T) {
	for _, c := range []struct {
		chart, values, path string
		value               any
		says                string
	}{
		{"sala", "one-node", "apis.replicas", 2, "apis"},
		{"sala", "one-node", "api.replicas", "two", "replicas"},
		{"sala", "one-node", "api.replicas", 0, "replicas"},
		{"sala", "one-node", "config.audiance", "x", "audiance"},
		{"sala", "one-node", "config.audience", "", "audience"},
		{"sala", "one-node", "config.database", "postgres://x@y/z", "database"},
		{"sala", "one-node", "config.proxyTerminatesTLS", true, "proxyTerminatesTLS"},
		{"sala", "one-node", "config.ledgerSequencer", "apart", "ledgerSequencer"},
		{"sala", "one-node", "api.sequencer", false, "api.sequencer and sequencer.enabled are both false"},
		{"sala", "national", "sequencer.enabled", false, "api.sequencer and sequencer.enabled are both false"},
		{"sala", "national", "sequencer.replicas", 0, "replicas"},
		{"sala", "national", "sequencer.service.type", "NodePort", "service"},
		{"sala", "one-node", "database.owner", "sala_sequencer", "owner"},
		{"sala", "one-node", "config.anyDocument", "yes", "anyDocument"},
		{"sala", "one-node", "keyStore.address", "postgres://a:secret@b/c", "address"},
		{"sala", "one-node", "database.owner", "sala_app", "owner"},
		{"sala", "one-node", "database.sslmode", "prefer", "sslmode"},
		{"sala", "one-node", "database.host", "", "name the database in one way"},
		{"sala", "one-node", "database.cluster.enabled", true, "name the database in one way"},
		{"sala", "one-node", "database.networks", []string{"10.0.0.10"}, "networks"},
		{"sala", "one-node", "database.networks", []string{}, "database.networks"},
		{"sala", "one-node", "networkPolicy.apiServer.networks", []string{}, "networkPolicy.apiServer.networks"},
		{"sala", "one-node", "networkPolicy.enabled", false, "tls.proxyTerminates needs networkPolicy.enabled"},
		{"sala", "one-node", "networkPolicy.clients", []any{map[string]any{}}, "clients"},
		{"sala", "one-node", "tls.proxyTerminates", false, "tls.secretName"},
		{"sala", "one-node", "secrets.encryptionKey.name", "", "config.kms"},
		{"sala", "one-node", "secrets.cursorKey.name", "", "cursorKey"},
		{"sala", "one-node", "secrets.cursorKey.name", "Not A Name", "cursorKey"},
		{"sala", "one-node", "ingress.host", "", "host"},
		{"sala", "one-node", "image.digest", "sha256:1", "digest"},
		{"sala", "one-node", "api.env", []any{map[string]any{"name": "SALA_ADDRESS", "value": ":1"}}, "env"},
		{"sala", "one-node", "test.serviceAccountToken", true, "test.endpoint"},
		{"sala", "production", "gateway.parentRefs", []any{}, "parentRefs"},
		{"sala", "production", "gateway.backendCA.configMap", "", "backendCA"},
		{"sala", "production", "database.cluster.storage.size", "big", "size"},
		{"sala", "national", "region.config.sources", "s3://x", "sources"},
		{"sala", "national", "region.config.issuer", []any{}, "issuer"},
		{"sala", "national", "region.tls.secretName", "", "region.tls"},
		{"sala", "national", "networkPolicy.outside.ports", []int{443, 5432}, "counterparts' door"},
		{"sala", "national", "releases.namespace", "sala", "releases.namespace"},
		{"sala", "national", "releases.claim", "", "releases.claim"},
		{"sala", "national", "releases.login", "sala_app", "login"},
		{"sala", "national", "releases.publicKeys.files", []string{"builder.pub"}, "publicKeys.files"},
		{"sala", "national", "releases.secrets.builderKey.name", "", "builderKey"},
		{"sala-operator", "standard", "releases.namespace", "sala-system", "releases.namespace"},
		{"sala-operator", "standard", "endpoint", "", "endpoint"},
		{"sala-operator", "standard", "endpoint", "ftp://x", "endpoint"},
		{"sala-operator", "standard", "account.issuer", "", "account"},
		{"sala-operator", "standard", "account.serviceAccountToken.enabled", true, "not by both"},
		{"sala-operator", "standard", "networkPolicy.apiServer.networks", []string{}, "apiServer.networks"},
		{"sala-operator", "standard", "networkPolicy.egress", []any{map[string]any{}}, "egress"}, // which would let out to everything
		{"sala-operator", "standard", "networkPolicy.egress", []any{map[string]any{"to": []any{}, "ports": []any{map[string]any{"port": 443}}}}, "egress"},
		{"sala-operator", "standard", "poll", "soon", "poll"},
		{"sala-operator", "standard", "replicas", 0, "replicas"},
	} {
		_, err := try(t, set{chart: c.chart, name: c.values, over: one(c.path, c.value)})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %s = %v: %v", c.chart, c.values, c.path, c.value, err)
		}
	}
}

// TestValuesOfTheChartAloneAreRefused: what is required has no default that would do.
func TestValuesOfTheChartAloneAreRefused(t *testing.T) {
	for _, chart := range []string{"sala", "sala-operator"} {
		if _, err := try(t, set{chart: chart}); err == nil {
			t.Errorf("%s is installed without a value", chart)
		}
	}
}

// TestNetworksAreRefusedAsTheServerDoes: what the server refuses of a network in its
// configuration the schema refuses before it reaches a cluster, as a list and as one value,
// and nothing else; bits of a host alone it leaves to the server.
func TestNetworksAreRefusedAsTheServerDoes(t *testing.T) {
	host := map[string]bool{"10.1.0.1/24": true, "2001:db8::1/64": true, "1:2/64": true, "::1::/64": true}
	for _, text := range []string{
		"0.0.0.0/0", "::/0", "0::/0", "10.42.7.0/28", "10.0.0.0/8", "128.0.0.0/1", "fd00::/64", "2001:DB8::/32", "8000::/1", "64:ff9b::192.0.2.0/120", "10.42.7.9/32", "fd00::1/128",
		"10.0.0.1", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/", "10.0.0/8", "256.0.0.0/8", "010.0.0.0/8", "fd00::/129", "fd00::/064", "::ffff:10.0.0.0/104", "0:0:0:0:0:ffff:a00:0/104",
		"fe80::%eth0/64", "ingress.example/24", "", " 10.0.0.0/8", "10.0.0.0/8,10.1.0.0/16", "10.0.0.0/8\n", "10.1.0.1/24", "2001:db8::1/64", "1:2/64", "::1::/64",
	} {
		for _, key := range []string{"trustedProxy", "issuerNetwork"} {
			file := filepath.Join(t.TempDir(), "sala.yaml")
			if err := os.WriteFile(file, fmt.Appendf(nil, "%s: [%q]\n", key, text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, problems := configuration.Resolve(configuration.Inputs{File: file})
			said := fmt.Sprint(problems.Err())
			server := strings.Contains(said, key)
			for _, value := range []any{text, []any{text}} {
				_, err := try(t, set{chart: "sala", name: "one-node", over: one("config."+key, value)})
				if schema := err != nil; schema != (server && !host[text]) {
					t.Errorf("%s: %q: the server refuses it: %v (%v), the schema: %v", key, text, server, said, err)
				}
			}
			if host[text] && !server {
				t.Errorf("%s: %q is left to the server, which takes it", key, text)
			}
		}
	}
}
