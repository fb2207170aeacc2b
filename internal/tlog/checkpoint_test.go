package tlog

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

const origin = "sala.example/ledger"

func keys(t *testing.T, name string) (note.Signer, note.Verifier) {
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

func TestCheckpointText(t *testing.T) {
	c := Checkpoint{origin, 0, emptyRoot()}
	want := origin + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
	if c.Text() != want {
		t.Errorf("got %q", c.Text())
	}
	if got, err := ParseCheckpoint(want); err != nil || got != c {
		t.Errorf("got %+v, %v", got, err)
	}
	root := "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	for name, text := range map[string]string{
		"empty": "", "no last line break": origin + "\n0\n" + root, "further line": want + "x\n", "blank line": want + "\n",
		"no origin": "\n0\n" + root + "\n", "origin with blank": "a b\n0\n" + root + "\n", "origin with plus": "a+b\n0\n" + root + "\n",
		"negative size": origin + "\n-1\n" + root + "\n", "signed size": origin + "\n+1\n" + root + "\n", "leading zero": origin + "\n01\n" + root + "\n",
		"great size": origin + "\n9007199254740993\n" + root + "\n", "short root": origin + "\n0\n47DEQpj8HBQ=\n",
		"unused bits of the root": origin + "\n0\n" + root[:42] + "V=\n", "carriage return": origin + "\n0\n" + root + "\r\n",
	} {
		if got, err := ParseCheckpoint(text); !errors.Is(err, ErrCheckpoint) || got != (Checkpoint{}) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestSignAndOpen(t *testing.T) {
	signer, verifier := keys(t, origin)
	witness, _ := keys(t, "witness.example")
	_, stranger := keys(t, origin)
	c := logOf(t, 5, "a").checkpoint(t, 5)
	msg, err := c.Sign(signer, witness)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenCheckpoint(msg, origin, verifier); err != nil || got != c {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := OpenCheckpoint(msg, "other.example/ledger", verifier); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("another log's checkpoint opens: %v", err)
	}
	if _, err := OpenCheckpoint(msg, origin, stranger); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("another key's checkpoint opens: %v", err)
	}
	onlyWitness, err := c.Sign(witness)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCheckpoint(onlyWitness, origin, verifier); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("a checkpoint without the log's own signature opens: %v", err)
	}
	for _, bad := range []Checkpoint{{}, {"a b", 1, c.Root}, {origin, -1, c.Root}, {origin, MaxSize + 1, c.Root}} {
		if _, err := bad.Sign(signer); err == nil {
			t.Errorf("%+v is signed", bad)
		}
	}
	if _, err := c.Sign(); err == nil {
		t.Error("a checkpoint without signer is signed")
	}
}

// TestEveryByteOfASignedCheckpoint sets each byte to every other value, and drops
// and doubles it: none of the outcomes opens.
func TestEveryByteOfASignedCheckpoint(t *testing.T) {
	signer, verifier := keys(t, origin)
	msg, err := logOf(t, 5, "a").checkpoint(t, 5).Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, i int, bad string) {
		if _, err := OpenCheckpoint([]byte(bad), origin, verifier); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s byte %d: %v", what, i, err)
		}
	}
	s := string(msg)
	for i := range len(s) {
		for b := range 256 {
			if byte(b) != s[i] {
				refuse("changed", i, s[:i]+string([]byte{byte(b)})+s[i+1:])
			}
		}
		refuse("dropped", i, s[:i]+s[i+1:])
		refuse("doubled", i, s[:i+1]+s[i:])
	}
}

// TestNoteAloneIsLax shows why OpenCheckpoint looks at the signature's spelling.
func TestNoteAloneIsLax(t *testing.T) {
	signer, verifier := keys(t, origin)
	msg, err := logOf(t, 5, "a").checkpoint(t, 5).Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	lax := 0
	at := strings.LastIndex(string(msg), "=") - 1 // the last character of the signature
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		bad := []byte(string(msg[:at]) + string(c) + string(msg[at+1:]))
		if _, err := note.Open(bad, note.VerifierList(verifier)); err == nil && string(bad) != string(msg) {
			lax++
			if _, err := OpenCheckpoint(bad, origin, verifier); err == nil {
				t.Error("a second spelling of the signature opens")
			}
		}
	}
	if lax == 0 {
		t.Skip("the note package has become strict by itself")
	}
}
