// Package client talks to Sala's GraphQL API with a token, as any partner's own
// system would. The commands that touch case data are built on it.
//
// It promises that an error tells code and fields, never the request or the token.
// It opens no database and holds no policy.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
)

// Client is one endpoint with one token.
type Client struct {
	Endpoint string // URL of the GraphQL API
	Token    string
	HTTP     *http.Client // http.DefaultClient with a minute's patience where nil
}

// Failure is an answer that carries errors.
type Failure struct {
	Status int      // HTTP status
	Codes  []string // extensions.code of each error
	Fields []string // names of the fields concerned
	Text   string   // the first message, which is safe to show
	// Request is the id under which the server noted the request, or empty.
	Request string
}

// Kind is the kind of the first error.
func (f *Failure) Kind() errs.Kind {
	if len(f.Codes) > 0 {
		for k := errs.Internal; k <= errs.Unavailable; k++ {
			if k.Code() == f.Codes[0] {
				return k
			}
		}
	}
	switch {
	case f.Status == http.StatusUnauthorized:
		return errs.Unauthenticated
	case f.Status == http.StatusForbidden:
		return errs.Forbidden
	case f.Status >= 500 || f.Status == http.StatusTooManyRequests:
		return errs.Unavailable
	}
	return errs.Internal
}

// Error shows the first message with its code and the fields concerned.
func (f *Failure) Error() string {
	code := fmt.Sprintf("HTTP %d", f.Status)
	if len(f.Codes) > 0 && f.Codes[0] != "" {
		code = f.Codes[0]
	}
	text := code + ": " + f.Text
	if len(f.Fields) > 0 {
		text += " (" + strings.Join(f.Fields, ", ") + ")"
	}
	if f.Request != "" {
		text += " [request " + f.Request + "]"
	}
	return text
}

// maxAnswer bounds an answer: 64 MiB.
const maxAnswer = 64 << 20

// Do runs one operation and decodes its data into out, which may be nil. The raw
// body is returned for byte-for-byte comparison.
func (c *Client) Do(ctx context.Context, query string, variables map[string]any, out any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the variables cannot be sent")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the endpoint is not a URL")
	}
	req.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	h := c.HTTP
	if h == nil {
		// A redirect could lead the token elsewhere.
		h = &http.Client{Timeout: 5 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	res, err := h.Do(req)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "the API cannot be reached: check the endpoint")
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "the API's answer broke off: try again")
	}
	err = decode(res.StatusCode, raw, out)
	var f *Failure
	if errors.As(err, &f) {
		f.Request = res.Header.Get("X-Request-Id")
	}
	return raw, err
}

func decode(status int, raw []byte, out any) error {
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors []struct {
			Message    string `json:"message"`
			Extensions struct {
				Code   string   `json:"code"`
				Fields []string `json:"fields"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return &Failure{Status: status, Text: "the answer is not GraphQL"}
	}
	if len(answer.Errors) > 0 || status != http.StatusOK {
		f := &Failure{Status: status}
		for _, e := range answer.Errors {
			f.Codes = append(f.Codes, e.Extensions.Code)
			f.Fields = append(f.Fields, e.Extensions.Fields...)
			if f.Text == "" {
				f.Text = e.Message
			}
		}
		return f
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		return errs.Wrap(err, errs.Internal, "the answer has not the form that was asked for")
	}
	return nil
}
