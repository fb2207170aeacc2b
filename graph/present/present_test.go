package present

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/sala-exchange/sala/internal/errs"
)

// shownAs is the whole outward form of an error.
func shownAs(t *testing.T, err error) (code, whole string) {
	t.Helper()
	e := Error(context.Background(), err)
	raw, wrong := json.Marshal(e)
	if wrong != nil {
		t.Fatal(wrong)
	}
	code, _ = e.Extensions["code"].(string)
	return code, string(raw)
}

// TestErrorHidesCauses: what is not made for showing is one sentence, however it is
// wrapped (threats.md 0.7).
func TestErrorHidesCauses(t *testing.T) {
	cause := errors.New("Canary: invalid input syntax")
	for what, c := range map[string]struct {
		err  error
		code string
	}{
		"a driver's error":      {cause, "INTERNAL"},
		"in gqlgen's wrapping":  {&gqlerror.Error{Err: cause, Message: "Canary"}, "INTERNAL"},
		"ours with a cause":     {errs.Wrap(cause, errs.Unavailable, "the record is not there"), "UNAVAILABLE"},
		"ours, wrapped":         {fmt.Errorf("Canary: %w", errs.New(errs.Withheld, "nothing")), "WITHHELD"},
		"ours in gqlgen's":      {&gqlerror.Error{Err: errs.Wrap(cause, errs.Invalid, "wrong"), Message: "Canary"}, "INVALID"},
		"internal of ours":      {errs.New(errs.Internal, "Canary in a resolver"), "INTERNAL"},
		"a message alone":       {&gqlerror.Error{Message: "Canary"}, "INTERNAL"},
		"an unknown rule":       {&gqlerror.Error{Rule: "SomethingNew", Message: "Canary"}, "INTERNAL"},
		"a value":               {validation("ValuesOfCorrectType", `Value "Canary" does not exist in "Sex!" enum.`), "INVALID"},
		"a value that pretends": {validation("ValuesOfCorrectType", `Expected value "Field "X.y" of required type "T!" was not provided.Canary`), "INVALID"},
		"a field that pretends": {validation("ValuesOfCorrectType", `Field "X.Canary y" of required type "T!" was not provided.`), "INVALID"},
		"a line more":           {validation("ValuesOfCorrectType", "Field \"X.y\" of required type \"T!\" was not provided.\nCanary"), "INVALID"},
		"a parse":               {&gqlerror.Error{Message: "Unexpected Canary", Extensions: map[string]any{"code": "GRAPHQL_PARSE_FAILED"}}, "INVALID"},
		"other extensions":      {&gqlerror.Error{Err: errs.New(errs.Invalid, "wrong"), Extensions: map[string]any{"value": "Canary"}}, "INVALID"},
		"a panic":               {Recover(context.Background(), "Canary"), "INTERNAL"},
		"an unknown field": {&gqlerror.Error{Message: "unknown field", Path: ast.Path{ast.PathName("variable"), ast.PathName("in"), ast.PathName("Canary")},
			Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}}, "INVALID"},
	} {
		code, whole := shownAs(t, c.err)
		if code != c.code || strings.Contains(whole, "Canary") {
			t.Errorf("%s: %s, want %s", what, whole, c.code)
		}
	}
}

// TestErrorShowsWhatMayBeShown: else nobody could mend a document.
func TestErrorShowsWhatMayBeShown(t *testing.T) {
	for says, err := range map[string]error{
		`Field \"ContactInput.channel\" of required type \"ContactChannel!\" was not provided.`: validation("ValuesOfCorrectType", `Field "ContactInput.channel" of required type "ContactChannel!" was not provided.`),
		`Cannot query field`: validation("FieldsOnCorrectType", `Cannot query field "x" on type "Y".`),
		`"fields":["in.names.0"]`: &gqlerror.Error{Message: "must be defined", Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"},
			Path: ast.Path{ast.PathName("variable"), ast.PathName("in"), ast.PathName("names"), ast.PathIndex(0)}},
	} {
		if _, whole := shownAs(t, err); !strings.Contains(strings.ReplaceAll(whole, "[0]", ".0"), says) {
			t.Errorf("%s does not say %s", whole, says)
		}
	}
	e := Error(context.Background(), errs.New(errs.Stale, "read it again").WithFields("names"))
	if e.Message != "read it again" || e.Extensions["code"] != "STALE" || !reflect.DeepEqual(e.Extensions["fields"], []string{"names"}) {
		t.Errorf("ours: %v %v", e.Message, e.Extensions)
	}
}

func validation(rule, message string) error {
	return &gqlerror.Error{Rule: rule, Message: message, Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}}
}

// TestRefusalHasNoData: an error stands alone.
func TestRefusalHasNoData(t *testing.T) {
	raw, err := json.Marshal(Refusal(context.Background(), errors.New("Canary")))
	if err != nil || !strings.Contains(string(raw), `"data":null`) || strings.Contains(string(raw), "Canary") {
		t.Errorf("%s, %v", raw, err)
	}
}
