package operator

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/rules"
)

const soundAgency = `apiVersion: sala.exchange/v1alpha1
kind: Agency
metadata: {name: rules}
spec:
  displayName: Lao Women's Union
  displayNames: {lo: "ສະຫະພັນ"}
  kind: UNION
  needToKnow: TEAM
  limits: {requestsPerMinute: 1200}
  allowedNetworks: [192.0.2.0/24, "2001:db8::/32", 198.51.100.7/32]
  units:
  - {name: vientiane, displayName: Vientiane}
  signIn:
    issuers:
    - url: https://idp.example/realms/sala
      audiences: [sala]
      agency: {claim: org, value: lwu}
      accessTokens: {claim: token_use, value: access}
  connectors:
    administrators: [{group: lwu-team}, {serviceAccount: {namespace: argocd, name: deployer}}]
    quota: {cpu: 500m}
    destinations: [{network: 203.0.113.0/24, ports: [443]}]
    client: {id: lwu-connector, issuer: https://idp.example/realms/sala, rotateEvery: 168h, overlap: 2h}
`

const soundTerms = `apiVersion: sala.exchange/v1alpha1
kind: DataSharingAgreement
metadata: {name: rules}
spec:
  title: Shelter
  documentDigest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  parties: [{agency: lwu}, {agency: ngo, controllerRole: PROCESSOR, focalPoint: Legal desk}]
  purposes: [ASSISTANCE]
  categories: [IDENTITY]
  period: {from: 2026-01-01T00:00:00Z, until: 2028-01-01T00:00:00Z}
  obligations: {onwardSharing: ASK}
`

func manyNetworks(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "10.0.%d.0/24, ", i)
	}
	return out.String()
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestRulesOfManifests: what needs no look-up is refused by the API server before it is
// stored (threats.md 49: names that reach elsewhere, are too long, or look like others).
func TestRulesOfManifests(t *testing.T) {
	c := cluster(t)
	for text, cases := range map[string]map[[2]string]string{
		soundAgency: {
			{"{name: rules}", "{name: a}"}:                                                                           "metadata.name is the agency's code",
			{"{name: rules}", "{name: " + strings.Repeat("a", 33) + "}"}:                                             "metadata.name is the agency's code",
			{"{name: rules}", "{name: " + strings.Repeat("a", 260) + "}"}:                                            "metadata.name",
			{"{name: rules}", "{name: \"../x\"}"}:                                                                    "",
			{"{name: rules}", "{name: \"l\u202eu\"}"}:                                                                "",
			{"{name: rules}", "{name: lwu.b}"}:                                                                       "metadata.name is the agency's code",
			{"{name: rules}", "{name: 9lives}"}:                                                                      "metadata.name is the agency's code",
			{"kind: UNION", "kind: CLUB"}:                                                                            "spec.kind",
			{"kind: UNION", "kind: UNION\n  country: la"}:                                                            "spec.country",
			{"kind: UNION", "kind: UNION\n  country: LAO"}:                                                           "spec.country",
			{"kind: UNION", "kind: UNION\n  state: ENDED"}:                                                           "spec.state",
			{"kind: UNION", "kind: UNION\n  offboarding: {handOverTo: ngo}"}:                                         "goes with state: OFFBOARDING",
			{"kind: UNION", "kind: UNION\n  state: SUSPENDED\n  offboarding: {deadline: 2027-03-31}"}:                "goes with state: OFFBOARDING",
			{"kind: UNION", "kind: UNION\n  state: OFFBOARDING\n  offboarding: {handOverTo: rules}"}:                 "hands its cases over to another",
			{"kind: UNION", "kind: UNION\n  state: OFFBOARDING\n  offboarding: {handOverTo: N.G.O}"}:                 "spec.offboarding.handOverTo",
			{"kind: UNION", "kind: UNION\n  state: OFFBOARDING\n  offboarding: {deadline: soon}"}:                    "spec.offboarding.deadline",
			{"kind: UNION", "kind: UNION\n  state: OFFBOARDING\n  offboarding: {deadline: 2027-3-1}"}:                "spec.offboarding.deadline",
			{"kind: UNION", "kind: UNION\n  state: OFFBOARDING\n  offboarding: {deadline: \"2027-03-31T00:00:00\"}"}: "spec.offboarding.deadline",
			{"needToKnow: TEAM", "needToKnow: TEAM\n  retention: {closedCases: 11}"}:                                 "spec.retention.closedCases",
			{"needToKnow: TEAM", "needToKnow: TEAM\n  retention: {closedCases: 601}"}:                                "spec.retention.closedCases",
			{"{lo:", "{lao1:"}: "ISO 639",
			{"Vientiane}", "Vientiane}\n  - {name: vientiane, displayName: V}"}: "Duplicate value",
			{"1200", "0"}:                                                                "requestsPerMinute",
			{"[192.0.2.0/24", "[192.0.2.1/24"}:                                           "ADDRESS/BITS",
			{"[192.0.2.0/24", "[192.0.2.1"}:                                              "ADDRESS/BITS",
			{"[192.0.2.0/24", "[192.0.2.0/33"}:                                           "ADDRESS/BITS",
			{"[192.0.2.0/24", "[\"2001:db8::1/32\""}:                                     "ADDRESS/BITS",
			{"[192.0.2.0/24", "[\"::ffff:192.0.2.0/120\""}:                               "ADDRESS/BITS",
			{"[192.0.2.0/24", "[\"fe80::%eth0/10\""}:                                     "ADDRESS/BITS",
			{"[192.0.2.0/24", "[\"\""}:                                                   "ADDRESS/BITS",
			{"[192.0.2.0/24", "[198.51.100.7/32"}:                                        "Duplicate value",
			{"[192.0.2.0/24", "[" + strings.Repeat("a", 44)}:                             "allowedNetworks",
			{"[192.0.2.0/24", "[" + manyNetworks(64) + "192.0.2.0/24"}:                   "allowedNetworks",
			{"https://idp.example/realms/sala", "http://idp.example"}:                    "https://HOST/PATH",
			{"https://idp.example/realms/sala", "https://idp.example:443/"}:              "default port",
			{"https://idp.example/realms/sala", "https://Idp.example"}:                   "https://HOST/PATH",
			{"https://idp.example/realms/sala", "https://idp.example/?a=b"}:              "no user, query",
			{"https://idp.example/realms/sala", "https://u@idp.example"}:                 "https://HOST/PATH",
			{"claim: org", "claim: sub"}:                                                 "has a meaning of its own",
			{"claim: org", "claim: token_use"}:                                           "cannot name the agency and mark the token",
			{"kind: UNION", "kind: REGIONAL_COUNTERPART\n  administersPlatform: true"}:   "administers nothing",
			{"displayName: Lao Women's Union", "displayName: \"\""}:                      "displayName",
			{"group: lwu-team", "group: \"system:authenticated\""}:                       "everybody's",
			{"group: lwu-team", "user: somebody"}:                                        "group or a service account",
			{"{group: lwu-team}", "{group: a, serviceAccount: {namespace: b, name: c}}"}: "group or a service account",
			{"namespace: argocd", "namespace: sala-agency-atd"}:                          "of another agency's namespace",
			{"cpu: 500m", "cpu: lots"}:                                                   "a quantity greater than 0",
			{"cpu: 500m", "memory: \"0\""}:                                               "a quantity greater than 0",
			{"cpu: 500m", "pods: 0"}:                                                     "pods",
			{"ports: [443]", "ports: [0]"}:                                               "ports",
			{"network: 203.0.113.0/24", "network: example.org"}:                          "network",
			{"client: {id: lwu-connector, issuer: https://idp.example/realms/sala", "client: {id: lwu-connector, issuer: https://idp.example"}: "one of signIn.issuers",
			{"      audiences: [sala]", "      clientID: another"}:                                                                             "which takes its id",
			{"rotateEvery: 168h", "rotateEvery: 3h"}:                                                                                           "at least twice the overlap",
			{"rotateEvery: 168h", "rotateEvery: 9000h"}:                                                                                        "1h to 8784h",
			{", rotateEvery: 168h, overlap: 2h", ", rotateEvery: 47h"}:                                                                         "at least twice the overlap",
			{"cpu: 500m", "cpu: -1"}:                                                                                                           "",
			{"cpu: 500m", "storage: \"-1\""}:                                                                                                   "a quantity, as 0 or 10Gi",
			{"[443]", "[443, 443]"}:                                                                                                            "Duplicate value",
			{"[443]", "[]"}:                                                                                                                    "ports",
			{"[443]", "[65536]"}:                                                                                                               "ports",
			{"group: lwu-team", "group: \"\""}:                                                                                                 "group",
			{"issuer: https://idp.example/realms/sala, rotate", "issuer: https://idp.example/realms/sala, algorithm: HS256, rotate"}: "algorithm",
			{"overlap: 2h", "overlap: 0m"}: "1m to 744h",
		},
		soundTerms: {
			{"[{agency: lwu}, ", "["}:                      "at least 2",
			{"\"0123456789abcdef", "\"0123456789ABCDEF"}:   "documentDigest",
			{"cdef\"", "cde\""}:                            "documentDigest",
			{"agency: ngo", "agency: lwu"}:                 "Duplicate value",
			{"[IDENTITY]", "[CASE]"}:                       "Unsupported value",
			{"[IDENTITY]", "[]"}:                           "at least 1",
			{"[ASSISTANCE]", "[SALES]"}:                    "Unsupported value",
			{"until: 2028", "until: 2025"}:                 "must end after it starts",
			{"until: 2028-01-01T00:00:00Z", "until: soon"}: "",
			{"ASK", "MAYBE"}:                               "Unsupported value",
			{"{name: rules}", "{name: x.y}"}:               "metadata.name is the agreement's code",
		},
	} {
		if err := c.Create(t.Context(), object(t, text), client.DryRunAll); err != nil {
			t.Fatalf("a sound manifest: %v", err)
		}
		if text == soundAgency {
			sameWithoutACluster(t, text, nil)
		}
		for change, want := range cases {
			bad := strings.Replace(text, change[0], change[1], 1)
			if bad == text {
				t.Fatalf("%q is not there", change[0])
			}
			err := c.Create(t.Context(), object(t, bad), client.DryRunAll)
			if text == soundAgency {
				sameWithoutACluster(t, bad, err)
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", change[1], err, want)
			}
		}
	}
}

// TestTermsOfADepartureInAManifest: a date and a time are deadlines, quoted or not, by the
// API server and without it.
func TestTermsOfADepartureInAManifest(t *testing.T) {
	c := cluster(t)
	for _, deadline := range []string{"2027-03-31", `"2027-03-31"`, "2027-03-31T17:00:00+07:00", `"2027-03-31T10:00:00Z"`} {
		text := strings.Replace(soundAgency, "kind: UNION", "kind: UNION\n  state: OFFBOARDING\n  offboarding: {handOverTo: ngo, deadline: "+deadline+"}", 1)
		err := c.Create(t.Context(), object(t, text), client.DryRunAll)
		if err != nil {
			t.Errorf("%s: %v", deadline, err)
		}
		sameWithoutACluster(t, text, err)
	}
}

// sameWithoutACluster: what the command line says of a manifest before it is sent is what
// the API server says (operator/rules).
func sameWithoutACluster(t *testing.T, manifest string, refused error) {
	t.Helper()
	_, err := v1alpha1.Decode("manifest.yaml", []byte(manifest))
	found, e := rules.Agency([]byte(manifest))
	if e != nil {
		t.Fatal(e)
	}
	if here := err != nil || len(found) > 0; here != (refused != nil) {
		t.Errorf("without a cluster it is refused: %v (%v, %v); by the API server: %v\n%s", here, err, found, refused, manifest)
	}
}

// TestWhatNeverChanges: an agency's platform role and departure, an agreement's terms.
func TestWhatNeverChanges(t *testing.T) {
	c := cluster(t)
	agency, terms := object(t, soundAgency), object(t, soundTerms)
	for _, u := range []*unstructured.Unstructured{agency, terms} {
		if err := c.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Delete(t.Context(), u) })
	}
	defer func() { _ = c.Delete(t.Context(), agency); _ = c.Delete(t.Context(), terms) }()
	change := func(u *unstructured.Unstructured, patch string) error {
		return c.Patch(t.Context(), u.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"spec":`+patch+`}`)))
	}
	for patch, want := range map[string]string{`{"administersPlatform":true}`: "never changes", `{"displayName":"X"}`: "", `{"administersPlatform":false}`: "", `{"state":"OFFBOARDING"}`: ""} {
		if err := change(agency, patch); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", patch, err)
		}
	}
	for _, patch := range []string{`{"state":"ACTIVE"}`, `{"state":null}`} {
		if err := change(agency, patch); err == nil || !strings.Contains(err.Error(), "does not come back") {
			t.Errorf("%s: %v", patch, err)
		}
	}
	for _, patch := range []string{`{"title":"Other"}`, `{"categories":["IDENTITY","HEALTH"]}`} {
		if err := change(terms, patch); err == nil || !strings.Contains(err.Error(), "terms of an agreement never change") {
			t.Errorf("%s: %v", patch, err)
		}
	}
}

// TestDefaultsFromGo: an object that a Go client makes has the defaults too, and -1 as
// what was observed, so that a client which waits does not take it for ready.
func TestDefaultsFromGo(t *testing.T) {
	c := cluster(t)
	a := &v1alpha1.Agency{ObjectMeta: metav1.ObjectMeta{Name: "fromgo"}, Spec: v1alpha1.AgencySpec{DisplayName: "From Go", Kind: "NGO"}}
	if err := c.Create(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Delete(t.Context(), a) }()
	d := &v1alpha1.DataSharingAgreement{ObjectMeta: metav1.ObjectMeta{Name: "fromgo"}, Spec: v1alpha1.DataSharingAgreementSpec{
		Title: "T", Parties: []v1alpha1.Party{{Agency: "aa"}, {Agency: "bb"}}, Purposes: []string{"RETURN"}, Categories: []string{"IDENTITY"},
		Period: v1alpha1.Period{From: "2026-01-01T00:00:00Z", Until: "2027-01-01T00:00:00Z"}}}
	if err := c.Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Delete(t.Context(), d) }()
	if a.Status.ObservedGeneration != -1 || d.Status.ObservedGeneration != -1 {
		t.Errorf("observed %d and %d before anybody looked", a.Status.ObservedGeneration, d.Status.ObservedGeneration)
	}
}
