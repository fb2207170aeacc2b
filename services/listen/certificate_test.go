package listen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
)

// pair is a certificate and its key in files.
type pair struct {
	certificateFile, keyFile string
	last                     int64
}

func newPair(t *testing.T) *pair {
	dir := t.TempDir()
	return &pair{certificateFile: filepath.Join(dir, "tls.crt"), keyFile: filepath.Join(dir, "tls.key")}
}

// issue makes another certificate and its key, in PEM, and tells its serial.
func (p *pair) issue(t *testing.T, notAfter time.Time) (certificate, key []byte, serial int64) {
	t.Helper()
	p.last++
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(p.last), NotBefore: notAfter.Add(-48 * time.Hour), NotAfter: notAfter}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), p.last
}

func (p *pair) put(t *testing.T, certificate, key []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(p.keyFile, key, 0o600), os.WriteFile(p.certificateFile, certificate, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func serial(t *testing.T, c *Certificate) int64 {
	t.Helper()
	used, err := c.Config().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return used.Leaf.SerialNumber.Int64()
}

// TestACertificateIsTakenUpOrKept: a new pair takes the old one's place; a broken, an ended,
// a half replaced or a missing one leaves it, and is logged once; nobody starts with one.
func TestACertificateIsTakenUpOrKept(t *testing.T) {
	p := newPair(t)
	later := time.Now().Add(24 * time.Hour)
	certificate, key, first := p.issue(t, later)
	p.put(t, certificate, key)
	var log strings.Builder
	c, err := NewCertificate(p.certificateFile, p.keyFile, logline.New(&log, slog.LevelInfo))
	if err != nil || serial(t, c) != first || c.NotAfter().Unix() != later.Unix() {
		t.Fatalf("the first pair: %v", err)
	}
	other, otherKey, _ := p.issue(t, later)
	ended, endedKey, _ := p.issue(t, time.Now().Add(-time.Minute))
	for name, spoilt := range map[string][2][]byte{"broken": {[]byte("canary"), key}, "ended": {ended, endedKey}, "half replaced": {other, key}} {
		before := strings.Count(log.String(), "cannot be taken up")
		p.put(t, spoilt[0], spoilt[1])
		if err := c.Look(); errs.KindOf(err) != errs.Invalid || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
		for range 2 {
			_ = c.Look()
		}
		if n := strings.Count(log.String(), "cannot be taken up") - before; n != 1 || serial(t, c) != first {
			t.Errorf("%s: logged %d times, serial %d", name, n, serial(t, c))
		}
		if _, err := NewCertificate(p.certificateFile, p.keyFile, quiet()); err == nil {
			t.Errorf("%s: a server starts with it", name)
		}
	}
	if err := os.Remove(p.keyFile); err != nil {
		t.Fatal(err)
	}
	if err := c.Look(); err == nil || serial(t, c) != first {
		t.Errorf("a missing key: %v", err)
	}
	p.put(t, other, otherKey)
	if err := c.Look(); err != nil || serial(t, c) == first {
		t.Errorf("a new pair is not taken up: %v", err)
	}
}

// TestClientsAreAskedWhereTheyShallBe: and TLS is 1.2 at least.
func TestClientsAreAskedWhereTheyShallBe(t *testing.T) {
	for ask, want := range map[bool]tls.ClientAuthType{false: tls.NoClientCert, true: tls.RequestClientCert} {
		if c := (&Certificate{AskClients: ask}).Config(); c.ClientAuth != want || c.MinVersion != tls.VersionTLS12 {
			t.Errorf("%v: %v, %x", ask, c.ClientAuth, c.MinVersion)
		}
	}
}

// TestTheCertificateIsWatched: without anybody asking, until the watch ends.
func TestTheCertificateIsWatched(t *testing.T) {
	p := newPair(t)
	certificate, key, _ := p.issue(t, time.Now().Add(time.Hour))
	p.put(t, certificate, key)
	c, err := NewCertificate(p.certificateFile, p.keyFile, quiet())
	if err != nil {
		t.Fatal(err)
	}
	go Watch(t.Context(), time.Millisecond, c.Look)
	certificate, key, want := p.issue(t, time.Now().Add(time.Hour))
	p.put(t, certificate, key)
	for deadline := time.Now().Add(10 * time.Second); serial(t, c) != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the new certificate is not in use after ten seconds")
		}
	}
}
