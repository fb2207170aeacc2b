// Command visitor is what the tests on a cluster bring along: PostgreSQL, an OpenID issuer
// whose people sign in by being named, and members of the demonstration's agencies who ask
// Sala's API from inside a pod.
//
//	visitor postgres              run PostgreSQL (environment PG…, see postgres.go)
//	visitor sql                   run the statement on stdin there
//	visitor issuer                serve the issuers, and tokens on loopback
//	visitor join AGENCY           accept the invitation on stdin, enter the colleagues
//	visitor colleagues AGENCY     enter the colleagues of one who has joined
//	visitor approve AGENCY        give its yes to every open proposal
//	visitor sign                  sign the agreements as each party
//	visitor walk                  take the demonstration's walk-through
//	visitor ask AGENCY SUBJECT    run the query on stdin; prints the answer
//	visitor load                  ask until stdin ends; prints what came of it
//	visitor token AGENCY SUBJECT  print a token
//	visitor door AGENCY SUBJECT   fetch all that the counterparts' door serves, and verify it
//	                              by the key on stdin
//	visitor connect               as a program of an agency: sign in by what is in /client and
//	                              ask whom the API takes it for
//
// It must never be where real people's data are: whoever reaches its loopback is anybody.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/demo"
	"github.com/sala-exchange/sala/services/exchange/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "visitor:", err)
		os.Exit(1)
	}
}

// verbs are what is asked for, each with how many words follow it.
var verbs = map[string]struct {
	words int
	do    func(context.Context, []string) error
}{
	"postgres": {0, postgres},
	"sql":      {0, sql},
	"issuer":   {0, issuer},
	"join": {1, func(ctx context.Context, a []string) error {
		invitation, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		return there().Join(ctx, a[0], strings.TrimSpace(string(invitation)))
	}},
	"colleagues": {1, func(ctx context.Context, a []string) error { return there().Colleagues(ctx, a[0]) }},
	"approve":    {1, approve},
	"sign":       {0, func(ctx context.Context, _ []string) error { return there().Sign(ctx) }},
	"walk":       {0, func(ctx context.Context, _ []string) error { return there().Walk(ctx) }},
	"ask":        {2, ask},
	"load":       {0, load},
	"door":       {2, readDoor},
	"connect":    {0, connect},
	"token": {2, func(ctx context.Context, a []string) error {
		t, err := token(ctx, a[0], a[1])
		fmt.Print(t)
		return err
	}},
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("say what is wanted")
	}
	v, ok := verbs[args[0]]
	if !ok || len(args)-1 != v.words {
		return fmt.Errorf("%s: no such verb, or not with so many words", args[0])
	}
	return v.do(ctx, args[1:])
}

// endpoint is the API's URL, and issuers where its members sign in; both from the pod.
func endpoint() string { return os.Getenv("VISITOR_ENDPOINT") }
func issuers() string  { return os.Getenv("VISITOR_ISSUERS") }

func there() *demo.Elsewhere {
	return &demo.Elsewhere{As: as, Issuers: issuers() + "/issuer/", Out: os.Stdout}
}

func as(agency, subject string) (*client.Client, error) {
	t, err := token(context.Background(), agency, subject)
	return &client.Client{Endpoint: endpoint(), Token: t}, err
}

// token asks the issuer of this pod.
func token(ctx context.Context, agency, subject string) (string, error) {
	at := "http://" + loopback + "/token?" + url.Values{"agency": {agency}, "subject": {subject}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("asking for a token: %s: %s", res.Status, bytes.TrimSpace(raw))
	}
	return string(raw), err
}

// approve prints how many it has approved.
func approve(ctx context.Context, a []string) error {
	c, err := as(a[0], "platform")
	if err != nil {
		return err
	}
	open, err := apply.Proposals(ctx, c)
	if err != nil {
		return err
	}
	for _, p := range open {
		if err := apply.Decide(ctx, c, "approve", p.ID); err != nil {
			return err
		}
	}
	fmt.Print(len(open))
	return nil
}

func ask(ctx context.Context, a []string) error {
	query, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	c, err := as(a[0], a[1])
	if err != nil {
		return err
	}
	raw, err := c.Do(ctx, string(query), nil, nil)
	_, _ = os.Stdout.Write(raw)
	return err
}
