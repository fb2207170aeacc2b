// Package listen is what every server of Sala has around its handler: a front that each
// request passes, a certificate and registered documents that are taken up anew when their
// files change, readiness, and traces.
//
// It promises that a broken file leaves what was there before in force, and that its
// answers, log lines, counts and spans hold words of the program only. It knows no
// database.
package listen

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
)

// Certificate is the server's certificate, taken up anew when its files change.
type Certificate struct {
	certificateFile, keyFile string
	log                      *slog.Logger
	now                      func() time.Time
	// AskClients asks clients for a certificate, which only a token that is bound to it
	// gives a meaning (RFC 8705).
	AskClients bool

	current atomic.Pointer[tls.Certificate]
	seen    [sha256.Size]byte // of the files that were looked at last, good or broken
}

// NewCertificate loads the files. The error is INVALID where they are no pair.
func NewCertificate(certificateFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certificateFile: certificateFile, keyFile: keyFile, log: log, now: time.Now}
	if err := c.Look(); err != nil {
		return nil, err
	}
	return c, nil
}

// Config is the TLS configuration: 1.2 with forward secrecy and authenticated
// encryption, or 1.3.
func (c *Certificate) Config() *tls.Config {
	ask := tls.NoClientCert
	if c.AskClients {
		ask = tls.RequestClientCert
	}
	return &tls.Config{
		ClientAuth: ask,
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	}
}

// NotAfter is when the current certificate ends.
func (c *Certificate) NotAfter() time.Time { return c.current.Load().Leaf.NotAfter }

// Look takes up changed files. Broken ones leave the certificate as it was, and are
// logged once.
func (c *Certificate) Look() error {
	pair, digest, err := c.read()
	if err == nil && digest == c.seen {
		return nil
	}
	if err == nil {
		var loaded tls.Certificate
		if loaded, err = c.load(pair); err == nil {
			c.current.Store(&loaded)
			c.log.LogAttrs(context.Background(), slog.LevelInfo, "the TLS certificate was taken up",
				slog.Int("days", int(loaded.Leaf.NotAfter.Sub(c.now()).Hours()/24)))
		}
	}
	if err != nil && (digest != c.seen || c.current.Load() == nil) {
		c.log.LogAttrs(context.Background(), slog.LevelError, "the TLS certificate cannot be taken up; the one before is kept", slog.Any("error", err))
	}
	c.seen = digest
	return err
}

// read returns certificate and key, and a digest of both; the zero digest stands for
// files that cannot be read.
func (c *Certificate) read() (pair [2][]byte, digest [sha256.Size]byte, err error) {
	for i, path := range []string{c.certificateFile, c.keyFile} {
		if pair[i], err = os.ReadFile(path); err != nil { //nolint:gosec // the operator names the file
			return pair, digest, errs.Wrap(err, errs.Invalid, "the certificate or its key cannot be read: check tlsCertificateFile and tlsKeyFile")
		}
	}
	return pair, sha256.Sum256(bytes.Join(pair[:], []byte{0})), nil
}

func (c *Certificate) load(pair [2][]byte) (tls.Certificate, error) {
	loaded, err := tls.X509KeyPair(pair[0], pair[1])
	if err != nil {
		return loaded, errs.Wrap(err, errs.Invalid, "tlsCertificateFile and tlsKeyFile are no pair of certificate and key in PEM")
	}
	if !loaded.Leaf.NotAfter.After(c.now()) {
		return loaded, errs.New(errs.Invalid, "the certificate of tlsCertificateFile has ended: renew it")
	}
	return loaded, nil
}
