package operator

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/controller"
	"github.com/sala-exchange/sala/operator/serve"
	"github.com/sala-exchange/sala/operator/signin"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/bootstrap"
	api "github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/controlplane"
	"github.com/sala-exchange/sala/test/programs"
	"github.com/sala-exchange/sala/test/world"
)

// namespace is the operator's, as the roles that are shipped name it.
const namespace = "sala-system"

// platform is the namespace in which releases are built, as the roles name it.
const platform = "sala-releases"

// account is the operator's user of the cluster, a service account's.
const account = "system:serviceaccount:" + namespace + ":sala-operator"

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "age" { // a command of a runbook (restore_test.go)
		programs.Age()
		return
	}
	os.Exit(controlplane.Run(m, func(p *controlplane.Plane) { plane = p }, filepath.Join("..", "..", "operator", "crd")))
}

// cluster is a client of the cluster that may do everything.
func cluster(t testing.TB) client.Client {
	t.Helper()
	plane.Need(t)
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shipped makes the objects of a file that the operator is shipped with, until the test
// ends where it says so.
func shipped(t testing.TB, c client.Client, keep bool, path ...string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "operator"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range bytes.Split(raw, []byte("\n---\n")) {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &u.Object); err != nil || u.Object == nil {
			t.Fatalf("%v: %v", path, err)
		}
		if err := c.Create(t.Context(), u); client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
		if !keep {
			t.Cleanup(func() { _ = c.Delete(context.Background(), u) })
		}
	}
}

// Exchange is an API with two agencies that administer the platform, and an operator.
type exchange struct {
	t       *testing.T
	cluster client.Client
	api     *world.Server
	log     *logged
	stop    func()
	// endpoint is what the operator asks; the API's own where empty.
	endpoint string
	// nowhere starts an operator that builds no releases.
	nowhere             bool
	keys                string        // where it serves the keys of clients; nowhere where empty
	ahead               atomic.Int64  // how far its clock is ahead, in nanoseconds
	ca                  string        // file with the authority that it trusts
	crowd               bool          // it acts whether it leads or not
	every, poll, resync time.Duration // its own settings, quick ones where 0
	perMinute           int
}

type logged struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

// founded serves an API where lwu and atd administer the platform by people, and lwu has
// an account for the operator.
func founded(t *testing.T) *exchange {
	t.Helper()
	e := &exchange{t: t, cluster: cluster(t), log: &logged{}}
	w := world.OnSQLite(t, world.Options{Empty: true, More: 11})
	e.api = w.Serve(false)
	var founders string
	for code, kind := range map[string]string{"lwu": "UNION", "atd": "POLICE"} {
		founders += e.manifest(code, kind, "  administersPlatform: true\n")
	}
	docs, err := v1alpha1.Decode("founders.yaml", []byte(founders))
	if err != nil {
		t.Fatal(err)
	}
	found, err := bootstrap.Found(t.Context(), w.Store, docs)
	if err != nil {
		t.Fatal(err)
	}
	e.reload()
	for _, f := range found {
		e.join(f.Code, f.Invitation.Secret)
		for subject, role := range map[string]string{"platform": "PLATFORM_ADMINISTRATOR", "auditor": "PLATFORM_OPERATOR"} { // a person's account, and the operator's
			if _, err := apply.EnterMember(t.Context(), e.as(f.Code, "admin"), e.api.Issuer(f.Code), subject, []string{role}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{namespace, platform} {
		if err := client.IgnoreAlreadyExists(e.cluster.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})); err != nil {
			t.Fatal(err)
		}
	}
	e.roles()
	t.Cleanup(e.clean)
	return e
}

// roles gives the operator's user exactly the roles that are shipped.
func (e *exchange) roles() {
	e.t.Helper()
	shipped(e.t, e.cluster, true, "rbac", "role.yaml")
	shipped(e.t, e.cluster, true, "rbac", "agency.yaml")
	shipped(e.t, e.cluster, true, "admission", "operator-reach.yaml")
	user := []rbacv1.Subject{{Kind: "User", APIGroup: rbacv1.GroupName, Name: account}}
	for _, o := range []client.Object{
		&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "sala-operator"}, Subjects: user, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "sala-operator"}},
		&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "sala-operator", Namespace: namespace}, Subjects: user, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "sala-operator"}},
		&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "sala-operator", Namespace: platform}, Subjects: user, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "sala-operator"}},
	} {
		if err := client.IgnoreAlreadyExists(e.cluster.Create(e.t.Context(), o)); err != nil {
			e.t.Fatal(err)
		}
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // the server takes a role up a moment later
		may := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: account,
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: "get", Group: "coordination.k8s.io", Resource: "leases"}}}
		if err := e.cluster.Create(e.t.Context(), may); err != nil || time.Now().After(end) {
			e.t.Fatalf("the operator's roles do not work: %v", err)
		}
		if may.Status.Allowed {
			return
		}
	}
}

// operate starts an operator.
func (e *exchange) operate() *exchange {
	e.t.Helper()
	token := filepath.Join(e.t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(e.api.Token("lwu", "auditor")), 0o600); err != nil {
		e.t.Fatal(err)
	}
	o := &serve.Options{
		Endpoint: cmp.Or(e.endpoint, e.api.URL), Account: signin.Account{TokenFile: token}, Namespace: namespace, Metrics: "0", Probes: "0", Lead: !e.crowd,
		Every: cmp.Or(e.every, 100*time.Millisecond), Poll: cmp.Or(e.poll, 300*time.Millisecond), Resync: cmp.Or(e.resync, time.Second), PerMinute: cmp.Or(e.perMinute, 1_000_000), Workers: 4, Connectors: surroundings,
		CAFile: e.ca, Keys: cmp.Or(e.keys, "0"), KeysLead: time.Minute, Now: func() time.Time { return time.Now().Add(time.Duration(e.ahead.Load())) },
		Releases: controller.Platform{Namespace: platform, Template: "sala-release"},
	}
	if e.nowhere {
		o.Releases.Namespace = ""
	}
	config := plane.User(e.t, account)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve.Run(ctx, config, o, slog.New(slog.NewJSONHandler(e.log, nil))) }()
	e.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			e.t.Errorf("the operator: %v", err)
		}
	})
	e.t.Cleanup(e.stop)
	return e
}

// clean leaves nothing for the next test.
func (e *exchange) clean() {
	var all v1alpha1.AgencyList
	ctx := context.Background()
	if err := e.cluster.List(ctx, &all); err != nil {
		e.t.Error(err)
	}
	for i := range all.Items {
		a := &all.Items[i]
		_ = e.cluster.Patch(ctx, a, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))
		err := e.cluster.Delete(ctx, a)
		for end := time.Now().Add(20 * time.Second); err != nil && !apierrors.IsNotFound(err) && time.Now().Before(end); err = e.cluster.Delete(ctx, a) {
			time.Sleep(100 * time.Millisecond) // a policy that was taken away works for a moment more
		}
		if client.IgnoreNotFound(err) != nil {
			e.t.Error(err)
		}
	}
	if err := e.cluster.DeleteAllOf(ctx, &corev1.Secret{}, client.InNamespace(namespace)); err != nil {
		e.t.Error(err)
	}
	e.unmake()
}

func (e *exchange) manifest(code, kind, more string) string {
	return fmt.Sprintf("apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: %s}\nspec:\n  displayName: Agency %s\n  kind: %s\n%s  signIn:\n    issuers:\n    - url: %s\n---\n",
		code, code, kind, more, e.api.Issuer(code))
}

func (e *exchange) as(code, subject string) *api.Client { return e.api.Client(code, subject) }

func (e *exchange) reload() {
	e.t.Helper()
	if err := e.api.Verifier.Reload(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
}

func (e *exchange) join(code, secret string) {
	e.t.Helper()
	if err := apply.Join(e.t.Context(), e.as(code, "admin"), secret); err != nil {
		e.t.Fatalf("%s: %v", code, err)
	}
}

// kubectl creates the object of a manifest.
func (e *exchange) kubectl(manifest string) *v1alpha1.Agency {
	e.t.Helper()
	a, err := e.try(manifest)
	if err != nil {
		e.t.Fatal(err)
	}
	return a
}

func (e *exchange) try(manifest string) (*v1alpha1.Agency, error) {
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(bytes.TrimSuffix([]byte(manifest), []byte("---\n")), &u.Object); err != nil {
		return nil, err
	}
	if err := e.cluster.Create(e.t.Context(), u); err != nil {
		return nil, err
	}
	return &v1alpha1.Agency{ObjectMeta: metav1.ObjectMeta{Name: u.GetName(), UID: u.GetUID()}}, nil
}

// until waits for an object to be so, and shows it where it does not become so.
func (e *exchange) until(a *v1alpha1.Agency, what string, is func() bool) {
	e.t.Helper()
	e.untilWithin(a, what, 30*time.Second, is)
}

func (e *exchange) untilWithin(a *v1alpha1.Agency, what string, within time.Duration, is func() bool) {
	e.t.Helper()
	end := time.Now().Add(within)
	for ; time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := e.cluster.Get(e.t.Context(), client.ObjectKeyFromObject(a), a); err != nil {
			e.t.Fatal(err)
		}
		if is() {
			return
		}
	}
	e.t.Fatalf("not %s: %+v\n%s", what, a.Status, e.log)
}

// is reports a condition of an object that was read.
func is(a *v1alpha1.Agency, condition, reason string) bool {
	c := meta.FindStatusCondition(a.Status.Conditions, condition)
	return c != nil && c.Reason == reason && c.ObservedGeneration == a.Generation && a.Status.ObservedGeneration == a.Generation
}

// approve gives an agency's yes to every open proposal.
func (e *exchange) approve(code string) {
	e.t.Helper()
	open, err := apply.Proposals(e.t.Context(), e.as(code, "platform"))
	if err != nil {
		e.t.Fatal(err)
	}
	for _, p := range open {
		if err := apply.Decide(e.t.Context(), e.as(code, "platform"), "approve", p.ID); err != nil {
			e.t.Fatalf("%s: %v", code, err)
		}
	}
	e.reload()
}
