package v1alpha1_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

const sound = `apiVersion: sala.exchange/v1alpha1
kind: Agency
metadata: {name: lwu}
spec:
  displayName: Lao Women's Union
  kind: UNION
  units:
  - name: vientiane
    displayName: Vientiane
  signIn:
    issuers:
    - url: https://idp.example
---
apiVersion: sala.exchange/v1alpha1
kind: DataSharingAgreement
metadata: {name: lwu-ngo}
spec:
  title: Shelter
  parties: [{agency: lwu}, {agency: ngo}]
  purposes: [ASSISTANCE]
  categories: [IDENTITY]
  period: {from: 2026-01-01T00:00:00Z, until: 2028-01-01T00:00:00Z}
`

func TestDecode(t *testing.T) {
	docs, err := v1alpha1.Decode("m.yaml", []byte(sound+"---\n"))
	if err != nil || len(docs) != 2 {
		t.Fatalf("%d documents: %v", len(docs), err)
	}
	if docs[0].Agency.Spec.Units[0].DisplayName != "Vientiane" || docs[0].Agency.Spec.SignIn.Issuers[0].URL != "https://idp.example" {
		t.Errorf("read as %+v", docs[0].Agency)
	}
	if docs[1].Terms.Spec.Period.From != "2026-01-01T00:00:00Z" || docs[1].Line != 14 || docs[1].KindName != "DataSharingAgreement/lwu-ngo" {
		t.Errorf("read as %+v %+v", docs[1], docs[1].Terms)
	}
}

// TestRefused: with file, document and line, and without the value.
func TestRefused(t *testing.T) {
	for change, want := range map[[2]string]string{
		{"displayName: Vientiane", "displayNam: Canary"}:                "m.yaml, document 1, line 9: there is no field spec.units.displayNam",
		{"  title: Shelter", "  Title: Canary"}:                         "m.yaml, document 2, line 18: there is no field spec.Title",
		{"kind: UNION", "kind: [Canary]"}:                               "m.yaml, document 1, line 6: a value is of the wrong type",
		{"kind: UNION", "kind: UNION\n  kind: Canary"}:                  "m.yaml, document 1, line 7: a field stands twice",
		{"{name: lwu}", "{name: Lwu}"}:                                  "m.yaml, document 1, line 1: metadata.name is",
		{"{name: lwu}", "{name: \"l\u0460u\"}"}:                         "metadata.name is",
		{"kind: DataSharingAgreement", "kind: Canary"}:                  "document 2, line 14: kind is neither",
		{"apiVersion: sala.exchange/v1alpha1\nkind: A", "kind: A"}:      "apiVersion is not",
		{"metadata: {name: lwu}", "metadata: {name: lwu, uid: Canary}"}: "there is no field metadata.uid",
		{"  units:\n", "  units: &u\n  - *u\n"}:                         "document 1, line 8: write it out",
		{"kind: UNION", "kind: UNION\n  country: NO"}:                   "m.yaml, document 1, line 7: a cluster reads a bare yes, no",
		{"displayName: Vientiane", "displayName: y"}:                    "line 9: a cluster reads",
		{"kind: UNION", "kind: \"UNION"}:                                "the YAML is malformed",
	} {
		raw := strings.Replace(sound, change[0], change[1], 1)
		if raw == sound {
			t.Fatalf("%q is not there", change[0])
		}
		_, err := v1alpha1.Decode("m.yaml", []byte(raw))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%q: %v, want %s", change[1], err, want)
		}
	}
}

func TestReadPaths(t *testing.T) {
	dir := t.TempDir()
	first, second, _ := strings.Cut(sound, "---\n")
	for name, text := range map[string]string{"b.yml": second, "a.yaml": first, "c.txt": "no manifest"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	docs, err := v1alpha1.ReadPaths([]string{dir})
	if err != nil || len(docs) != 2 || docs[0].KindName != "Agency/lwu" {
		t.Fatalf("%v: %v", docs, err)
	}
	if _, err := v1alpha1.ReadPaths([]string{dir, filepath.Join(dir, "a.yaml")}); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a name that stands twice: %v", err)
	}
	if _, err := v1alpha1.ReadPaths([]string{t.TempDir()}); err == nil {
		t.Error("an empty folder is no mistake")
	}
	if _, err := v1alpha1.ReadPaths([]string{filepath.Join(dir, "none.yaml")}); err == nil {
		t.Error("a missing file is no mistake")
	}
}
