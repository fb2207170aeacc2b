package publication_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/publication"
)

// FuzzParseManifest: what is read is spelt in the one way, and no name of a file leaves
// its folder.
func FuzzParseManifest(f *testing.F) {
	good := manifest(f)
	f.Add(good)
	for _, s := range []string{"", "{}", "null", `{"format":"sala release/1"}`} {
		f.Add([]byte(s))
	}
	f.Add(bytes.Replace(good, []byte("data.csv"), []byte("../d.csv"), 1))
	f.Add(bytes.Replace(good, []byte(`"version": 1`), []byte(`"version": 1, "version": 2`), 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := publication.ParseManifest(text)
		if err != nil {
			return
		}
		again, err := json.MarshalIndent(m, "", "  ")
		if err != nil || len(again) == 0 {
			t.Fatal(err)
		}
		for _, file := range m.Files {
			if !filepath.IsLocal(file.Name) || strings.ContainsAny(file.Name, `/\:`) || filepath.Base(file.Name) != file.Name {
				t.Errorf("%q leaves the folder", file.Name)
			}
		}
	})
}

// FuzzParseCodebook: nothing panics, and a codebook that is read says what a blank is.
func FuzzParseCodebook(f *testing.F) {
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := publication.ParseCodebook(text)
		if err == nil && b.Blank != publication.Blank {
			t.Error("a blank has no meaning")
		}
	})
}

// TestManifestHasOneSpelling: each of these means the same to a lax reader, or hides
// something from one.
func TestManifestHasOneSpelling(t *testing.T) {
	good := manifest(t)
	if _, err := publication.ParseManifest(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]string{
		"unknown key":         {`"version": 1`, `"version": 1,` + "\n" + `  "note": "x"`},
		"key twice":           {`"version": 1`, `"version": 2,` + "\n" + `  "version": 1`},
		"key in capitals":     {`"version"`, `"Version"`},
		"other blanks":        {`"version": 1`, `"version":1`},
		"escaped letter":      {`"Corridors"`, `"\u0043orridors"`},
		"absolute name":       {`"data.csv"`, `"/data.csv"`},
		"name that climbs":    {`"data.csv"`, `"../data.csv"`},
		"name in a folder":    {`"data.csv"`, `"a/data.csv"`},
		"name of the note":    {`"data.csv"`, `"manifest.note"`},
		"file twice":          {`"data.parquet"`, `"data.csv"`},
		"hash in capitals":    {`"sha256": "`, `"sha256": "A`},
		"negative size":       {`"size": `, `"size": -`},
		"other format":        {"sala release/1", "sala release/2"},
		"no measures":         {`"measures": [`, `"measures": null, "m": [`},
		"version as fraction": {`"version": 1`, `"version": 1.0`},
	} {
		bad := strings.Replace(string(good), c[0], c[1], 1)
		if bad == string(good) {
			t.Fatalf("%s changes nothing", name)
		}
		if _, err := publication.ParseManifest([]byte(bad)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	for _, behind := range []string{"\n", "{}", " "} {
		if _, err := publication.ParseManifest(append(bytes.Clone(good), behind...)); err == nil {
			t.Errorf("%q behind the end is read", behind)
		}
	}
}

func manifest(t testing.TB) []byte {
	t.Helper()
	signer, _ := pair(t, "la.example/releases")
	path := t.TempDir()
	if _, err := publication.Write(t.Context(), folder(t, path), content(), signer); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(path, "corridors", "1", publication.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
