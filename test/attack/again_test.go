package attack

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/departure"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// twice is one verb with its input; known holds what verbs before it returned.
type twice struct {
	verb string
	who  func(w *world.World) rule.Scope
	do   func(ctx context.Context, op *store.Op, w *world.World, known map[string]string) (string, error)
	// other is the same code with other content, which is refused; nil where there is none.
	other func(ctx context.Context, op *store.Op, w *world.World, known map[string]string) error
}

func admin(code string) func(*world.World) rule.Scope {
	return func(w *world.World) rule.Scope { return w.AsAdmin(code) }
}

func platformOf(code string) func(*world.World) rule.Scope {
	return func(w *world.World) rule.Scope { return w.AsPlatform(code) }
}

// byID makes a verb of one id, named by what an earlier verb returned.
func byID(verb func(context.Context, *store.Op, string) error, known string) func(context.Context, *store.Op, *world.World, map[string]string) (string, error) {
	return func(ctx context.Context, op *store.Op, _ *world.World, ids map[string]string) (string, error) {
		return "", verb(ctx, op, ids[known])
	}
}

func terms(w *world.World, title string) onboarding.AgreementInput {
	return onboarding.AgreementInput{Code: "twice", Title: title,
		Parties:  []*onboarding.PartyInput{{AgencyID: w.Agencies["lwu"].ID}, {AgencyID: w.Agencies["iom"].ID}},
		Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}, From: 1, Until: 1e17}
}

func newIssuer(url string) onboarding.SignInInput {
	return onboarding.SignInInput{Add: []*onboarding.IssuerInput{{URL: url}}}
}

// again lists every verb of services/onboarding in an order in which each may happen.
var again = []twice{
	{"ProposeAgency", platformOf("lwu"), func(ctx context.Context, op *store.Op, _ *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeAgency(ctx, op, newcomer("newcomer"))
	}, func(ctx context.Context, op *store.Op, _ *world.World, _ map[string]string) error {
		in := newcomer("newcomer")
		in.Name = "Another"
		_, err := onboarding.ProposeAgency(ctx, op, in)
		return err
	}},
	{"Approve", platformOf("lwu"), byID(onboarding.Approve, "ProposeAgency"), nil},
	{"Approve", platformOf("atd"), byID(onboarding.Approve, "ProposeAgency"), nil},
	{"ProposeAgency", platformOf("lwu"), func(ctx context.Context, op *store.Op, _ *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeAgency(ctx, op, newcomer("newcomer")) // once it is there
	}, func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) error {
		_, err := onboarding.ProposeAgency(ctx, op, newcomer("ngo")) // one that no proposal made
		return err
	}},
	{"ProposeKind", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeKind(ctx, op, w.Agencies["mops"].ID, valueset.AgencyKindHealth)
	}, nil},
	{"Refuse", platformOf("lwu"), byID(onboarding.Refuse, "ProposeKind"), nil},
	{"ProposeOversightPanel", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeOversightPanel(ctx, op, []string{w.Agencies["lwu"].ID, w.Agencies["atd"].ID})
	}, nil},
	{"ProposeSignIn", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeSignIn(ctx, op, w.Agencies["ngo"].ID, newIssuer("https://other.example"))
	}, nil},
	{"Countersign", admin("ngo"), byID(onboarding.Countersign, "ProposeSignIn"), nil},
	{"ProposeSignIn", admin("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeSignIn(ctx, op, w.Agencies["lwu"].ID, newIssuer("https://own.example")) // in effect at once
	}, nil},
	{"UpdateAgency", admin("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		name := "Lao Women's Union"
		return "", onboarding.UpdateAgency(ctx, op, w.Agencies["lwu"].ID, onboarding.UpdateAgencyInput{Name: &name, Units: []*onboarding.UnitInput{{Code: "north", Name: "North"}}})
	}, nil},
	{"EnterMember", admin("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.EnterMember(ctx, op, onboarding.EnterMemberInput{Issuer: w.IssuerURL("lwu"), Subject: "twice", Roles: []viewer.Role{viewer.Analyst}})
	}, func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) error {
		_, err := onboarding.EnterMember(ctx, op, onboarding.EnterMemberInput{Issuer: w.IssuerURL("lwu"), Subject: "twice", Roles: []viewer.Role{viewer.Supervisor}})
		return err
	}},
	{"SetRoles", admin("lwu"), func(ctx context.Context, op *store.Op, _ *world.World, ids map[string]string) (string, error) {
		return "", onboarding.SetRoles(ctx, op, ids["EnterMember"], []viewer.Role{viewer.Auditor})
	}, nil},
	{"SetActive", admin("lwu"), func(ctx context.Context, op *store.Op, _ *world.World, ids map[string]string) (string, error) {
		return "", onboarding.SetActive(ctx, op, ids["EnterMember"], false)
	}, nil},
	{"AddTeam", admin("lwu"), func(ctx context.Context, op *store.Op, _ *world.World, _ map[string]string) (string, error) {
		return onboarding.AddTeam(ctx, op, onboarding.TeamInput{Code: "twice", Name: "Twice"})
	}, func(ctx context.Context, op *store.Op, _ *world.World, _ map[string]string) error {
		_, err := onboarding.AddTeam(ctx, op, onboarding.TeamInput{Code: "twice", Name: "Other"})
		return err
	}},
	{"JoinGroup", admin("lwu"), func(ctx context.Context, op *store.Op, _ *world.World, ids map[string]string) (string, error) {
		return "", onboarding.JoinGroup(ctx, op, ids["EnterMember"], ids["AddTeam"])
	}, nil},
	{"LeaveGroup", admin("lwu"), func(ctx context.Context, op *store.Op, _ *world.World, ids map[string]string) (string, error) {
		return "", onboarding.LeaveGroup(ctx, op, ids["EnterMember"], ids["AddTeam"])
	}, nil},
	{"DissolveTeam", admin("lwu"), byID(onboarding.DissolveTeam, "AddTeam"), nil},
	{"ProposeBetween", platformOf("atd"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		in := terms(w, "Between")
		in.Code = "between"
		got, err := onboarding.ProposeBetween(ctx, op, in)
		if err != nil {
			return "", err
		}
		return got.ID, nil
	}, func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) error {
		in := terms(w, "Other")
		in.Code = "between"
		_, err := onboarding.ProposeBetween(ctx, op, in)
		return err
	}},
	{"ProposeAgreement", admin("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeAgreement(ctx, op, terms(w, "Twice"))
	}, func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) error {
		_, err := onboarding.ProposeAgreement(ctx, op, terms(w, "Other"))
		return err
	}},
	{"SignAgreement", admin("lwu"), byID(onboarding.SignAgreement, "ProposeAgreement"), nil},
	{"SignAgreement", admin("iom"), byID(onboarding.SignAgreement, "ProposeAgreement"), nil},
	{"SuspendAgreement", admin("lwu"), byID(onboarding.SuspendAgreement, "ProposeAgreement"), nil},
	{"ResumeAgreement", admin("lwu"), byID(onboarding.ResumeAgreement, "ProposeAgreement"), nil},
	{"ShutDownAgreement", admin("lwu"), byID(onboarding.ShutDownAgreement, "ProposeAgreement"), nil},
	{"EndAgreement", admin("lwu"), byID(onboarding.EndAgreement, "ProposeAgreement"), nil},
	{"SuspendAgency", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.SuspendAgency(ctx, op, w.Agencies["mops"].ID)
	}, nil},
	{"SuspendAgency", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.SuspendAgency(ctx, op, w.Agencies["iom"].ID) // by two, since it administers the platform
	}, nil},
	{"ProposeResume", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.ProposeResume(ctx, op, w.Agencies["mops"].ID)
	}, nil},
	{"StartOffboarding", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return onboarding.StartOffboarding(ctx, op, w.Agencies["atd"].ID, onboarding.OffboardingInput{})
	}, func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) error {
		_, err := onboarding.StartOffboarding(ctx, op, w.Agencies["atd"].ID, onboarding.OffboardingInput{ExportTo: somebodysKey})
		return err
	}},
	{"StartOffboarding", admin("ngo"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return "", starting(w, "ngo", somebodysKey)(ctx, op)
	}, nil},
	{"Offboard", admin("ngo"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		got, err := onboarding.Offboard(ctx, op, w.Agencies["ngo"].ID, onboarding.Departure{})
		if err != nil {
			return "", err
		}
		return got.Waiting, nil
	}, nil},
	{"ExportPart", admin("ngo"), func(ctx context.Context, op *store.Op, w *world.World, ids map[string]string) (string, error) {
		got, err := onboarding.ExportPart(ctx, op, w.Agencies["ngo"].ID, 1, onboarding.Departure{Export: departure.Export})
		if err == nil {
			ids["digest"] = got.Digest
		}
		return "", err // encrypted anew
	}, nil},
	{"ConfirmExport", admin("ngo"), func(ctx context.Context, op *store.Op, w *world.World, ids map[string]string) (string, error) {
		return "", onboarding.ConfirmExport(ctx, op, w.Agencies["ngo"].ID, ids["digest"])
	}, func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) error {
		return onboarding.ConfirmExport(ctx, op, w.Agencies["ngo"].ID, strings.Repeat("0", 64))
	}},
	{"EndSharing", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		got, err := onboarding.EndSharing(ctx, op, w.Agencies["ngo"].ID)
		if err == nil && got.DeletionDueOn != nil {
			err = errors.New("a program agreed to a deletion")
		}
		return "", err
	}, nil},
	{"Offboard", platformOf("lwu"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		got, err := onboarding.Offboard(ctx, op, w.Agencies["ngo"].ID, onboarding.Departure{}) // agrees to the deletion
		if err != nil {
			return "", err
		}
		return got.Waiting, nil
	}, nil},
	{"StopDeletion", admin("ngo"), func(ctx context.Context, op *store.Op, w *world.World, _ map[string]string) (string, error) {
		return "", onboarding.StopDeletion(ctx, op, w.Agencies["ngo"].ID)
	}, nil},
}

// repeated are the verbs whose second call is another deed: a new secret voids the one
// before; parts of an export are given anew; a database is bootstrapped once; and those
// that the program calls itself.
var repeated = map[string]string{
	"Invite": "gives another secret", "ExportPart": "is another disclosure", "Bootstrap": "is refused", "ReportBreach": "is another breach", "AcceptInvitation": "is shown beside its own attack",
	"AddAgency": "the program's own", "AddMember": "the program's own", "SetGate": "the program's own", "SetPolicy": "the program's own",
	"Departing": "reads", "Allowed": "reads", "LastInvitations": "reads",
}

// TestAskedTwice: the same content again returns what is there, with no second entry in
// the ledger; other content under the same code is refused, and stores nothing.
func TestAskedTwice(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		known := map[string]string{}
		entries := func() int { return one[int](t, w.Root(), "SELECT count(*) FROM disclosures") }
		for _, v := range again {
			first := run(t, w, v.who(w), func(ctx context.Context, op *store.Op) (string, error) { return v.do(ctx, op, w, known) })
			known[v.verb] = first
			n := entries()
			second := ""
			err := w.Do(v.who(w), func(ctx context.Context, op *store.Op) error {
				var err error
				second, err = v.do(ctx, op, w, known)
				return err
			})
			if err != nil || second != first {
				t.Errorf("%s again: %q, want %q: %v (%v)", v.verb, second, first, err, world.Cause(err))
			}
			if more := entries() - n; more != 0 && repeated[v.verb] == "" {
				t.Errorf("%s again: %d more entries in the ledger", v.verb, more)
			}
			if v.other != nil {
				wantKind(t, v.verb+" with other content", w.Do(v.who(w), func(ctx context.Context, op *store.Op) error { return v.other(ctx, op, w, known) }), errs.Conflict)
			}
		}
		if !stands(t, w, "newcomer") {
			t.Error("the agency that was proposed, and approved twice by each, is not there")
		}
	})
}

// TestEveryVerbIsAskedTwice: a verb that the table does not call is found.
func TestEveryVerbIsAskedTwice(t *testing.T) {
	t.Parallel()
	called := map[string]bool{}
	for _, v := range again {
		called[v.verb] = true
	}
	packages, err := parser.ParseDir(token.NewFileSet(), "../../services/onboarding", nil, 0) //nolint:staticcheck // one folder of plain files
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range packages["onboarding"].Files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !fn.Name.IsExported() || !takesOp(fn) {
				continue
			}
			if seen++; !called[fn.Name.Name] && repeated[fn.Name.Name] == "" {
				t.Errorf("%s is called twice by no test", fn.Name.Name)
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d verbs found: the check proves nothing", seen)
	}
}

// takesOp: its second parameter is an operation.
func takesOp(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		if star, ok := p.Type.(*ast.StarExpr); ok {
			if sel, ok := star.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "Op" {
				return true
			}
		}
	}
	return false
}
