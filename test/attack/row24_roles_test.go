package attack

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// Test24AdministratorsReadNoCase: who administers an agency or the platform reads nothing
// of its cases: policy says so before a row is read. Without its word the same account
// reads the agency's cases. Nobody grants a role to an account that is not the own
// agency's, none that conflicts, and the last administrator stays: TestRolesAreTheAgencysOwn;
// what each role may try: TestRoles.
func Test24AdministratorsReadNoCase(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Twenty-four")
		document := `query @purpose(of: ASSISTANCE) { case(id: "` + id + `") { profiles { id sex } } }`
		permitted, denied := serviceOf(t, w, func(d *desk) { d.everything = true }), serviceOf(t, w, nil)
		for _, who := range []string{"admin", "platform", "auditor", "analyst"} {
			if got := permitted.ask("lwu", who, document); !strings.Contains(got, "FEMALE") {
				t.Errorf("permitted everything, the %s reads nothing, so that nothing is shown: %s", who, got)
			}
			if got := denied.ask("lwu", who, document); codeOf(got) != "FORBIDDEN" || strings.Contains(got, "FEMALE") {
				t.Errorf("the %s: %s", who, got)
			}
		}
	})
}

// Test24NobodyRaisesThemselves: an administrator grants others what the agency needs, and
// herself nothing: what she does to another account she cannot do to her own.
func Test24NobodyRaisesThemselves(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		ngo := w.Agencies["ngo"]
		grant := func(who string, roles ...viewer.Role) error {
			return w.Do(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error { return onboarding.SetRoles(ctx, op, who, roles) })
		}
		if err := grant(ngo.Colleague, viewer.AgencyAdministrator, viewer.CaseWorker); err != nil {
			t.Errorf("to another: %v (%v), so that nothing is shown", err, world.Cause(err))
		}
		for _, r := range []viewer.Role{viewer.CaseWorker, viewer.Supervisor, viewer.DataProtection, viewer.Auditor} {
			wantKind(t, "to herself "+string(r), grant(ngo.Admin, viewer.AgencyAdministrator, r), errs.Forbidden)
		}
		wantKind(t, "to herself, in exchange", grant(ngo.Admin, viewer.CaseWorker), errs.Forbidden)
		if err := grant(ngo.Admin, viewer.AgencyAdministrator); err != nil {
			t.Errorf("what she holds: %v", err)
		}
		if err := grant(ngo.Admin); err != nil { // her colleague administers now
			t.Errorf("she steps down: %v", err)
		}
	})
}
