// Package transport takes GraphQL operations in over HTTP and answers them, for every API
// of Sala.
//
// It promises that only POST with JSON is answered, that nothing runs that is not
// registered where documents are, and that a refused request is not repeated to its
// sender. It knows no schema.
package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/sala-exchange/sala/graph/limit"
	"github.com/sala-exchange/sala/graph/present"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/request"
)

// Post is the only transport: POST with a JSON body of bounded size in UTF-8. A page
// of another origin cannot send that without asking first, which is answered
// nowhere (threats.md 33). gqlgen's own repeats a malformed body in its error.
type Post struct {
	// Admit takes one operation in, whose request has arrived wholly, or says that there
	// are too many; release is called at its end. Nil takes in all.
	Admit func() (release func(), admitted bool)
	// Registered are the documents that are answered; nil answers any.
	Registered func() *document.Set
	// Events answers a subscription. Nil: the schema has none.
	Events func(http.ResponseWriter, *http.Request, graphql.GraphExecutor, *graphql.RawParams)
}

// Supports takes every request, so that Do answers each in the same form.
func (Post) Supports(*http.Request) bool { return true }

// Do answers one request: 200 for whatever reached GraphQL, 405, 415, 413 or 400 for
// what did not, 503 where too many are under way.
func (p Post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := r.Context()
	start := graphql.Now()
	params, status, err := read(w, r)
	if err == nil {
		status, err = http.StatusBadRequest, p.known(params)
	}
	if err != nil {
		Write(ctx, w, status, exec.DispatchError(ctx, gqlerror.List{present.Request(err)}))
		return
	}
	release := func() {}
	if p.Admit != nil {
		free, admitted := p.Admit()
		if !admitted {
			w.Header().Set("Retry-After", "1")
			err := errs.New(errs.Unavailable, "the server has as many operations under way as it may: try again in a second")
			Write(ctx, w, http.StatusServiceUnavailable, exec.DispatchError(ctx, gqlerror.List{present.Request(err)}))
			return
		}
		release = sync.OnceFunc(free)
	}
	defer release()
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	oc, refused := exec.CreateOperationContext(ctx, &params.RawParams)
	if refused != nil {
		Write(ctx, w, http.StatusOK, exec.DispatchError(graphql.WithOperationContext(ctx, oc), refused))
		return
	}
	request.From(ctx).SetOperation(string(oc.Operation.Operation))
	if oc.Operation.Operation == ast.Subscription && p.Events != nil {
		release()
		p.Events(w, r, exec, &params.RawParams)
		return
	}
	answers, ctx := exec.DispatchOperation(ctx, oc)
	answer := answers(ctx)
	if answer == nil { // the client has gone
		answer = present.Refusal(ctx, errs.New(errs.Unavailable, "the request ended before its answer: try again"))
	}
	Write(ctx, w, http.StatusOK, answer)
}

// asked is the body of a request.
type asked struct {
	graphql.RawParams
	// DocumentID names a registered document in place of its text.
	DocumentID string `json:"documentId"`
}

// known puts the text of the document in the place of its id, and refuses what is not
// registered where documents are (threats.md 28). A document is looked at no further.
func (p Post) known(a *asked) error {
	switch {
	case a.DocumentID != "" && a.Query != "":
		return errs.New(errs.Invalid, "send the document's text or its id, not both").WithFields("documentId")
	case p.Registered == nil && a.DocumentID != "":
		return errs.New(errs.Invalid, "no documents are registered here: send the text").WithFields("documentId")
	case p.Registered == nil:
		return nil
	case a.DocumentID != "":
		text, ok := p.Registered().Text(a.DocumentID)
		if !ok {
			return errs.New(errs.Invalid, "this document is not registered here: ask the platform's operator to register it").WithFields("documentId")
		}
		a.Query = text
	case !p.Registered().Has(a.Query):
		return errs.New(errs.Invalid, "this document is not registered here: ask the platform's operator to register it, byte for byte").WithFields("query")
	}
	return nil
}

func read(w http.ResponseWriter, r *http.Request) (*asked, int, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, http.StatusMethodNotAllowed, errs.New(errs.Invalid, "send the operation by POST")
	}
	kind, options, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := options["charset"]; err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, http.StatusUnsupportedMediaType, errs.New(errs.Invalid, "send the operation as Content-Type application/json in UTF-8")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit.MaxBody))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return nil, http.StatusRequestEntityTooLarge, errs.New(errs.Limited, "the request is longer than %d bytes: split it", limit.MaxBody)
	}
	if err != nil {
		return nil, http.StatusBadRequest, errs.Wrap(err, errs.Invalid, "the request broke off: send it again")
	}
	// encoding/json would replace malformed UTF-8 in silence, and store a changed name.
	if !utf8.Valid(body) {
		return nil, http.StatusBadRequest, errs.New(errs.Invalid, "the request is not valid UTF-8: encode it as UTF-8 and send it again")
	}
	params := &asked{RawParams: graphql.RawParams{Headers: r.Header}}
	if !decode(body, params) {
		return nil, http.StatusBadRequest, errs.New(errs.Invalid, "the request is not one JSON object with query or documentId, and variables")
	}
	return params, http.StatusOK, nil
}

// decode reports whether body is one JSON value for into and nothing behind it.
func decode(body []byte, into any) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(into) != nil {
		return false
	}
	_, err := d.Token() // d.More would take a closing bracket for the end
	return errors.Is(err, io.EOF)
}

// Write writes an answer and notes its outcome on the request.
func Write(ctx context.Context, w http.ResponseWriter, status int, answer *graphql.Response) {
	outcome := "OK"
	if len(answer.Errors) > 0 {
		outcome, _ = answer.Errors[0].Extensions["code"].(string)
	}
	request.From(ctx).SetOutcome(outcome)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The data are JSON already: encoding them would read all of them twice more.
	if ext, ok := extended(answer); ok {
		for _, part := range [][]byte{[]byte(`{"data":`), answer.Data, ext, []byte("}\n")} {
			if _, err := w.Write(part); err != nil { //nolint:gosec // JSON, said to be, to a client that is no page
				return // nobody is there to be told
			}
		}
		return
	}
	// An answer that cannot be written has nobody to be told to.
	_ = json.NewEncoder(w).Encode(answer)
}

// extended returns what stands behind the data of an answer without errors.
func extended(answer *graphql.Response) (behind []byte, ok bool) {
	if len(answer.Errors) > 0 || len(answer.Data) == 0 {
		return nil, false
	}
	if len(answer.Extensions) == 0 {
		return nil, true
	}
	ext, err := json.Marshal(answer.Extensions)
	return append([]byte(`,"extensions":`), ext...), err == nil
}
