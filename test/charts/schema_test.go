package charts

import (
	"strings"
	"testing"
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
