package operation

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/internal/errs"
)

// TestEveryRootFieldHasItsNeed: the table and the schema name the same, and nobody
// without permissions may do any of it.
func TestEveryRootFieldHasItsNeed(t *testing.T) {
	raw, err := os.ReadFile("../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	for op, def := range map[ast.Operation]*ast.Definition{ast.Query: s.Query, ast.Mutation: s.Mutation} {
		var fields []string
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				fields = append(fields, f.Name)
			}
		}
		for _, f := range fields {
			n, ok := needs[op][f]
			if !ok {
				t.Errorf("%s %s has no need", op, f)
			} else if n.may(Permissions{}) {
				t.Errorf("%s %s is permitted to nobody in particular", op, f)
			}
		}
		for f := range needs[op] {
			if f != "__typename" && !slices.Contains(fields, f) {
				t.Errorf("the need of %s %s is about nothing", op, f)
			}
		}
	}
}

// TestAnUnknownFieldIsRefused: deny is the zero value.
func TestAnUnknownFieldIsRefused(t *testing.T) {
	all := Permissions{
		ReadOwn: true, ReadCase: true, Write: true, Register: true, Import: true, UndoImport: true, Consent: true, Refer: true, TakeOn: true, Assign: true, Sign: true,
		ReadDisclosures: true, ManageAgreement: true, Supervisor: true, CaseWork: true,
		AdministerAgency: true, AdministerPlatform: true, OperatePlatform: true, ShutDown: true, AskErasure: true, DecideErasure: true, Join: true, BreakGlass: true, Oversee: true, EnterBasis: true, CheckBasis: true, ReadRefusals: true,
	}
	for _, op := range []ast.Operation{ast.Query, ast.Mutation, ast.Subscription} {
		def := &ast.OperationDefinition{Operation: op, SelectionSet: ast.SelectionSet{&ast.Field{Name: "somethingNew"}}}
		if err := (&Extension{}).permitted(def, false, all); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("an unknown %s: %v", op, err)
		}
	}
}
