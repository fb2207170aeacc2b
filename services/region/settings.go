package region

import (
	"fmt"
	"strings"
)

// Setting is one key of the configuration, as it is documented.
type Setting struct {
	Name    string // as in the file; of a list's entries behind the list's name and a point
	Meaning string
	Default string // empty: none
	Range   string
	Example string
}

// Settings are the keys of the configuration, in the order of Configuration.
func Settings() []Setting {
	return []Setting{
		{"address", "Where the API listens. Beyond loopback it needs a certificate, or proxyTerminatesTLS.", "127.0.0.1:8090", "IP:PORT", "0.0.0.0:8443"},
		{"operationsAddress", "Where `/livez`, `/readyz` and `/metrics` are served, without TLS. They hold nothing about persons; keep them inside all the same.", "127.0.0.1:9091", "IP:PORT", "0.0.0.0:9091"},
		{"tlsCertificateFile", "Certificate in PEM, with those between it and the root. Taken up anew when it changes; a broken one leaves the one before.", "", "path of a file", "/etc/sala-region/tls.crt"},
		{"tlsKeyFile", "Key of the certificate, in PEM.", "", "path of a file", "/etc/sala-region/tls.key"},
		{"proxyTerminatesTLS", "Says that a proxy before this program speaks TLS, so that it may listen beyond loopback without.", "false", "true or false", "true"},
		{"clientCertificates", "Asks clients for a TLS certificate, to which their tokens may be bound (RFC 8705); needs TLS of this program's own. It opens nothing by itself. A token that is bound to one is refused without it.", "false", "true or false", "true"},
		{"publicURL", "Where clients reach this server. A proof of possession (RFC 9449) names it with the path behind it as `htu`. Where it is left out, tokens that are bound to a key are refused; plain bearers they never are. A proof counts once in each process: processes of one deployment do not know each other's.", "", "https URL without a path", "https://region.sala.example"},
		{"audience", "The one audience that a token must name: this program's own, not that of the API of cases. Required.", "", "text", "https://region.sala.example"},
		{"issuers", "Who signs tokens of counterparts. At least one.", "", "list", "see above"},
		{"issuers.url", "The issuer, as tokens name it (`iss`); its metadata are read from there.", "", "https URL; http on loopback only", "https://login.counterpart.example"},
		{"issuers.counterpart", "A short name of the counterpart. It is never logged.", "", "text", "TH"},
		{"issuers.client", "The one client whose tokens count; any of the issuer where it is left out.", "", "text", "statistics"},
		{"issuers.agencyClaim", "A claim that narrows whose tokens count, where others have tokens of the same issuer.", "", "name of a claim", "organization"},
		{"issuers.agencyValue", "What that claim must hold.", "", "text", "th-msdhs"},
		{"sources", "Trust anchors: of each country one store of releases and the keys that are trusted for it. At least one.", "", "list", "see above"},
		{"sources.country", "The country whose releases these are. Its keys are good for no other's.", "", "two letters (ISO 3166-1)", "LA"},
		{"sources.store", "Where the releases lie. A bucket's credentials come from the environment (`AWS_ACCESS_KEY_ID` and its kin) and need no more than reading.", "", "a folder, or s3://BUCKET?region=REGION", "/srv/releases"},
		{"sources.keys", "Verifier keys of the publishers, which came from them by a way of their own.", "", "list of NAME+HASH+KEY", "la.example/releases+c7fa…"},
		{"documents", "File of registered documents, which `sala-region register` writes; they alone are answered. Taken up anew when it changes.", "", "path of a file", "/etc/sala-region/documents.json"},
		{"anyDocument", "Answers documents that are not registered too, and lets the schema be asked for.", "false", "true or false", "true"},
		{"maxMemoryMiB", "Bound on all releases together, which are held in memory.", "512", "1 or more", "2048"},
		{"maxOperations", "Bound on the requests under way; more are turned away, to try again.", "256", "1 or more", "512"},
		{"lookInterval", "How often stores, certificate and documents are looked at for a change.", "10s", "1s to 1h", "1m"},
		{"traceEndpoint", "OpenTelemetry collector (OTLP over HTTP) that traces are sent to. Without it there are none. Spans hold the kind of operation and its outcome: no statement, no variable, no name.", "", "https URL; http on loopback only", "http://127.0.0.1:4318/v1/traces"},
		{"traceShare", "Share of the requests that are traced.", "0.1", "0 to 1", "1"},
	}
}

const head = `# Configuration of sala-region

Written by ` + "`make generate`" + ` from ` + "`services/region/settings.go`" + `; do not edit. What the program is for: [region.md](region.md).

` + "`sala-region serve --config FILE`" + ` reads these keys from a YAML file; ` + "`sala-region check --config FILE`" + ` checks it without starting or opening anything. A key that does not exist stops the program. The file holds no secret.

` + "```yaml" + `
address: 0.0.0.0:8443
tlsCertificateFile: /etc/sala-region/tls.crt
tlsKeyFile: /etc/sala-region/tls.key
audience: https://region.sala.example
issuers:
- {url: https://login.counterpart.example, counterpart: TH, client: statistics}
sources:
- {country: LA, store: /srv/releases, keys: ["la.example/releases+…"]}
- {country: TH, store: "s3://th-releases?region=ap-southeast-1", keys: ["th.example/releases+…"]}
documents: /etc/sala-region/documents.json
` + "```" + `

| key | default | range | example | meaning |
|---|---|---|---|---|
`

// Document writes docs/region-configuration.md.
func Document() string {
	var b strings.Builder
	b.WriteString(head)
	for _, s := range Settings() {
		without := "none"
		if s.Default != "" {
			without = "`" + s.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` | %s |\n", s.Name, without, s.Range, s.Example, s.Meaning)
	}
	return b.String()
}
