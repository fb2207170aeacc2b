package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/test/world"
)

// authority signs certificates for tests.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
	last int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool(), last: 1}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	return a
}

// issue returns a new certificate of 127.0.0.1 and its key in PEM, and its serial.
func (a *authority) issue(notAfter time.Time) (certificate, key []byte, serial int64) {
	a.t.Helper()
	a.last++
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(a.last), NotBefore: notAfter.Add(-48 * time.Hour),
		NotAfter: notAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}},
		a.cert, private.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), a.last
}

func put(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTLS: 1.2 at least, HTTP/2, and a certificate that is replaced while the server
// runs; broken, half replaced and ended ones leave the old one in use and are logged
// once.
func TestTLS(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	certificateFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	later := time.Now().Add(24 * time.Hour)
	certificate, key, first := a.issue(later)
	put(t, certificateFile, certificate)
	put(t, keyFile, key)
	w := world.OnSQLite(t, world.Options{})
	r := start(t, w.Serve(false), map[string]string{"tlsCertificateFile": certificateFile, "tlsKeyFile": keyFile, "tlsReloadInterval": "1h"}, nil)

	serial := func() int64 {
		conn, err := tls.Dial("tcp", r.apiAddr.String(), &tls.Config{RootCAs: a.pool})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(); got != first {
		t.Fatalf("serial %d, want %d", got, first)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.pool}, ForceAttemptHTTP2: true}}
	defer c.CloseIdleConnections()
	resp, err := c.Post(r.url()+"/graphql", "application/json", strings.NewReader(me))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s %d %v", resp.Proto, resp.StatusCode, resp.Header)
	}
	old := &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if conn, err := tls.Dial("tcp", r.apiAddr.String(), old); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	weak := &tls.Config{RootCAs: a.pool, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}
	if conn, err := tls.Dial("tcp", r.apiAddr.String(), weak); err == nil {
		conn.Close()
		t.Error("a cipher without authenticated encryption is spoken")
	}

	certificate, key, second := a.issue(later)
	put(t, certificateFile, certificate)
	_ = r.certificate.Look()
	if got := serial(); got != first {
		t.Errorf("half replaced: serial %d, want %d", got, first)
	}
	put(t, keyFile, key)
	_ = r.certificate.Look()
	if got := serial(); got != second {
		t.Errorf("replaced: serial %d, want %d", got, second)
	}
	ended, endedKey, _ := a.issue(time.Now().Add(-time.Minute))
	for what, pair := range map[string][2][]byte{"broken": {[]byte("no PEM"), key}, "ended": {ended, endedKey}} {
		before := strings.Count(r.log.String(), "cannot be taken up")
		put(t, certificateFile, pair[0])
		put(t, keyFile, pair[1])
		for range 3 {
			_ = r.certificate.Look()
		}
		if got := serial(); got != second {
			t.Errorf("%s: serial %d, want %d", what, got, second)
		}
		if n := strings.Count(r.log.String(), "cannot be taken up") - before; n != 1 {
			t.Errorf("%s: logged %d times, want once", what, n)
		}
	}
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	_ = r.certificate.Look()
	if got := serial(); got != second {
		t.Errorf("a missing key: serial %d, want %d", got, second)
	}
	if status, body := r.operate("/metrics"); status != 200 || !strings.Contains(body, "sala_tls_certificate_not_after_seconds") {
		t.Errorf("%d: no metric of the certificate", status)
	}
}
