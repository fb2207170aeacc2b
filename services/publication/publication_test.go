package publication_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/publication"
)

var first = publication.Ref{ID: "corridors", Version: 1}

// TestWriteAndOpen: what was written is read back, by every kind of store.
func TestWriteAndOpen(t *testing.T) {
	each(t, func(t *testing.T, s publication.Store) {
		signer, v := pair(t, "la.example/releases")
		keys := note.VerifierList(v)
		m, err := publication.Write(t.Context(), s, content(), signer)
		if err != nil {
			t.Fatal(err)
		}
		refs, err := publication.List(t.Context(), s)
		if err != nil || !slices.Equal(refs, []publication.Ref{first}) {
			t.Fatalf("%v, %v", refs, err)
		}
		r, err := publication.Open(t.Context(), s, first, keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r.Manifest, *m) || r.Withdrawal != nil || !strings.HasPrefix(r.SignedBy, "la.example/releases+") {
			t.Errorf("%+v", r)
		}
		text, err := r.Read(t.Context(), publication.CSVFile)
		want := "year,sex,origin,destination,persons,rate\n2024,F,LA,TH,31,1.5\n2024,M,LA,TH,,\n2024,,LA,_T,12,0.25\n"
		if err != nil || string(text) != want {
			t.Errorf("%s, %v", text, err)
		}
		b, err := r.Codebook(t.Context())
		if err != nil || b.Blank != publication.Blank || len(b.Columns) != 6 {
			t.Errorf("%+v, %v", b, err)
		}
		page, err := r.Read(t.Context(), publication.CodebookPage)
		for _, said := range []string{"PERSON", "2026-03-01", "CITIZENS_ABROAD", "IDENTIFIED", "7443000", "no information", "fewer than 20", "who was never found"} {
			if err != nil || !bytes.Contains(page, []byte(said)) {
				t.Errorf("the codebook's page does not say %s: %v", said, err)
			}
		}
		if text, err := r.Read(t.Context(), "utility.html"); err != nil || string(text) != "<p>plots</p>" {
			t.Errorf("%s, %v", text, err)
		}
		readParquet(t, r)
	})
}

// readParquet: the same rows, columns in order, blanks as nulls.
func readParquet(t *testing.T, r *publication.Release) {
	t.Helper()
	text, err := r.Read(t.Context(), publication.ParquetFile)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Year        *string  `parquet:"year"`
		Sex         *string  `parquet:"sex"`
		Origin      *string  `parquet:"origin"`
		Destination *string  `parquet:"destination"`
		Persons     *int64   `parquet:"persons"`
		Rate        *float64 `parquet:"rate"`
	}
	f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Schema().Fields() {
		names = append(names, c.Name())
	}
	if !slices.Equal(names, []string{"year", "sex", "origin", "destination", "persons", "rate"}) {
		t.Errorf("%v", names)
	}
	got, err := parquet.Read[row](bytes.NewReader(text), int64(len(text)))
	if err != nil || len(got) != 3 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	if *got[0].Sex != "F" || *got[0].Persons != 31 || *got[0].Rate != 1.5 || got[1].Persons != nil || got[1].Rate != nil || got[2].Sex != nil || *got[2].Destination != "_T" {
		t.Errorf("%+v", got)
	}
}

// TestNothingIsReplaced: neither a published version nor its notice.
func TestNothingIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, s publication.Store) {
		signer, v := pair(t, "la.example/releases")
		keys := note.VerifierList(v)
		late, err := publication.Stage(t.Context(), s, content(), signer)
		if err != nil {
			t.Fatal(err)
		}
		if refs, err := publication.List(t.Context(), s); err != nil || len(refs) != 0 {
			t.Fatalf("what is staged is listed: %v, %v", refs, err)
		}
		_, err = publication.Write(t.Context(), s, content(), signer)
		if err != nil {
			t.Fatal(err)
		}
		if err := late.Publish(t.Context()); errs.KindOf(err) != errs.Conflict {
			t.Errorf("staged before, published after: %v", err)
		}
		other := content()
		other.Manifest.Title = "Other corridors"
		if _, err := publication.Write(t.Context(), s, other, signer); errs.KindOf(err) != errs.Conflict {
			t.Errorf("written again: %v", err)
		}
		w := publication.Withdrawal{On: "2026-05-02", Reason: "a year was counted twice"}
		if err := publication.Withdraw(t.Context(), s, first, w, signer, keys); err != nil {
			t.Fatal(err)
		}
		if err := publication.Withdraw(t.Context(), s, first, w, signer, keys); errs.KindOf(err) != errs.Conflict {
			t.Errorf("withdrawn again: %v", err)
		}
		r, err := publication.Open(t.Context(), s, first, keys)
		if err != nil || *r.Withdrawal != w || r.Manifest.Title != "Corridors" {
			t.Fatalf("%+v, %v", r, err)
		}
		if err := r.Verify(t.Context()); err != nil {
			t.Error(err)
		}
		next := content()
		next.Manifest.Version, next.Manifest.Supersedes, next.Codebook.Revision = 2, 1, "a year is counted once"
		if _, err := publication.Write(t.Context(), s, next, signer); err != nil {
			t.Error(err)
		}
	})
}

// TestOneOfManyPublishes: of several that publish one version at once, one does.
func TestOneOfManyPublishes(t *testing.T) {
	each(t, func(t *testing.T, s publication.Store) {
		signer, v := pair(t, "la.example/releases")
		var done sync.WaitGroup
		outcomes := make([]error, 8)
		for i := range outcomes {
			done.Go(func() { _, outcomes[i] = publication.Write(context.Background(), s, content(), signer) })
		}
		done.Wait()
		published := 0
		for _, err := range outcomes {
			switch {
			case err == nil:
				published++
			case errs.KindOf(err) != errs.Conflict:
				t.Error(err)
			}
		}
		r, err := publication.Open(t.Context(), s, first, note.VerifierList(v))
		if err == nil {
			err = r.Verify(t.Context())
		}
		if published != 1 || err != nil {
			t.Errorf("%d published, %v", published, err)
		}
	})
}

// TestInterrupted: a version whose signature is missing is none, and can be published.
func TestInterrupted(t *testing.T) {
	each(t, func(t *testing.T, s publication.Store) {
		signer, v := pair(t, "la.example/releases")
		ctx, cancel := context.WithCancel(t.Context())
		c := content()
		c.Rows = func(yield func([]string, error) bool) {
			yield(rows[0], nil)
			cancel()
			yield(rows[1], nil)
		}
		if _, err := publication.Write(ctx, s, c, signer); err == nil {
			t.Fatal("a cancelled run publishes")
		}
		if left, err := s.Entries(t.Context()); len(left) != 0 || err != nil {
			t.Errorf("left: %v, %v", left, err)
		}
		if _, err := publication.Open(t.Context(), s, first, note.VerifierList(v)); errs.KindOf(err) != errs.Withheld {
			t.Errorf("%v", err)
		}
		if _, err := publication.Write(t.Context(), s, content(), signer); err != nil {
			t.Error(err)
		}
	})
}

// TestABucketsLeftovers: files of an interrupted upload are taken up where they are the
// same, and refused where they are not.
func TestABucketsLeftovers(t *testing.T) {
	signer, _ := pair(t, "la.example/releases")
	same, other := s3(t), s3(t)
	text := "year,sex,origin,destination,persons,rate\n2024,F,LA,TH,31,1.5\n2024,M,LA,TH,,\n2024,,LA,_T,12,0.25\n"
	for s, left := range map[publication.Store]string{same: text, other: text + "2024,F,KH,TH,11,1\n"} {
		if err := s.Create(t.Context(), "corridors/1/data.csv", []byte(left)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := publication.Write(t.Context(), same, content(), signer); err != nil {
		t.Error(err)
	}
	if _, err := publication.Write(t.Context(), other, content(), signer); errs.KindOf(err) != errs.Conflict {
		t.Errorf("another file is taken up: %v", err)
	}
}

// TestWhatDoesNotVerify changes one thing of a good version at a time.
func TestWhatDoesNotVerify(t *testing.T) {
	resign := func(t *testing.T, dir string, signer note.Signer, text string) {
		t.Helper()
		msg, err := note.Sign(&note.Note{Text: text}, signer)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, publication.SignatureFile), msg, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, spoil := range map[string]func(t *testing.T, dir string, signer note.Signer){
		"unsigned": func(t *testing.T, dir string, _ note.Signer) {
			change(t, filepath.Join(dir, publication.SignatureFile), func(b []byte) []byte { return b[:bytes.LastIndex(b, []byte("\n—"))+1] })
		},
		"signed by another key of the same name": func(t *testing.T, dir string, _ note.Signer) {
			stranger, _ := pair(t, "la.example/releases")
			n, err := os.ReadFile(filepath.Join(dir, publication.SignatureFile))
			if err != nil {
				t.Fatal(err)
			}
			text, _, _ := strings.Cut(string(n), "\n\n")
			resign(t, dir, stranger, text+"\n")
		},
		"altered figure": func(t *testing.T, dir string, _ note.Signer) {
			change(t, filepath.Join(dir, publication.CSVFile), func(b []byte) []byte { return bytes.Replace(b, []byte("31"), []byte("13"), 1) })
		},
		"longer file": func(t *testing.T, dir string, _ note.Signer) {
			change(t, filepath.Join(dir, publication.CSVFile), func(b []byte) []byte { return append(b, "2024,F,LA,VN,11,1\n"...) })
		},
		"swapped files": func(t *testing.T, dir string, _ note.Signer) {
			a, b := filepath.Join(dir, publication.CodebookFile), filepath.Join(dir, "utility.html")
			if err := errors.Join(os.Rename(a, a+"x"), os.Rename(b, a), os.Rename(a+"x", b)); err != nil {
				t.Fatal(err)
			}
		},
		"missing file": func(t *testing.T, dir string, _ note.Signer) {
			if err := os.Remove(filepath.Join(dir, publication.ParquetFile)); err != nil {
				t.Fatal(err)
			}
		},
		"a file too many": func(t *testing.T, dir string, _ note.Signer) {
			if err := os.WriteFile(filepath.Join(dir, "more.csv"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"altered manifest": func(t *testing.T, dir string, _ note.Signer) {
			change(t, filepath.Join(dir, publication.ManifestFile), func(b []byte) []byte { return bytes.Replace(b, []byte(`"11"`), []byte(`"99"`), 1) })
		},
		"signature for something else": func(t *testing.T, dir string, signer note.Signer) {
			resign(t, dir, signer, "sala.example/ledger\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
		},
		"link out of the folder": func(t *testing.T, dir string, _ note.Signer) {
			text, err := os.ReadFile(filepath.Join(dir, publication.CSVFile))
			if err != nil {
				t.Fatal(err)
			}
			outside := filepath.Join(t.TempDir(), "data.csv") // the very bytes: only the way is wrong
			if err := errors.Join(os.WriteFile(outside, text, 0o600), os.Remove(filepath.Join(dir, publication.CSVFile)), os.Symlink(outside, filepath.Join(dir, publication.CSVFile))); err != nil {
				t.Fatal(err)
			}
		},
		"withdrawal by a stranger": func(t *testing.T, dir string, _ note.Signer) {
			stranger, _ := pair(t, "la.example/releases")
			msg, err := note.Sign(&note.Note{Text: "sala withdrawal/1\n"}, stranger)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, publication.WithdrawalFile), msg, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"withdrawal of something else": func(t *testing.T, dir string, signer note.Signer) {
			msg, err := note.Sign(&note.Note{Text: "sala withdrawal/1\ncorridors/2\nsha256:" + strings.Repeat("0", 64) + "\n2026-05-02\nwrong\n"}, signer)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, publication.WithdrawalFile), msg, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, s, signer, keys := written(t)
			spoil(t, dir, signer)
			r, err := publication.Open(t.Context(), s, first, keys)
			if err == nil {
				err = r.Verify(t.Context())
			}
			if k := errs.KindOf(err); err == nil || k != errs.Invalid && k != errs.Unavailable {
				t.Errorf("it verifies: %v", err)
			}
		})
	}
	t.Run("another version's folder", func(t *testing.T) {
		dir, s, _, keys := written(t)
		if err := os.CopyFS(filepath.Join(filepath.Dir(dir), "2"), os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if _, err := publication.Open(t.Context(), s, publication.Ref{ID: "corridors", Version: 2}, keys); errs.KindOf(err) != errs.Invalid {
			t.Errorf("it opens: %v", err)
		}
	})
}

// TestHashesAloneAreNotEnough shows what the signature is for: with the hashes of an
// altered file put into the manifest, everything but the signature agrees.
func TestHashesAloneAreNotEnough(t *testing.T) {
	dir, s, _, keys := written(t)
	altered := content()
	altered.Rows = over(append([][]string{{"2024", "F", "KH", "TH", "999", "1"}}, rows...))
	stranger, theirs := pair(t, "la.example/releases")
	elsewhere := t.TempDir()
	if _, err := publication.Write(t.Context(), folder(t, elsewhere), altered, stranger); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(filepath.Join(elsewhere, "corridors", "1")))); err != nil {
		t.Fatal(err)
	}
	r, err := publication.Open(t.Context(), s, first, note.VerifierList(theirs))
	if err == nil {
		err = r.Verify(t.Context())
	}
	if err != nil {
		t.Fatalf("the attack is not sound: %v", err)
	}
	if _, err := publication.Open(t.Context(), s, first, keys); !errors.Is(err, publication.ErrUnsigned) {
		t.Errorf("it opens: %v", err)
	}
}

// TestWhatIsNotWritten: content that is not sound is refused by name, and nothing is left.
func TestWhatIsNotWritten(t *testing.T) {
	const canary = "canary-value"
	for name, spoil := range map[string]func(c *publication.Content){
		"id that escapes":      func(c *publication.Content) { c.Manifest.ID = "../corridors" },
		"version 0":            func(c *publication.Content) { c.Manifest.Version = 0 },
		"report that escapes":  func(c *publication.Content) { c.Reports = map[string][]byte{"../evil.html": nil} },
		"report as table":      func(c *publication.Content) { c.Reports = map[string][]byte{"data.csv": nil} },
		"report as signature":  func(c *publication.Content) { c.Reports = map[string][]byte{"manifest.note": nil} },
		"two lines of title":   func(c *publication.Content) { c.Manifest.Title = "a\nb" },
		"period backwards":     func(c *publication.Content) { c.Manifest.Period.To = "2020-01-01" },
		"supersedes itself":    func(c *publication.Content) { c.Manifest.Supersedes = 1 },
		"no audience":          func(c *publication.Content) { c.Manifest.Audience = "" },
		"records of measures":  func(c *publication.Content) { c.Manifest.Kind = publication.Records },
		"corridor of measures": func(c *publication.Content) { c.Manifest.Corridor.Origin = "persons" },
		"no unit":              func(c *publication.Content) { c.Codebook.Unit = "" },
		"no methods":           func(c *publication.Content) { c.Codebook.Methods = nil },
		"undated denominator":  func(c *publication.Content) { c.Codebook.Denominators[0].AsOf = "" },
		"column twice":         func(c *publication.Content) { c.Codebook.Columns[1].Name = "year" },
		"ragged row":           func(c *publication.Content) { c.Rows = over([][]string{{canary}}) },
		"code not listed":      func(c *publication.Content) { c.Rows = over([][]string{{"2024", canary, "LA", "TH", "11", ""}}) },
		"count not whole":      func(c *publication.Content) { c.Rows = over([][]string{{"2024", "F", "LA", "TH", "1.5", ""}}) },
		"count negative":       func(c *publication.Content) { c.Rows = over([][]string{{"2024", "F", "LA", "TH", "-1", ""}}) },
		"number infinite":      func(c *publication.Content) { c.Rows = over([][]string{{"2024", "F", "LA", "TH", "11", "Inf"}}) },
		"formula":              func(c *publication.Content) { c.Rows = over([][]string{{"=" + canary, "F", "LA", "TH", "11", ""}}) },
		"line break":           func(c *publication.Content) { c.Rows = over([][]string{{"a\n" + canary, "F", "LA", "TH", "11", ""}}) },
		"cell twice":           func(c *publication.Content) { c.Rows = over([][]string{rows[0], rows[0]}) },
		"source that fails": func(c *publication.Content) {
			c.Rows = func(yield func([]string, error) bool) { yield(nil, errs.New(errs.Invalid, "the source broke off")) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			signer, _ := pair(t, "la.example/releases")
			path := t.TempDir()
			c := content()
			spoil(&c)
			_, err := publication.Write(t.Context(), folder(t, path), c, signer)
			if errs.KindOf(err) != errs.Invalid || strings.Contains(err.Error(), canary) {
				t.Errorf("%v", err)
			}
			if left, err := os.ReadDir(path); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestReadIsBounded: a file that goes on after its size is given up, not read to its end.
func TestReadIsBounded(t *testing.T) {
	_, s, _, keys := written(t)
	r, err := publication.Open(t.Context(), endless{s}, first, keys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(t.Context(), publication.CSVFile); errs.KindOf(err) != errs.Invalid {
		t.Errorf("%v", err)
	}
}

type endless struct{ publication.Store }

func (e endless) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if strings.HasSuffix(name, publication.CSVFile) {
		return io.NopCloser(zeros{}), nil
	}
	return e.Store.Open(ctx, name)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestManyRows: a table of several row groups, in bounded memory.
func TestManyRows(t *testing.T) {
	signer, v := pair(t, "la.example/releases")
	s := folder(t, t.TempDir())
	c := content()
	c.Manifest.Kind = publication.Records
	c.Manifest.Corridor = nil
	c.Codebook.Columns, c.Codebook.Denominators = c.Codebook.Columns[:2], nil
	c.Rows = func(yield func([]string, error) bool) {
		for i := range 120_000 {
			if !yield([]string{fmt.Sprint(2000 + i%25), []string{"F", "M", ""}[i%3]}, nil) {
				return
			}
		}
	}
	if _, err := publication.Write(t.Context(), s, c, signer); err != nil {
		t.Fatal(err)
	}
	r, err := publication.Open(t.Context(), s, first, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.Read(t.Context(), publication.ParquetFile)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil || f.NumRows() != 120_000 || len(f.RowGroups()) != 3 {
		t.Errorf("%v rows, %v", f, err)
	}
}

func TestOpenStore(t *testing.T) {
	if _, _, err := publication.OpenStore(t.Context(), filepath.Join(t.TempDir(), "absent")); errs.KindOf(err) != errs.Invalid || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"", "file:///tmp", "mem://", "gs://bucket"} {
		if _, _, err := publication.OpenStore(t.Context(), address); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", address, err)
		}
	}
}
