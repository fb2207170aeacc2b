package attack

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

const asWhereabouts = "records a part by the functions by which RecordWhereabouts does"

// withoutPair are the verbs that change facts or gates and need no pair, each with why.
var withoutPair = map[string]string{
	"casework.RegisterCase":           "nobody else knows the case before it is committed",
	"casework.CommitImport":           "nobody else knows the cases before they are committed",
	"casework.AssignedTo":             "is a filter: it changes nothing",
	"casework.Worklist":               "reads: it changes nothing",
	"casework.RecordFamily":           asWhereabouts,
	"casework.RecordProtection":       asWhereabouts,
	"casework.RecordHealth":           asWhereabouts,
	"casework.RecordHealthRestricted": asWhereabouts,
	"casework.RecordAssistance":       asWhereabouts,
	"casework.RecordProceeding":       asWhereabouts,
	"onboarding.AddAgency":            "the agency's gate is new: nothing rests on it yet",
	"onboarding.Bootstrap":            "runs on an empty database",
	"onboarding.ProposeAgreement":     "the agreement's gate is new and shut",
	"onboarding.ProposeBetween":       "as ProposeAgreement",
	"onboarding.SignAgreement":        "opens a gate as ResumeAgreement does; two at once: onboarding_test.go",
	"onboarding.ShutDownAgreement":    "shuts a gate as SuspendAgreement does",
	"onboarding.EndAgreement":         "shuts a gate as SuspendAgreement does",
	"onboarding.SuspendAgency":        "shuts a gate as SuspendAgreement does",
	"onboarding.Approve":              "opens a gate as ResumeAgreement does; two at once: onboarding_test.go",
	"onboarding.ProposeSignIn":        "settles a proposal of its own kind, which changes no gate",
	"onboarding.Offboard":             "ends each referral under its case's lock, as RevokeReferral does; offboarding_test.go",
	"onboarding.EndSharing":           "the first steps of Offboard",
	"casework.RecordGuardianship":     "opens and closes nothing by itself: statements name it",
	"casework.RecordIncapacity":       "what stood before stays; about what is said later it decides as CorrectIdentity does about age",
	"casework.EndIncapacity":          "as RecordIncapacity",
	"casework.StartRecovery":          "about what starts later it decides as RecordIncapacity does; what is open stays",
	"casework.ChangeRecovery":         "as StartRecovery",
	"casework.EnterLegalBasis":        "what waits is no fact: nothing is evaluated",
	"casework.EndBreakGlass":          "shuts under the case's lock, as LockCase does",
	"casework.ReviewBreakGlass":       "changes no fact: the search takes the entity that it reads for the verb of that name",
	"casework.TellOfBreakGlass":       "as ReviewBreakGlass",
	"casework.UnlockCase":             "opens nothing: what was ended stays ended",
	"casework.ConfirmConsent":         "records a statement as RecordConsent does",
	"casework.RequestTracing":         "offers a referral by the function by which OfferReferral does",
	"casework.AskOnward":              "opens and closes nothing by itself: what is asked is no permission",
	"casework.OfferOnward":            "offers a referral under its case's lock as OfferReferral does; onward_test.go",
	"casework.AnswerOnward":           "as PermitContribution",
	"casework.PermitContribution":     "opens under its case's lock as RecordConsent does; onward_test.go",
	"casework.WithdrawPermission":     "closes under its case's lock as WithdrawConsent does; onward_test.go",
}

// Each verb that changes a fact of a case, or a gate, is in a pair.
func TestEveryFactChangingVerbHasAPair(t *testing.T) {
	t.Parallel()
	w := world.OnSQLite(t, world.Options{})
	paired := map[string]bool{}
	for _, p := range pairs {
		_, a, b := p.setup(w)
		paired[a.verb], paired[b.verb] = true, true
	}
	changing := append(factVerbs(t, "casework"), factVerbs(t, "onboarding")...)
	for _, want := range []string{"casework.AcceptReferral", "casework.WithdrawConsent", "casework.RecordContact", "casework.CorrectIdentity", "onboarding.ResumeAgreement"} {
		if !slices.Contains(changing, want) {
			t.Errorf("%s is not found to change anything: the search is blind", want)
		}
	}
	for _, v := range changing {
		_, name, _ := strings.Cut(v, ".")
		if reason, is := withoutPair[v]; is == paired[name] {
			t.Errorf("%s changes facts or a gate: has it a pair? %v; does it need none, %q?", v, paired[name], reason)
		}
	}
	for v := range withoutPair {
		if !slices.Contains(changing, v) {
			t.Errorf("%s is excused and changes nothing", v)
		}
	}
}

// factVerbs are the exported functions of a package of services that come to change a
// fact of a case or a gate.
func factVerbs(t *testing.T, pkg string) []string {
	t.Helper()
	paths, err := filepath.Glob("../../services/" + pkg + "/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files of %s: %v", len(paths), pkg, err)
	}
	calls, changes := map[string][]string{}, map[string]bool{}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.SelectorExpr:
					calls[fn.Name.Name] = append(calls[fn.Name.Name], x.Sel.Name)
					if on, ok := x.X.(*ast.Ident); ok && on.Name == "op" && slices.Contains([]string{"Touch", "Contributed"}, x.Sel.Name) || suspends(x) {
						changes[fn.Name.Name] = true
					}
				case *ast.Ident:
					calls[fn.Name.Name] = append(calls[fn.Name.Name], x.Name)
					if x.Name == "SetGate" {
						changes[fn.Name.Name] = true
					}
				}
				return true
			})
			if writesFact(fn.Body) {
				changes[fn.Name.Name] = true
			}
		}
	}
	delete(changes, "SetGate")
	for again := true; again; {
		again = false
		for name, called := range calls {
			if !changes[name] && slices.ContainsFunc(called, func(c string) bool { return changes[c] }) {
				changes[name], again = true, true
			}
		}
	}
	var out []string
	for name := range changes {
		if ast.IsExported(name) && name != "SetGate" {
			out = append(out, pkg+"."+name)
		}
	}
	slices.Sort(out)
	return out
}

// suspends is AgreementParty.…SetSuspendedOn, on which a trigger shuts the gate.
func suspends(x *ast.SelectorExpr) bool { return x.Sel.Name == "SetSuspendedOn" }

// writesFact finds op.ENTITY.Create, Update, UpdateOneID, CreateBulk or Delete of what
// policy decides on.
func writesFact(body ast.Node) (found bool) {
	facts := []string{"CaseFile", "Person", "Consent", "Provision", "Referral", "Assignment", "Guardianship", "BestInterests", "InterestsSignature", "Incapacity", "RecoveryPeriod", "LegalBasis", "Permission", "BreakGlass", "CaseLock"}
	writes := []string{"Create", "CreateBulk", "Update", "UpdateOneID", "Delete"}
	ast.Inspect(body, func(n ast.Node) bool {
		verb, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(writes, verb.Sel.Name) {
			return true
		}
		if of, ok := verb.X.(*ast.SelectorExpr); ok && slices.Contains(facts, of.Sel.Name) {
			found = true
		}
		return true
	})
	return found
}
