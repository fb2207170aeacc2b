package region

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/region"
	"github.com/sala-exchange/sala/test/counterpart"
)

const asked = "{ releases { nodes { id } } }"

// holder has a key that tokens are bound to (RFC 9449).
type holder struct {
	key   jose.JSONWebKey
	print string
}

func newHolder(t *testing.T) *holder {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &holder{key: jose.JSONWebKey{Key: k}}
	print, err := h.key.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	h.print = base64.RawURLEncoding.EncodeToString(print)
	return h
}

// proof proves the key for one request with a token.
func (h *holder) proof(t *testing.T, token, method, url, id string) string {
	t.Helper()
	ath := sha256.Sum256([]byte(token))
	return counterpart.Signed(t, h.key, "dpop+jwt", map[jose.HeaderKey]any{"jwk": h.key.Public()}, map[string]any{
		"htm": method, "htu": url, "jti": id, "iat": time.Now().Unix(), "ath": base64.RawURLEncoding.EncodeToString(ath[:]),
	})
}

// TestATokenBoundToAKey is taken with a fresh proof of that key for this very request, by
// both doors, and never as a plain bearer; where no publicURL is set, not at all.
func TestATokenBoundToAKey(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	const at, file = "https://region.sala.example", "/releases/LA/corridors/1/data.csv"
	owner, thief := newHolder(t), newHolder(t)
	for _, public := range []string{at, ""} {
		d := open(t, func(c *region.Configuration) { c.PublicURL = public }, la)
		token := d.Issuer.Token(t, audience, map[string]any{"cnf": map[string]string{"jkt": owner.print}})
		send := func(scheme, proof, method, path string) int {
			header := http.Header{"Authorization": {scheme + " " + token}}
			if proof != "" {
				header.Set("DPoP", proof)
			}
			body := ""
			if method == http.MethodPost {
				body = counterpart.Query(asked)
			}
			status, _ := d.Send(t, d.Client(), method, path, header, body)
			return status
		}
		right := http.StatusOK
		if public == "" {
			right = http.StatusUnauthorized
		}
		first := owner.proof(t, token, "POST", at+"/graphql", "one")
		for _, c := range []struct {
			name                        string
			scheme, proof, method, path string
			status                      int
		}{
			{"with its proof", "DPoP", first, "POST", "/graphql", right},
			{"a file with its proof", "DPoP", owner.proof(t, token, "GET", at+file, "two"), "GET", file, right},
			{"the proof again", "DPoP", first, "POST", "/graphql", 401},
			{"as a plain bearer", "Bearer", "", "POST", "/graphql", 401},
			{"as a bearer with a proof", "Bearer", owner.proof(t, token, "POST", at+"/graphql", "three"), "POST", "/graphql", 401},
			{"without a proof", "DPoP", "", "POST", "/graphql", 401},
			{"with another key's proof", "DPoP", thief.proof(t, token, "POST", at+"/graphql", "four"), "POST", "/graphql", 401},
			{"with another path's proof", "DPoP", owner.proof(t, token, "GET", at+"/graphql", "five"), "GET", file, 401},
			{"with another server's proof", "DPoP", owner.proof(t, token, "POST", "https://sala.example/graphql", "six"), "POST", "/graphql", 401},
			{"with another token's proof", "DPoP", owner.proof(t, token+"x", "POST", at+"/graphql", "seven"), "POST", "/graphql", 401},
		} {
			if got := send(c.scheme, c.proof, c.method, c.path); got != c.status {
				t.Errorf("publicURL %q, %s: %d, want %d", public, c.name, got, c.status)
			}
		}
	}
}

// TestAProofCountsOnceInEachProcess: what docs/region.md says of several processes behind one
// address. None knows what another has seen; within one a proof is spent.
func TestAProofCountsOnceInEachProcess(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	const at = "https://region.sala.example"
	var issuers []region.Issuer
	first := open(t, func(c *region.Configuration) { c.PublicURL, issuers = at, c.Issuers }, la)
	second := open(t, func(c *region.Configuration) { c.PublicURL, c.Issuers = at, issuers }, la)
	owner := newHolder(t)
	token := first.Issuer.Token(t, audience, map[string]any{"cnf": map[string]string{"jkt": owner.print}})
	proof := owner.proof(t, token, "POST", at+"/graphql", "one")
	for _, c := range []struct {
		process string
		door    *door
		status  int
	}{{"the first", first, 200}, {"the first again", first, 401}, {"the second", second, 200}, {"the second again", second, 401}} {
		header := http.Header{"Authorization": {"DPoP " + token}, "Dpop": {proof}}
		if got, _ := c.door.Send(t, c.door.Client(), http.MethodPost, "/graphql", header, counterpart.Query(asked)); got != c.status {
			t.Errorf("%s process answers %d, want %d", c.process, got, c.status)
		}
	}
}

// certified is a client's certificate and its hash as a token has it (RFC 8705).
func certified(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}, base64.RawURLEncoding.EncodeToString(sum[:])
}

// running starts the program by a configuration with TLS and tells where it listens.
func running(t *testing.T, c *region.Configuration) (address string) {
	t.Helper()
	own, _ := certified(t)
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	c.TLSCertificateFile, c.TLSKeyFile, c.Address, c.OperationsAddress = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), "127.0.0.1:0", "127.0.0.1:0"
	err = errors.Join(os.WriteFile(c.TLSCertificateFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}), 0o600),
		os.WriteFile(c.TLSKeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	from, to := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- region.Run(ctx, c, to)
		_ = to.Close()
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving the API" {
			go func() { _, _ = io.Copy(io.Discard, from) }()
			return line.Address
		}
	}
	t.Fatal("the program does not say where it listens")
	return ""
}

// TestATokenBoundToACertificate is taken over a connection with that certificate alone, by
// the program that asks for certificates; where it does not, not at all.
func TestATokenBoundToACertificate(t *testing.T) {
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	own, print := certified(t)
	other, _ := certified(t)
	for asks, right := range map[bool]int{true: 200, false: 401} {
		i := counterpart.NewIssuer(t)
		c, err := region.ParseConfiguration([]byte("audience: " + audience + "\nanyDocument: true\nissuers: [{url: " + i.URL + ", counterpart: TH}]\nsources: [{country: LA, store: " + la.path + ", keys: [\"" + la.key + "\"]}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		c.ClientCertificates = asks
		over := &counterpart.Door{Server: &httptest.Server{URL: "https://" + running(t, c)}}
		token := i.Token(t, audience, map[string]any{"cnf": map[string]string{"x5t#S256": print}})
		for name, by := range map[string]struct {
			with   []tls.Certificate
			status int
		}{"its certificate": {[]tls.Certificate{own}, right}, "another": {[]tls.Certificate{other}, 401}, "none": {nil, 401}} {
			transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: by.with}}
			status, _ := over.Send(t, &http.Client{Transport: transport}, "POST", "/graphql", http.Header{"Authorization": {"Bearer " + token}}, counterpart.Query(asked))
			if transport.CloseIdleConnections(); status != by.status {
				t.Errorf("certificates asked for: %v, %s: %d, want %d", asks, name, status, by.status)
			}
		}
	}
}

// TestTraces: spans of the program's own words alone, and none where no collector is named.
func TestTraces(t *testing.T) {
	var sent bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(&sent, r.Body) }))
	t.Cleanup(collector.Close)
	la := newAuthority(t, "LA")
	la.publish(t, la.corridors(1, laoRows...))
	flush, err := region.Traces(&region.Configuration{TraceEndpoint: collector.URL + "/v1/traces", TraceShare: 1}).Start(t.Context(), logline.New(io.Discard, slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, nil, la)
	d.Ask(t, `query CanaryOperation { canaryalias: releases(id: "canaryvalue") { nodes { id } } }`)
	d.Do(t, "GET", "/releases/LA/canarypath/1/data.csv?canary=1", d.Token, "")
	d.Do(t, "POST", "/graphql", "canarytoken", "canarybody")
	flush(t.Context())
	for _, want := range []string{"sala-region", "request", "sala.outcome", "query", "WITHHELD", "UNAUTHENTICATED"} {
		if !strings.Contains(sent.String(), want) {
			t.Errorf("the traces do not hold %s", want)
		}
	}
	if text := sent.String() + d.log.String(); strings.Contains(strings.ToLower(text), "canary") || strings.Contains(text, "analyst") {
		t.Error("the traces or the log hold what a client typed, or who it was")
	}
}
