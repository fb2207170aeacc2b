package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sala-exchange/sala/services/demo"
	"github.com/sala-exchange/sala/services/identity/devissuer"
)

// loopback is where a pod's own processes ask for tokens.
const loopback = "127.0.0.1:8081"

// accounts are those of the demonstration, the operator's client of the secretariat by the
// secret in VISITOR_CLIENT_SECRET, a program of LWU's that signs in by a key of those at
// VISITOR_KEYS, one more agency, and a counterpart, whose tokens are for VISITOR_DOOR.
func accounts() []devissuer.Agency {
	secret := os.Getenv("VISITOR_CLIENT_SECRET")
	all := demo.Accounts(map[string][]devissuer.Client{"secretariat": {{ID: "sala-operator", Secret: secret}}})
	for n := range all {
		if all[n].Code == "lwu" {
			all[n].Clients = append(all[n].Clients, devissuer.Client{ID: "lwu-connector", Keys: os.Getenv("VISITOR_KEYS")})
		}
	}
	return append(all,
		devissuer.Agency{Code: "harbour", Users: []devissuer.User{{Subject: "admin", Name: "administrator"}, {Subject: "worker", Name: "case worker"}}},
		devissuer.Agency{Code: "counterpart", Clients: []devissuer.Client{
			{ID: "statistics", Secret: secret, Audience: os.Getenv("VISITOR_DOOR")}, {ID: "press", Secret: secret, Audience: os.Getenv("VISITOR_DOOR")}}})
}

// issuer serves the issuers with the certificate in VISITOR_TLS.
func issuer(ctx context.Context, _ []string) error {
	i, err := devissuer.New(devissuer.Config{
		EmbeddedDatabase: true, // no real person is in the database of a test
		BaseURL:          issuers(), Audience: os.Getenv("VISITOR_AUDIENCE"), Agencies: accounts(),
	})
	if err != nil {
		return err
	}
	tokens := http.NewServeMux()
	tokens.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
		token, err := i.Mint(r.FormValue("agency"), r.FormValue("subject"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(token))
	})
	near := &http.Server{Addr: loopback, Handler: tokens, ReadHeaderTimeout: time.Second}
	far := &http.Server{Addr: ":8443", Handler: i.Handler(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	ended := make(chan error, 2)
	go func() { ended <- near.ListenAndServe() }()
	go func() {
		dir := os.Getenv("VISITOR_TLS")
		ended <- far.ListenAndServeTLS(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	}()
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	return errors.Join(err, near.Close(), far.Close())
}
