package operator

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/progress"
)

// TestInvitationIsAsTheAPISays: a database that was restored to a time before the invitation
// knows nothing of it, whatever the object's status says: it is made anew. Once it is taken
// up the object says so, and nobody is told to hand it over.
func TestInvitationIsAsTheAPISays(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a01", "NGO", ""))
	lost := e.invitation("a01")
	if _, err := e.api.Root().ExecContext(t.Context(), "DELETE FROM invitations WHERE used_on IS NULL"); err != nil {
		t.Fatal(err)
	}
	e.eventually("invited anew", func() bool { return e.invitation("a01") != lost })
	e.until(a, "said to be invited", func() bool { return is(a, "AdministratorInvited", "Done") })
	again := e.invitation("a01")
	for asked := reconciled(t); reconciled(t) < asked+4; time.Sleep(50 * time.Millisecond) {
		if e.invitation("a01") != again {
			t.Fatal("an invitation that the API knows is made anew, which voids it")
		}
	}
	if len(progress.Of(a).Duties) != 2 {
		t.Errorf("who hands it over: %+v", progress.Of(a).Duties)
	}
	e.join("a01", again)
	e.until(a, "told that it was taken up", func() bool { return is(a, "AdministratorInvited", "TakenUp") && is(a, "Ready", "AsDeclared") })
	if d := progress.Of(a).Duties; len(d) != 0 {
		t.Errorf("somebody is told to hand an invitation over that was taken up: %+v", d)
	}
}

// TestInvitationLapses: one that nobody took up in its time is said to be over, with what
// to do, and none is made by itself.
func TestInvitationLapses(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a02", "NGO", ""))
	e.invitation("a02")
	e.api.Advance(8 * 24 * time.Hour)
	e.until(a, "told that it is over", func() bool { return is(a, "AdministratorInvited", "Lapsed") })
	if c := meta.FindStatusCondition(a.Status.Conditions, "AdministratorInvited"); !strings.Contains(c.Message, "sala invite a02") {
		t.Errorf("the message: %s", c.Message)
	}
	if d := progress.Of(a).Duties; len(d) != 1 || d[0].Commands[0] != "sala invite a02" {
		t.Errorf("who has to do what: %+v", d)
	}
	e.secretGone("a02")
	var n int
	if err := e.api.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM invitations i JOIN agencies a ON a.id = i.agency_id WHERE a.code = 'a02'").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d invitations were made, and nobody asked for the second (%v)", n, err)
	}
}

// secretGone: what nobody can use any more lies nowhere.
func (e *exchange) secretGone(code string) {
	e.t.Helper()
	e.eventually("its Secret is gone", func() bool {
		err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: namespace, Name: "sala-invitation-" + code}, &corev1.Secret{})
		return apierrors.IsNotFound(err)
	})
}
