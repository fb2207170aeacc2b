package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/sala-exchange/sala/graph/generated"
	"github.com/sala-exchange/sala/graph/limit"
	"github.com/sala-exchange/sala/internal/errs"
)

// CheckDocument says what is wrong with a document that is to be registered: it must be
// GraphQL that this program's schema answers, with one operation, within the limits that
// do not hang on variables. The text is its author's, so the error names places in it.
func CheckDocument(text string) error {
	if err := limit.Document(text); err != nil {
		return errs.New(errs.Invalid, "%s", err.Message)
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, limit.MaxTokens)
	if err != nil {
		return errs.New(errs.Invalid, "the document is not GraphQL: %s", err)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	if list := validator.ValidateWithRules(schema, doc, nil); len(list) > 0 {
		return errs.New(errs.Invalid, "the schema does not answer the document: %s", list[0])
	}
	if len(doc.Operations) != 1 {
		return errs.New(errs.Invalid, "the document has %d operations: give each a document of its own", len(doc.Operations))
	}
	if err := limit.Operation(doc.Operations[0]); err != nil {
		return errs.New(errs.Invalid, "%s", err.Message)
	}
	return nil
}
