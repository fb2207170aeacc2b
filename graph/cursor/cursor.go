// Package cursor seals the API's cursors.
//
// It promises that a cursor tells nothing and is good only for the viewer and the list
// that it was given for. It reads no row.
package cursor

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// Cursors seals and opens the API's cursors. A cursor is encrypted and bound to
// the viewer, the purpose, the list with its filter and order (threats.md 17); the
// same place gives the same cursor. The nonce is derived from what is sealed, as
// in the SIV construction.
type Cursors struct {
	aead  cipher.AEAD
	nonce []byte // key of the nonce's derivation
}

// MinKey is the least length of a cursor key in bytes.
const MinKey = 32

// NewCursors derives the sealer from a key of at least MinKey random bytes.
func NewCursors(key []byte) (*Cursors, error) {
	if len(key) < MinKey {
		return nil, errs.New(errs.Invalid, "the cursor key is shorter than %d bytes: make one with a random generator", MinKey)
	}
	block, err := aes.NewCipher(derive(key, "sala cursor v1 seal"))
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "making the cursor cipher failed")
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "making the cursor cipher failed")
	}
	return &Cursors{aead: aead, nonce: derive(key, "sala cursor v1 nonce")}, nil
}

func derive(key []byte, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		m.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return m.Sum(nil)
}

// place is what a cursor says: the row and the value that it is ordered by.
type place struct {
	ID    string `json:"i"`
	Value *int64 `json:"v,omitempty"`
}

// Seal returns the cursor's text, bound to the words given.
func (c *Cursors) Seal(cur ent.Cursor, bound string) (string, error) {
	p := place{ID: cur.ID}
	switch v := cur.Value.(type) {
	case nil:
	case int64:
		p.Value = &v
	default:
		return "", errs.New(errs.Internal, "a cursor over a value that is no time")
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return "", errs.Wrap(err, errs.Internal, "sealing a cursor failed")
	}
	nonce := derive(c.nonce, bound, string(plain))[:c.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(c.aead.Seal(nonce, nonce, plain, []byte(bound))), nil
}

// Open reads a cursor that Seal made for the same words. Every other text is
// INVALID.
func (c *Cursors) Open(text, bound string) (ent.Cursor, error) {
	refused := errs.New(errs.Invalid, "the cursor is not one of this list as you asked for it: take it from pageInfo of the same query").WithFields("after")
	const longest = 512
	if len(text) > longest {
		return ent.Cursor{}, refused
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	// The decoder skips line breaks: one cursor has one spelling.
	if err != nil || len(raw) < c.aead.NonceSize() || strings.ContainsAny(text, "\r\n") {
		return ent.Cursor{}, refused
	}
	n := c.aead.NonceSize()
	plain, err := c.aead.Open(nil, raw[:n], raw[n:], []byte(bound))
	if err != nil {
		return ent.Cursor{}, refused
	}
	var p place
	if err := json.Unmarshal(plain, &p); err != nil {
		return ent.Cursor{}, refused
	}
	out := ent.Cursor{ID: p.ID}
	if p.Value != nil {
		out.Value = *p.Value
	}
	return out, nil
}

type cursorsKey struct{}

// WithCursors returns ctx with the sealer, for the scalar's functions.
func WithCursors(ctx context.Context, c *Cursors) context.Context {
	return context.WithValue(ctx, cursorsKey{}, c)
}

// MarshalCursor writes a cursor for the viewer of ctx and the list that is being
// resolved.
func MarshalCursor(cur ent.Cursor) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(ctx context.Context, w io.Writer) error {
		c, bound, err := binding(ctx)
		if err != nil {
			return err
		}
		text, err := c.Seal(cur, bound)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, strconv.Quote(text))
		return err
	})
}

// UnmarshalCursor reads a cursor of the viewer of ctx and of the list whose
// argument it is. The error is INVALID.
func UnmarshalCursor(ctx context.Context, v any) (ent.Cursor, error) {
	c, bound, err := binding(ctx)
	if err != nil {
		return ent.Cursor{}, err
	}
	text, _ := v.(string)
	return c.Open(text, bound)
}

// binding names what a cursor is good for: agency, member, purpose, root field and
// its arguments but for the page itself, and the list within it where there is one.
func binding(ctx context.Context) (*Cursors, string, error) {
	c, ok := ctx.Value(cursorsKey{}).(*Cursors)
	scope, err := rule.ScopeOf(ctx)
	var root, list *graphql.FieldContext
	for f := graphql.GetFieldContext(ctx); f != nil; f = f.Parent {
		if f.Field.Field == nil { // an element of a list, or the operation itself
			continue
		}
		root = f
		if list == nil && f.Field.Definition != nil && f.Field.Definition.Arguments.ForName("after") != nil {
			list = f
		}
	}
	if !ok || err != nil || root == nil {
		return nil, "", errs.New(errs.Internal, "a cursor outside an operation")
	}
	args := root.Field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
	delete(args, "first")
	delete(args, "after")
	bound := []any{scope.Agency, scope.Member, scope.Purpose, root.Field.Name, args}
	if list != nil && list != root {
		bound = append(bound, list.Object, list.Field.Name) // a list within it
	}
	words, err := json.Marshal(bound)
	if err != nil {
		return nil, "", errs.Wrap(err, errs.Internal, "binding a cursor failed")
	}
	return c, string(words), nil
}
