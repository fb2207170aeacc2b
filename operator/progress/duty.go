package progress

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// Duty is what one has to do.
type Duty struct {
	Who      string   `json:"who"`
	Does     string   `json:"does"`
	Commands []string `json:"commands,omitempty"`
}

// duties says who does what, by what the object says.
func duties(a *v1alpha1.Agency, o Outcome) []Duty {
	out := []Duty{}
	switch {
	case o == Stalled:
		out = append(out, stalled(a))
	case o == Waiting:
		for _, one := range awaited {
			if strings.Contains(a.Status.WaitsFor, one.words) {
				out = append(out, one.duty(a.Name))
			}
		}
		if d := a.Status.Departure; d != nil && d.HandOverTo != "" && strings.Contains(a.Status.WaitsFor, v1alpha1.WaitsForCaseWorkers) {
			out = append(out, Duty{Who: "the case workers of " + d.HandOverTo, Does: "accept the cases that are offered to them, or decline them"})
		}
		if len(out) == 0 {
			out = append(out, unnamed(a))
		}
	}
	return append(out, invitation(a)...)
}

// awaited are those for whom the operator waits, by the words of a status.
var awaited = []struct {
	words string
	duty  func(code string) Duty
}{
	{apply.WaitsForTwoPeople, func(string) Duty {
		return Duty{"two people who administer the platform, at two different agencies", "each reads what is proposed and gives an agency's yes (I7)",
			[]string{"sala proposal list", "sala proposal show ID", "sala proposal approve ID"}}
	}},
	{apply.WaitsForAnotherAgency, func(string) Duty {
		return Duty{"one who administers the platform, at another agency than the one that approved", "reads what is proposed and gives the second yes (I7)",
			[]string{"sala proposal list", "sala proposal show ID", "sala proposal approve ID"}}
	}},
	{apply.WaitsForObjections, func(code string) Duty {
		return Duty{"the administrator of " + code, "countersigns the change of its sign-in, or refuses it; without either it is in effect after 72 hours",
			[]string{"sala apply -f " + code + ".yaml", "sala proposal refuse ID"}}
	}},
	{apply.WaitsForOwnAdministrator, func(code string) Duty {
		return Duty{"the administrator of " + code, "applies the manifest: names, country, units, need to know and retention are the agency's own to change",
			[]string{"sala apply -f " + code + ".yaml"}}
	}},
	{apply.WaitsForPlatform, func(string) Duty {
		return Duty{"whoever runs the operator", "gives its account the role PLATFORM_OPERATOR, at an agency that administers the platform",
			[]string{"sala agency members", "sala agency member roles MEMBER --role PLATFORM_OPERATOR"}}
	}},
	{apply.WaitsForRefusal, func(string) Duty {
		return Duty{"who proposed it, or one who administers the platform", "refuses its proposal, which a person made and the operator does not take back; the object then goes by itself",
			[]string{"sala proposal list", "sala proposal refuse ID"}}
	}},
	{apply.WaitsForExportKey, func(code string) Duty {
		return Duty{"the administrator of " + code, "begins the departure and names the key of the export",
			[]string{"sala offboard " + code + " --start --export-to age1…"}}
	}},
	{v1alpha1.WaitsForCaseWorkers, func(code string) Duty {
		return Duty{"the case workers of " + code, "offer each of its cases to another agency, on the person's own statement, and that agency accepts (A4)",
			[]string{"sala offboard " + code}}
	}},
	{v1alpha1.WaitsForReturn, func(code string) Duty {
		return Duty{"two people who administer the platform, at two different agencies", "let " + code + " in again, so that its people hand over its cases and fetch its export",
			[]string{"sala agency resume " + code, "sala proposal approve ID"}}
	}},
	{v1alpha1.WaitsForExport, func(code string) Duty {
		return Duty{"the administrator of " + code, "names the key of the export, where that is not done, fetches it and opens it; then one who administers the platform at another agency agrees to the deletion, and calls again after 72 hours",
			[]string{"sala offboard " + code + " --start --export-to age1…", "sala offboard " + code + " --export FILE", "sala offboard " + code}}
	}},
}

// stalled says what helps where waiting does not.
func stalled(a *v1alpha1.Agency) Duty {
	ready := meta.FindStatusCondition(a.Status.Conditions, v1alpha1.ConditionReady)
	if ready != nil && ready.Reason == "AgencyIsThere" {
		return Duty{"whoever deleted the object", "lets the agency leave first: two people of different agencies approve it, its cases are handed over, and the object goes by itself",
			[]string{"kubectl patch agency " + a.Name + " --type merge -p '{\"spec\":{\"state\":\"OFFBOARDING\"}}'"}}
	}
	return Duty{"whoever wrote the manifest", "changes what is refused and applies it again", []string{"kubectl apply -f " + a.Name + ".yaml"}}
}

// unnamed is for what nobody in particular is waited for.
func unnamed(a *v1alpha1.Agency) Duty {
	ready := meta.FindStatusCondition(a.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || a.Status.ObservedGeneration != a.Generation || ready.Status == metav1.ConditionUnknown {
		return Duty{"nobody, unless it lasts", "the operator looks at it within seconds; where it does not, see whether it runs and what it says",
			[]string{"kubectl get pods -A -l app.kubernetes.io/name=sala-operator", "kubectl logs -n sala-system deployment/sala-operator"}}
	}
	return Duty{Who: "nobody", Does: "the operator goes on by itself"}
}

// invitation: while it can be used, and once it cannot any more and nobody took it up.
func invitation(a *v1alpha1.Agency) []Duty {
	c := meta.FindStatusCondition(a.Status.Conditions, v1alpha1.ConditionInvited)
	if c != nil && c.Reason == v1alpha1.ReasonLapsed {
		return []Duty{{"one who administers the platform", "makes another invitation of the first administrator, who did not take the first one up in its time, and hands it over in person",
			[]string{"sala invite " + a.Name}}}
	}
	if c == nil || c.Reason == v1alpha1.ReasonTakenUp || a.Status.State != "ACTIVE" || a.Status.InvitationSecret == "" || c.Status != metav1.ConditionTrue {
		return nil
	}
	namespace := "sala-system"
	if _, rest, found := strings.Cut(c.Message, "in the Secret "); found {
		namespace, _, _ = strings.Cut(rest, "/")
	}
	return []Duty{
		{"whoever may read Secrets of " + namespace, "hands the invitation to the agency's first administrator, in person; not again where it was taken up",
			[]string{"kubectl -n " + namespace + " get secret " + a.Status.InvitationSecret + " -o jsonpath='{.data.invitation}' | base64 -d > invitation"}},
		joining(a),
	}
}

// joining is the first administrator's part, or what has to come before it.
func joining(a *v1alpha1.Agency) Duty {
	if len(a.Spec.SignIn.Issuers) == 0 && a.Spec.Kind != "REGIONAL_COUNTERPART" {
		return Duty{"whoever writes the manifest", "names in signIn the issuer that its members sign in by, unless the API was told: without one nobody takes the invitation up",
			[]string{"sala agency show " + a.Name, "kubectl apply -f " + a.Name + ".yaml"}}
	}
	return Duty{"the first administrator of " + a.Name, "signs in by the agency's issuer and takes it up", []string{"sala join --invitation-file invitation"}}
}
