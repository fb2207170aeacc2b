package cli

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/publication"
)

// TestRegionVerify: a download in a folder of any name is checked against the publisher's
// key, whole or one file of it; what was altered, is another key's or is withdrawn fails.
func TestRegionVerify(t *testing.T) {
	store, err := publication.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secret, key, err := note.GenerateKey(rand.Reader, "la.example/releases")
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, err := note.GenerateKey(rand.Reader, "la.example/releases")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	m, err := publication.Write(t.Context(), store, small(), signer)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	copied := func(name string) {
		t.Helper()
		from, err := store.Open(t.Context(), m.Ref().String()+"/"+name)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = from.Close() }()
		var text bytes.Buffer
		_, err = text.ReadFrom(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text.Bytes(), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range m.Files {
		copied(f.Name)
	}
	copied(publication.ManifestFile)
	copied(publication.SignatureFile)
	verify := func(what, key string) (int, string) {
		var said bytes.Buffer
		code := command.Execute(t.Context(), []string{"region", "verify", what, "--key", key}, &said, &said)
		return code, said.String()
	}
	expect := func(name, what, key, says string, ok bool) {
		t.Helper()
		if code, said := verify(what, key); (code == command.ExitOK) != ok || !strings.Contains(said, says) {
			t.Errorf("%s: exit code %d: %s", name, code, said)
		}
	}
	table := filepath.Join(folder, publication.CSVFile)
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("folder", folder, key, "every byte that was compared is the publisher's", true)
	expect("file", table, key, "data.csv", true)
	expect("manifest", filepath.Join(folder, publication.ManifestFile), key, "manifest.json", true)
	expect("key in a file", folder, keyFile, "la.example/releases+", true)
	expect("another key", folder, stranger, "not signed by a key that is trusted", false)
	expect("no key", folder, "canary", "neither a verifier key", false)
	if err := os.WriteFile(table, []byte("year,persons\n2024,99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("altered folder", folder, key, "data.csv is not the one that was published", false)
	expect("altered file", table, key, "data.csv is not the one that was published", false)
	expect("file beside it", filepath.Join(folder, publication.CodebookFile), key, "codebook.json", true)
	copied(publication.CSVFile)
	verifier, err := note.NewVerifier(key)
	if err == nil {
		err = publication.Withdraw(t.Context(), store, m.Ref(), publication.Withdrawal{On: "2026-05-02", Reason: "a year was counted twice"}, signer, note.VerifierList(verifier))
	}
	if err != nil {
		t.Fatal(err)
	}
	copied(publication.WithdrawalFile)
	expect("withdrawn", folder, key, "a year was counted twice", false)
}

// small is a release of two figures.
func small() publication.Content {
	return publication.Content{
		Manifest: publication.Manifest{
			ID: "key-figures", Version: 1, Title: "Key figures", Publisher: "Ministry", Country: "LA", Kind: publication.Figures,
			Population: "assisted persons", Period: publication.Period{From: "2023-01-01", To: "2024-12-31"}, Method: "k-anonymity",
			Audience: publication.Public, IssuedOn: "2026-03-31",
		},
		Codebook: publication.Codebook{
			Title: "Key figures", Unit: "PERSON", ReferenceDate: "2026-03-01", Geography: "Lao PDR", Status: "IDENTIFIED", Counted: "BOTH",
			SexOrGender: "NEITHER", Unknowns: "blank", Revision: "first edition", Methods: []string{"suppression below 11"}, Sources: []string{"cases"},
			Columns: []publication.Column{
				{Name: "year", Role: publication.Dimension, Type: publication.Text, Title: "Year", Description: "of assistance"},
				{Name: "persons", Role: publication.Measure, Type: publication.Count, Title: "Persons", Description: "assisted"},
			},
		},
		Rows: func(yield func([]string, error) bool) {
			_ = yield([]string{"2023", "31"}, nil) && yield([]string{"2024", "43"}, nil)
		},
	}
}
