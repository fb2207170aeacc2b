package operator

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// open are the ids of the proposals that wait, by agency.
func (e *exchange) open() map[string][]string {
	e.t.Helper()
	all, err := apply.Proposals(e.t.Context(), e.as("atd", "platform"))
	if err != nil {
		e.t.Fatal(err)
	}
	out := map[string][]string{}
	for _, p := range all {
		out[p.Agency] = append(out[p.Agency], p.ID)
	}
	return out
}

// TestFormerProposalsAreTakenBack: what a spec said before and says no more waits for
// nobody: it could still be approved, and one object's edits would use up what the operator
// may propose for all.
func TestFormerProposalsAreTakenBack(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a04", "NGO", ""))
	issuers := func(audiences string) {
		e.set(a, fmt.Sprintf(`{"signIn":{"issuers":[{"url":%q,"audiences":%s}]}}`, e.api.Issuer("a04"), audiences))
	}
	for i := range 3 {
		issuers(fmt.Sprintf(`["x%d"]`, i))
		e.until(a, "proposed", func() bool { return is(a, "Ready", "Waiting") && len(a.Status.Proposals) == 1 })
	}
	if open := e.open()["a04"]; len(open) != 1 || open[0] != a.Status.Proposals[0].ID {
		t.Errorf("%d proposals wait, of which the object says one", len(open))
	}
	issuers("null")
	e.until(a, "as it was", func() bool { return is(a, "Ready", "AsDeclared") })
	if open := e.open()["a04"]; len(open) != 0 {
		t.Errorf("%d proposals wait of what no object says", len(open))
	}
}

// TestAForgedStatusTakesNothingBack: who may write one object's status has no proposal of
// another refused by the operator's account.
func TestAForgedStatusTakesNothingBack(t *testing.T) {
	e := founded(t).operate()
	proposed := func(code string) *v1alpha1.Agency {
		a := e.kubectl(e.manifest(code, "NGO", ""))
		e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") && len(a.Status.Proposals) == 1 })
		return a
	}
	a, b := proposed("a01"), proposed("a02")
	theirs := b.Status.Proposals[0].ID
	forged := fmt.Sprintf(`{"status":{"proposals":[{"kind":"NEW_AGENCY","id":%q,"generation":0},{"kind":"SIGN_IN","id":%q,"generation":0}]}}`, theirs, a.Status.Proposals[0].ID)
	if err := e.cluster.Status().Patch(t.Context(), a.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(forged))); err != nil {
		t.Fatal(err)
	}
	e.set(a, `{"displayName":"Another"}`)
	if err := e.cluster.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	e.gone(a)
	if open := e.open(); len(open["a02"]) != 1 || open["a02"][0] != theirs || len(open["a01"]) != 0 {
		t.Errorf("what waits: %v", open)
	}
}

// TestInvitationOfAPerson: one that a person made stands for itself: the object does not say
// that the Secret, whose content it voided, can be used, and none is made over it.
func TestInvitationOfAPerson(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a03", "NGO", ""))
	e.invitation("a03")
	made, err := apply.Invite(t.Context(), e.as("atd", "platform"), "a03")
	if err != nil {
		t.Fatal(err)
	}
	e.until(a, "told of another", func() bool {
		c := meta.FindStatusCondition(a.Status.Conditions, "AdministratorInvited")
		return c != nil && c.Message != "" && a.Status.InvitationSecret == ""
	})
	e.secretGone("a03")
	e.join("a03", made.Secret)
	e.until(a, "taken up", func() bool { return is(a, "AdministratorInvited", "TakenUp") })
}

// TestOneReadingOfAnotherDatabaseInvitesNobody: an API that for one reading knows no agency,
// as beside another database, has nobody invited that was invited or founded before.
func TestOneReadingOfAnotherDatabaseInvitesNobody(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a05", "NGO", ""))
	before := e.invitation("a05")
	lwu := e.kubectl(e.manifest("lwu", "UNION", "  administersPlatform: true\n"))
	e.until(lwu, "as declared", func() bool { return is(lwu, "Ready", "AsDeclared") })
	hide := func(from, to string) {
		if _, err := e.api.Root().ExecContext(t.Context(), "UPDATE agencies SET code = ? WHERE code = ?", to, from); err != nil {
			t.Fatal(err)
		}
	}
	for _, code := range []string{"a05", "lwu"} {
		hide(code, code+"-hidden")
	}
	e.until(a, "not there", func() bool { return a.Status.State == "" })
	for _, code := range []string{"a05", "lwu"} {
		hide(code+"-hidden", code)
	}
	e.until(a, "there again", func() bool { return a.Status.State == "ACTIVE" && is(a, "AdministratorInvited", "Done") })
	e.until(lwu, "there again", func() bool { return lwu.Status.State == "ACTIVE" })
	for asked := reconciled(t); reconciled(t) < asked+4; {
		e.until(a, "as it is", func() bool { return true })
	}
	if e.invitation("a05") != before {
		t.Error("an invitation that the API knows was voided")
	}
	var n int
	if err := e.api.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM proposals WHERE kind = 'ADMINISTRATOR' AND refused_on IS NULL").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d administrators are proposed for nobody (%v)", n, err)
	}
}
