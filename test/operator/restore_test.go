package operator

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/test/controlplane"
)

// runbook runs the blocks of commands of a runbook, as they stand, one after another.
type runbook struct {
	t          *testing.T
	blocks     []string
	dir        string
	env        []string
	recipients map[string]string // what stands in the text, and what is put in its place
}

func newRunbook(t *testing.T, name string) *runbook {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "runbooks", name))
	if err != nil {
		t.Fatal(err)
	}
	r := &runbook{t: t, dir: t.TempDir()}
	for _, part := range strings.Split(string(text), "```sh\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		r.blocks = append(r.blocks, block)
	}
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	kubectl, err := exec.LookPath("kubectl")
	if dir, e := controlplane.Binaries(t.Context()); e == nil {
		if at := filepath.Join(dir, "kubectl"); err != nil {
			kubectl, err = at, errOf(os.Stat(at))
		}
	}
	if err != nil {
		t.Skip("there is no kubectl")
	}
	for name, at := range map[string]string{"age": self, "kubectl": kubectl} {
		if err := os.Symlink(at, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "backup.identity"), []byte(identity.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	r.recipients = map[string]string{"age1…": identity.Recipient().String()}
	r.env = []string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + r.dir, "KUBECONFIG=" + kubeconfig(t, plane.Config)}
	return r
}

func errOf(_ os.FileInfo, err error) error { return err }

// run runs the next block, which begins so.
func (r *runbook) run(begins string) string {
	r.t.Helper()
	block := r.blocks[0]
	r.blocks = r.blocks[1:]
	if !strings.HasPrefix(block, begins) {
		r.t.Fatalf("the next block begins otherwise:\n%s", block)
	}
	for from, to := range r.recipients {
		block = strings.ReplaceAll(block, from, to)
	}
	c := exec.CommandContext(r.t.Context(), "sh", "-euc", block)
	c.Dir, c.Env = r.dir, r.env
	out, err := c.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s\n%v\n%s", block, err, out)
	}
	return string(out)
}

func (r *runbook) holds(file, word string) bool {
	r.t.Helper()
	raw, err := os.ReadFile(filepath.Join(r.dir, file))
	if err != nil {
		r.t.Fatal(err)
	}
	return bytes.Contains(raw, []byte(word))
}

// TestObjectsAreRestored: docs/runbooks/restore-objects-on-a-cluster.md, command by
// command: objects and Secrets that are lost are as they were, nobody approves, signs or
// is invited anew, and a namespace that was brought back is taken up only once a person
// has said so.
func TestObjectsAreRestored(t *testing.T) {
	plane.Need(t)
	book := newRunbook(t, "restore-objects-on-a-cluster.md")
	e := schedule(t, soundSchedule, true)
	kept, lost := e.connected("a07", "    quota: {pods: 7}\n"), e.connected("a08", "")
	terms := object(t, strings.NewReplacer("ngo-iom", "a07-a08", "agency: ngo", "agency: a07", "agency: iom", "agency: a08").Replace(between))
	if err := e.cluster.Create(t.Context(), terms); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.cluster.Delete(context.Background(), terms) })
	for _, code := range []string{"a07", "a08"} {
		e.join(code, e.invitation(code))
	}
	agreed := func(what string) {
		e.eventually(what, func() bool {
			d := &v1alpha1.DataSharingAgreement{}
			return e.cluster.Get(t.Context(), client.ObjectKeyFromObject(terms), d) == nil && conditionsOf(d) == "InForce=True Ready=True"
		})
	}
	e.eventually("proposed", func() bool { return apply.OfAgreement(t.Context(), e.as("a07", "admin"), "sign", "a07-a08") == nil })
	if err := apply.OfAgreement(t.Context(), e.as("a08", "admin"), "sign", "a07-a08"); err != nil {
		t.Fatal(err)
	}
	agreed("in force")
	e.so("scheduled", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "Ready") == "True AsDeclared" })
	e.secrets()
	e.files()

	book.run("kubectl get agencies")
	if book.holds("objects.yaml", "CANARY") || book.holds("secrets.yaml.age", "CANARY") || book.holds("objects.yaml", "kind: Secret") {
		t.Error("what is secret lies open in a copy")
	}
	e.lose(kept, lost, terms)
	before := map[string]types.UID{"a07": kept.UID, "a08": lost.UID}

	e.operate() // as the chart is installed before the objects are there
	book.run("age -d")
	book.run("kubectl apply --dry-run=server")
	for code, a := range map[string]*v1alpha1.Agency{"a07": kept, "a08": lost} {
		if err := e.cluster.Get(t.Context(), client.ObjectKey{Name: code}, a); err != nil || a.UID == before[code] {
			t.Fatalf("%s: %v", code, err)
		}
	}
	e.until(lost, "as it was", func() bool { return is(lost, "Ready", "AsDeclared") && is(lost, "ConnectorsReady", "AsDeclared") })
	e.until(kept, "left as it is", func() bool { return is(kept, "ConnectorsReady", "NamespaceTaken") })
	book.run("for code in")
	e.until(kept, "as it was", func() bool { return is(kept, "Ready", "AsDeclared") && is(kept, "ConnectorsReady", "AsDeclared") })
	if got := in(e.exchange, kept, "sala-connectors", &corev1.ResourceQuota{}).Spec.Hard; got.Pods().Value() != 7 {
		t.Errorf("what bounds it: %v", got)
	}
	agreed("in force again, without a signature")
	e.so("scheduled again", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "Ready") == "True AsDeclared" })
	e.restored()
	if out := book.run("kubectl get agencies"); strings.Count(out, "AsDeclared") < 3 || len(book.blocks) != 0 {
		t.Errorf("%d blocks are left; what is shown:\n%s", len(book.blocks), out)
	}
}

// secrets are what people put into namespaces, what Helm keeps there, and one of the
// operator's own.
func (e *scheduled) secrets() {
	e.t.Helper()
	if err := e.cluster.Create(e.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "sala"}}); client.IgnoreAlreadyExists(err) != nil {
		e.t.Fatal(err)
	}
	for at, kind := range map[client.ObjectKey]corev1.SecretType{
		{Namespace: namespace, Name: "sala-operator-client"}: "Opaque", {Namespace: "sala", Name: "sala-cursor-key"}: "Opaque",
		{Namespace: platform, Name: "sala-release-builder"}: "Opaque", {Namespace: "sala", Name: "sh.helm.release.v1.sala.v1"}: "helm.sh/release.v1",
	} {
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: at.Namespace, Name: at.Name}, Type: kind, Data: map[string][]byte{"secret": []byte("CANARY " + at.Name)}}
		if err := e.cluster.Create(e.t.Context(), s); err != nil {
			e.t.Fatal(err)
		}
		e.t.Cleanup(func() { _ = e.cluster.Delete(context.Background(), s) })
	}
}

// files are ConfigMaps: one of people, and one that the chart makes.
func (e *scheduled) files() {
	e.t.Helper()
	for name, by := range map[string]string{"sala-files": "", "sala-api": "Helm"} {
		m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "sala", Name: name, Labels: map[string]string{specs.LabelManagedBy: by}}, Data: map[string]string{"file": name}}
		if by == "" {
			m.Labels = nil
		}
		if err := e.cluster.Create(e.t.Context(), m); err != nil {
			e.t.Fatal(err)
		}
		e.t.Cleanup(func() { _ = e.cluster.Delete(context.Background(), m) })
	}
}

// lose takes away all that a cluster held, but for the namespace of one agency.
func (e *scheduled) lose(kept, lost *v1alpha1.Agency, terms client.Object) {
	e.t.Helper()
	e.stop()
	ctx := e.t.Context()
	for _, o := range []client.Object{kept, lost, terms, e.s} {
		_ = e.cluster.Patch(ctx, o, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))
		if err := e.cluster.Delete(ctx, o); err != nil {
			e.t.Fatal(err)
		}
		if err := e.cluster.Get(ctx, client.ObjectKeyFromObject(o), o.DeepCopyObject().(client.Object)); !apierrors.IsNotFound(err) {
			e.t.Fatalf("%s is not lost: %v", o.GetName(), err)
		}
	}
	for _, n := range []string{"sala", namespace, platform} {
		for _, kind := range []client.Object{&corev1.Secret{}, &corev1.ConfigMap{}, &batchv1.CronJob{}} {
			if err := e.cluster.DeleteAllOf(ctx, kind, client.InNamespace(n)); err != nil {
				e.t.Fatal(err)
			}
		}
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "sala-agency-" + lost.Name}}
	if err := e.cluster.Delete(ctx, ns); err != nil {
		e.t.Fatal(err)
	}
	if err := e.cluster.Get(ctx, client.ObjectKeyFromObject(ns), ns); err != nil {
		e.t.Fatal(err)
	}
	ns.Spec.Finalizers = nil
	if err := e.cluster.SubResource("finalize").Update(ctx, ns); err != nil {
		e.t.Fatal(err)
	}
}

// restored: Secrets of people are as they were; Helm's and invitations are not brought
// back, and nothing waits for anybody at the API.
func (e *scheduled) restored() {
	e.t.Helper()
	get := func(ns, name string) (*corev1.Secret, error) {
		s := &corev1.Secret{}
		return s, e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: ns, Name: name}, s)
	}
	for at, there := range map[[2]string]bool{
		{namespace, "sala-operator-client"}: true, {"sala", "sala-cursor-key"}: true, {platform, "sala-release-builder"}: true,
		{"sala", "sh.helm.release.v1.sala.v1"}: false, {namespace, specs.InvitationName("a07")}: false, {namespace, specs.InvitationName("a08")}: false,
	} {
		s, err := get(at[0], at[1])
		if there && (err != nil || string(s.Data["secret"]) != "CANARY "+at[1]) || !there && !apierrors.IsNotFound(err) {
			e.t.Errorf("%v: %v", at, fmt.Sprint(err))
		}
	}
	for name, there := range map[string]bool{"sala-files": true, "sala-api": false} {
		m := &corev1.ConfigMap{}
		err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: "sala", Name: name}, m)
		if there && (err != nil || m.Data["file"] != name) || !there && !apierrors.IsNotFound(err) {
			e.t.Errorf("the ConfigMap %s: %v", name, err)
		}
	}
	open, err := apply.Proposals(e.t.Context(), e.as("lwu", "platform"))
	if err != nil || len(open) != 0 {
		e.t.Errorf("%d proposals wait: %v", len(open), err)
	}
	if err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: platform, Name: specs.ReleaseName("persons")}, &batchv1.CronJob{}); err != nil {
		e.t.Error(err)
	}
}
