package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sqliteOnly are the tests that open a database of the embedded kind and none of
// PostgreSQL, each with why the kind of database cannot matter to it. Whatever touches
// storage runs on both.
var sqliteOnly = map[string]string{
	"graph/transport_test.go TestOneObjectAndNothingAfter":             "a body is refused before anything is read",
	"graph/transport_test.go TestNoOtherProtocol":                      "what the transport speaks is settled before anything is read",
	"graph/transport_test.go TestHashesAreNotKept":                     "nothing is stored, and that is the test",
	"graph/transport_test.go TestOnlyItsOwnToken":                      "a token is refused before anything of a case is read",
	"graph/requests_test.go TestIntrospectionCycle":                    "the schema lies in the program",
	"services/serve/front_test.go TestRequestIDs":                      "ids are given by the server's front",
	"services/serve/front_test.go TestPanics":                          "the panics are in the front; the operation's own: graph/panic_test.go, on both",
	"services/serve/tls_test.go TestTLS":                               "certificates lie in files",
	"services/serve/canary_test.go TestTracesAreOff":                   "nothing that is stored is traced; canaries in traces: TestNothingTypedGetsOut, on PostgreSQL",
	"services/demo/demo_test.go TestAnotherPolicyIsNotAnsweredUnder":   "the demonstration is on SQLite alone; a server on either: test/cli/serve_test.go",
	"test/cli/policy_test.go TestWhatIsWrongWithABundleIsSaid":         "a bundle is refused before a row is read; what a sound one does: change_test.go, on PostgreSQL",
	"test/cli/login_test.go TestLogin":                                 "the device grant is between command and issuer; what a token opens: TestServe, on both",
	"test/cli/signal_test.go TestSignals":                              "signals reach the process; what a killed one leaves stored: fault_test.go, on PostgreSQL",
	"test/scenario/access_test.go TestGraphiQL":                        "pages lie in the program",
	"test/e2e/runbooks_test.go prepare":                                "it lends its issuers alone; what the scripts serve lies on PostgreSQL",
	"test/operator/main_test.go founded":                               "the operator knows the API alone; what that stores: test/scenario/onboarding_test.go, on both",
	"test/proof/composition_test.go TestRolesAddUp":                    "roles are decided before a row is read",
	"test/proof/composition_test.go TestRolesShowTheUnion":             "roles take down no wall; each wall alone and both databases: test/attack/walls_test.go, doors_test.go",
	"test/proof/worlds_test.go TestTwoWorldsDifferWithoutWalls":        "shows what leaks where nothing stands, which PostgreSQL's own wall would not let it",
	"test/attack/revise_test.go changes":                               "it opens whichever kind the world is of; its tests run on both",
	"test/attack/race_verbs_test.go TestEveryFactChangingVerbHasAPair": "pairs are set up to read which verbs they are of; they race in race_test.go, on both",
}

// TestStorageIsTestedOnBothDatabases: a test that opens a database of one kind only is in
// the table, or runs on both.
func TestStorageIsTestedOnBothDatabases(t *testing.T) {
	found, both := map[string]bool{}, 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		in, err := filepath.Rel(filepath.Join("..", ".."), path)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			name := "a variable"
			if fn, ok := decl.(*ast.FuncDecl); ok {
				name = fn.Name.Name
			}
			switch sqlite, postgres := opens(decl); {
			case sqlite && postgres:
				both++
			case sqlite:
				found[filepath.ToSlash(in)+" "+name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if both < 5 {
		t.Errorf("only %d functions are found to open databases of both kinds: the search is blind", both)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if sqliteOnly[name] == "" {
			t.Errorf("%s opens a database of SQLite only: run it on PostgreSQL too, or say in the table why that cannot matter", name)
		}
	}
	for name := range sqliteOnly {
		if !found[name] {
			t.Errorf("%s is excused, and opens no database of SQLite only", name)
		}
	}
}

// opens reports which kinds of database a declaration opens.
func opens(decl ast.Decl) (sqlite, postgres bool) {
	ast.Inspect(decl, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			sqlite = sqlite || id.Name == "OnSQLite" || id.Name == "OpenSQLite"
			postgres = postgres || strings.EqualFold(id.Name, "OnPostgres") || id.Name == "OpenPostgres"
		}
		return true
	})
	return sqlite, postgres
}

// TestOneKindOnlyIsFound: the check above finds what it is for.
func TestOneKindOnlyIsFound(t *testing.T) {
	for body, want := range map[string][2]bool{
		"world.OnSQLite(t, o)":                           {true, false},
		"both(t, f)":                                     {false, false},
		"world.OnSQLite(t, o); onPostgres(t)":            {true, true},
		"store.OpenSQLite(p, o); store.OpenPostgres(p)":  {true, true},
		"func() { go world.OnSQLite(t, o) }()":           {true, false},
		`t.Log("world.OnSQLite") // OnSQLite, in a word`: {false, false},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "a.go", "package a\nfunc f() { "+body+"\n}", 0)
		if err != nil {
			t.Fatal(err)
		}
		if sqlite, postgres := opens(f.Decls[0]); [2]bool{sqlite, postgres} != want {
			t.Errorf("%s: SQLite %v, PostgreSQL %v, want %v", body, sqlite, postgres, want)
		}
	}
}
