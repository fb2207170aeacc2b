package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func served(t *testing.T) (*httptest.Server, []byte) {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	t.Cleanup(s.Close)
	return s, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// TestAuthorityOfAFile: a server of a private authority is refused without the file and
// taken with it; a file that changes is taken up, and one that is broken changes nothing.
func TestAuthorityOfAFile(t *testing.T) {
	s, ca := served(t)
	plain, err := Client("", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Get(s.URL); err == nil {
		t.Fatal("a certificate of nobody's is trusted")
	}
	file := filepath.Join(t.TempDir(), "ca.crt")
	write := func(content []byte) {
		t.Helper()
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("none"))
	if _, err := Client(file, time.Second); err == nil {
		t.Error("a file without a certificate is taken")
	}
	write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other(t)}))
	c, err := Client(file, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(s.URL); err == nil {
		t.Error("a certificate of another authority is trusted")
	}
	for _, content := range [][]byte{ca, []byte("none")} { // taken up, and kept
		write(content)
		c.Transport.(*transport).at = time.Time{}
		res, err := c.Get(s.URL + "/away")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusFound {
			t.Error("a redirect is followed")
		}
	}
}

// other is the certificate of another authority.
func other(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
