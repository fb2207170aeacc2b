package publication_test

import (
	"context"
	"crypto/rand"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/services/publication"
)

// pair makes a signing key and the list of its verifier.
func pair(t testing.TB, name string) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

var rows = [][]string{
	{"2024", "F", "LA", "TH", "31", "1.5"},
	{"2024", "M", "LA", "TH", "", ""},
	{"2024", "", "LA", "_T", "12", "0.25"},
}

func over(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func content() publication.Content {
	dimension := func(name string) publication.Column {
		return publication.Column{Name: name, Role: publication.Dimension, Type: publication.Text, Title: name, Description: "of the person"}
	}
	sex := dimension("sex")
	sex.Values = []publication.Value{{Code: "F", Label: "female"}, {Code: "M", Label: "male"}}
	return publication.Content{
		Manifest: publication.Manifest{
			ID: "corridors", Version: 1, Title: "Corridors", Publisher: "Ministry of Labour and Social Welfare", Country: "LA",
			Kind: publication.Figures, Population: "assisted persons", Period: publication.Period{From: "2024-01-01", To: "2024-12-31"},
			Corridor: &publication.Corridor{Origin: "origin", Destination: "destination"},
			Method:   "k-anonymity", Parameters: []publication.Parameter{{Name: "k", Value: "11"}},
			Audience: publication.Counterparts, IssuedOn: "2026-03-31",
		},
		Codebook: publication.Codebook{
			Title: "Corridors", Unit: "PERSON", ReferenceDate: "2026-03-01", Geography: "Lao PDR", Status: "IDENTIFIED",
			Counted: "CITIZENS_ABROAD", SexOrGender: "SEX", Unknowns: "blank", Revision: "first edition",
			Methods: []string{"suppression below 11"}, Sources: []string{"cases"}, Notes: []string{"who was never found is not in it"},
			Columns: []publication.Column{
				dimension("year"), sex, dimension("origin"), dimension("destination"),
				{Name: "persons", Role: publication.Measure, Type: publication.Count, Title: "Persons", Description: "assisted"},
				{Name: "rate", Role: publication.Measure, Type: publication.Number, Title: "Rate", Description: "per 100,000"},
			},
			Denominators: []publication.Denominator{{Measure: "rate", Description: "residents", Value: "7443000", AsOf: "2023-07-01", Source: "statistics bureau"}},
			Privacy:      []publication.Parameter{{Name: "k", Value: "11", Meaning: "no group is smaller"}},
			LeftOut:      []publication.LeftOut{{Reason: "no agreement for statistics", Count: "fewer than 20"}},
		},
		Rows:    over(rows),
		Reports: map[string][]byte{"utility.html": []byte("<p>plots</p>")},
	}
}

// each runs a test over the kinds of store.
func each(t *testing.T, f func(t *testing.T, s publication.Store)) {
	t.Run("folder", func(t *testing.T) { f(t, folder(t, t.TempDir())) })
	t.Run("memory bucket", func(t *testing.T) {
		b := memblob.OpenBucket(nil)
		t.Cleanup(func() { _ = b.Close() })
		f(t, publication.NewBucket(b))
	})
	t.Run("file bucket", func(t *testing.T) {
		b, err := fileblob.OpenBucket(t.TempDir(), &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		f(t, publication.NewBucket(b))
	})
	t.Run("S3", func(t *testing.T) { f(t, s3(t)) })
}

func folder(t testing.TB, path string) *publication.Folder {
	t.Helper()
	f, err := publication.OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// written is a store in a folder with one version, for tests that change its files.
func written(t *testing.T) (path string, s publication.Store, signer note.Signer, keys note.Verifiers) {
	t.Helper()
	signer, v := pair(t, "la.example/releases")
	path = t.TempDir()
	s = folder(t, path)
	_, err := publication.Write(context.Background(), s, content(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(path, "corridors", "1"), s, signer, note.VerifierList(v)
}

func change(t *testing.T, path string, by func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	err = os.WriteFile(path, by(text), 0o600)
	if err != nil {
		t.Fatal(err)
	}
}
