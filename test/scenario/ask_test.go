package scenario

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// answer is what the API said.
type answer struct {
	status int
	raw    string
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct {
			Code   string
			Fields []string
		}
	}
}

// code is the first error's code, empty where there is none.
func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return a.Errors[0].Extensions.Code
}

// payload is a mutation's answer under the alias `done`.
type payload struct {
	UserErrors []struct {
		Code    string
		Field   []string
		Message string
	}
}

// userError is the first user error's code, empty where there is none.
func (a answer) userError() string {
	var p payload
	if json.Unmarshal(a.Data["done"], &p) != nil || len(p.UserErrors) == 0 {
		return ""
	}
	return p.UserErrors[0].Code
}

// into decodes the data.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if len(a.Errors) > 0 {
		t.Fatalf("the API refuses: %s", a.raw)
	}
	b, err := json.Marshal(a.Data)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatalf("the answer has another form: %v: %s", err, a.raw)
	}
}

// officer asks as one member.
type officer struct {
	t     testing.TB
	url   string
	token string
}

func as(s *world.Server, agency, subject string) officer {
	return officer{s.T, s.URL, s.Token(agency, subject)}
}

// ask sends a document with its variables.
func (o officer) ask(document string, variables map[string]any) answer {
	o.t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		o.t.Fatal(err)
	}
	return o.send(body)
}

func (o officer) send(body []byte) answer {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.url, bytes.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+o.token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, raw: strings.TrimSpace(string(raw))}
	if err := json.Unmarshal(raw, &a); err != nil {
		o.t.Fatalf("the answer is not JSON: %s", raw)
	}
	return a
}
