// Package trust asks servers whose certificates are of an authority that a file names,
// beside those that the system trusts.
//
// It promises that a file which changes is taken up within a minute without a restart, that
// one that cannot be read any more takes no trust away that was there and gives none, and
// that no redirect is followed, which could lead a secret elsewhere. It never trusts a
// certificate that it could not verify.
package trust

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
)

// look is how often the file is looked at.
const look = time.Minute

// Client asks as the system does where file is empty. Each request has the patience that
// is given.
func Client(file string, patience time.Duration) (*http.Client, error) {
	c := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if file == "" {
		return c, nil
	}
	t := &transport{file: file}
	if err := t.read(); err != nil {
		return nil, err
	}
	c.Transport = t
	return c, nil
}

// transport trusts what was last read of its file.
type transport struct {
	file string

	mu      sync.Mutex
	at      time.Time // when it was looked at
	content []byte
	inner   *http.Transport
}

// RoundTrip asks.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.current().RoundTrip(r)
}

func (t *transport) current() *http.Transport {
	t.mu.Lock()
	stale := time.Since(t.at) > look
	t.mu.Unlock()
	if stale {
		_ = t.read() // what was there serves on
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inner
}

// read takes the file up where it is another.
func (t *transport) read() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = time.Now()
	content, err := os.ReadFile(t.file)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "-ca-file cannot be read: check the path")
	}
	if t.inner != nil && bytes.Equal(content, t.content) {
		return nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(content) {
		return errs.New(errs.Invalid, "-ca-file holds no certificate in PEM")
	}
	next, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		next = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	next = next.Clone()
	next.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if t.inner != nil {
		t.inner.CloseIdleConnections()
	}
	t.content, t.inner = content, next
	return nil
}
