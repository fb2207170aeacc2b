package proof

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gql "github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/viewer"
)

// refusing is a desk at which policy permits nothing, and which counts what it is asked.
type refusing struct{ asked, begun int }

func (r *refusing) Permit(context.Context, *viewer.Viewer, category.Purpose) (operation.Permissions, error) {
	r.asked++
	return operation.Permissions{}, nil
}

func (r *refusing) Begin(ctx context.Context, _ rule.Scope, _ bool) (context.Context, *store.Op, error) {
	r.begun++
	return ctx, nil, context.Canceled
}

func (r *refusing) Disclose(context.Context, *store.Op) error { return nil }

// TestEveryRootFieldAsksPolicy: whatever the schema offers asks policy once, and where it
// permits nothing no transaction is even begun. __typename, which tells of the schema
// alone, is the one that does not care, and shows that the test would tell.
func TestEveryRootFieldAsksPolicy(t *testing.T) {
	t.Parallel()
	desk := &refusing{}
	h, err := graph.NewHandler(graph.Config{Desk: desk, CursorKey: make([]byte, 32), Streams: &graph.Streams{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := viewer.NewContext(t.Context(), &viewer.Viewer{Agency: "agency_x", Member: "member_x"})
	sdl, fields := schema(t), 0
	for op, def := range map[string]*gql.Definition{"query": sdl.Query, "mutation": sdl.Mutation} {
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			fields++
			d := &draft{asker: &asker{sdl: sdl, ids: []string{"x"}, cases: []string{"x"}, words: []string{"x"}}, Rand: rand.New(rand.NewPCG(1, 1)), left: 3}
			*desk = refusing{}
			got := posted(ctx, h, op+" @purpose(of: ASSISTANCE) { "+f.Name+d.arguments(f)+leaf(sdl, f)+" }")
			if desk.asked != 1 || desk.begun != 0 || !strings.Contains(got, `"code":"FORBIDDEN"`) {
				t.Errorf("%s: policy was asked %d times, %d transactions: %s", f.Name, desk.asked, desk.begun, got)
			}
		}
	}
	*desk = refusing{}
	if posted(ctx, h, "query { __typename }"); desk.begun != 1 {
		t.Error("what asks nothing is not told from what does")
	}
	t.Logf("%d root fields", fields)
}

// leaf asks for the name of the field's type alone.
func leaf(sdl *gql.Schema, f *gql.FieldDefinition) string {
	if sdl.Types[f.Type.Name()].IsCompositeType() {
		return " { __typename }"
	}
	return ""
}

// behindNoField are the verbs that no root field leads to, each with who is asked instead.
var behindNoField = map[string]string{
	"onboarding.AddAgency": "makes an agency of a demonstration or a test; the first come in by Bootstrap, the others by two people (Approve)",
	"onboarding.SetPolicy": "the operator's, who installs a signed policy: policy cannot be asked about itself",
	"onboarding.Bootstrap": "makes the first two agencies and their administrators on an empty database: the operator's",
}

// TestEveryVerbIsBehindPolicy: each exported function of casework and onboarding that works
// within an operation is called by a resolver, or by another that is, or is listed here
// with why; so it is behind a root field, which asks policy (TestEveryRootFieldAsksPolicy),
// and within an operation, whose every statement carries the access predicate
// (ent/store/walls.go; test/attack/walls_test.go). No resolver opens an operation itself.
func TestEveryVerbIsBehindPolicy(t *testing.T) {
	t.Parallel()
	called := map[string]bool{}
	for _, f := range parsed(t, "../../graph/resolver/*.go") {
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if on, ok := s.X.(*ast.Ident); ok {
					called[on.Name+"."+s.Sel.Name] = true
				}
			}
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) >= 3 {
				if s, ok := call.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Begin" || s.Sel.Name == "Run") {
					t.Errorf("a resolver opens an operation past the one that policy was asked for")
				}
			}
			return true
		})
	}
	verbs := 0
	for _, pkg := range []string{"casework", "onboarding"} {
		uses := calls(t, pkg)
		reached := map[string]bool{}
		for again := true; again; {
			again = false
			for name, called2 := range uses {
				for c := range called2 {
					if (called[pkg+"."+name] || reached[name]) && !reached[c] {
						reached[c], again = true, true
					}
				}
			}
		}
		for _, v := range exported(t, pkg) {
			verbs++
			is, why := called[pkg+"."+v] || reached[v], behindNoField[pkg+"."+v]
			if is == (why != "") {
				t.Errorf("%s.%s: behind a root field %v, excused by %q: does anything ask policy?", pkg, v, is, why)
			}
		}
		if slices.Contains(exported(t, pkg), "NothingAsksForThis") {
			t.Error("a verb that is nowhere is found")
		}
	}
	t.Logf("%d verbs", verbs)
	if verbs < 60 {
		t.Error("the search is blind")
	}
}

func parsed(t *testing.T, pattern string) (out []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// exported are a package's functions that take an operation.
func exported(t *testing.T, pkg string) (out []string) {
	for _, f := range parsed(t, "../../services/"+pkg+"/*.go") {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !fn.Name.IsExported() {
				continue
			}
			for _, p := range fn.Type.Params.List {
				if star, ok := p.Type.(*ast.StarExpr); ok {
					if s, ok := star.X.(*ast.SelectorExpr); ok && s.Sel.Name == "Op" {
						out = append(out, fn.Name.Name)
					}
				}
			}
		}
	}
	return out
}

// calls are, of each function of a package, the names that it uses.
func calls(t *testing.T, pkg string) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, f := range parsed(t, "../../services/"+pkg+"/*.go") {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			out[fn.Name.Name] = map[string]bool{}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					out[fn.Name.Name][id.Name] = true
				}
				return true
			})
		}
	}
	return out
}
