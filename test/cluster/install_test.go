package cluster

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The namespaces: of the API, of its key store, of the operator and of builds, which the runbooks
// name, and of what the test brings along.
const (
	ofAPI     = "sala"
	ofKeys    = "sala-keys"
	ofOperate = "sala-system"
	ofBuilds  = "sala-releases"
	ofVisitor = "sala-e2e"
	ofProgram = "sala-agency-lwu" // of an agency's programs, which the operator makes
)

var namespaces = []string{ofAPI, ofKeys, ofOperate, ofBuilds, ofProgram, ofVisitor}

// visitorPod is where the issuer is, and from where is asked.
const visitorPod = "visitor-0"

const (
	audience = "https://sala.example/api"
	issuers  = "https://issuer." + ofVisitor + ".svc:8443"
	endpoint = "https://sala-api." + ofAPI + ".svc:8443/graphql"
	door     = "https://sala-region." + ofAPI + ".svc:8443" // the counterparts', and the audience of their tokens
	keys     = "http://sala-operator-keys." + ofOperate + ".svc/agencies/lwu/jwks.json"
)

// installation is what is installed for one run.
type installation struct {
	*reach
	authority *authority
	archives  string // folder of the images
	sala      string // the program, outside the cluster
	secrets   map[string]string
	desk      *desk
	api       *chart
	operator  *chart
}

// installed makes namespaces, database and issuer, as the pages of docs say to.
func installed(t *testing.T) *installation {
	t.Helper()
	i := &installation{reach: reached(t), authority: newAuthority(t), secrets: map[string]string{}}
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	if err := i.client.Get(t.Context(), client.ObjectKey{Name: "agencies.sala.exchange"}, definition); !apierrors.IsNotFound(err) {
		t.Fatalf("the cluster has Sala's definitions, or cannot be asked (%v): name another cluster, or delete them first", err)
	}
	i.archives = images(t)
	i.sala = program(t, i.archives, "sala")
	for _, n := range namespaces { // an earlier run's may still be going; somebody else's stay
		i.gone(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n}}, time.Minute)
	}
	if os.Getenv("SALA_TEST_KEEP") == "" {
		t.Cleanup(i.remove)
	}
	i.make(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ofVisitor, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}})
	for _, name := range []string{"superuser.password", "owner.password", "app.password", "sequencer.password", "client.secret"} {
		i.secrets[name] = rand.Text()
	}
	i.furnished()
	i.database()
	i.visitor()
	i.running(ofVisitor, "postgres-0")
	i.running(ofVisitor, visitorPod)
	return i
}

// remove takes everything away, in whatever state it is.
func (i *installation) remove() {
	ctx := context.Background()
	for _, c := range []*chart{i.operator, i.api} { // what is in no namespace goes with them
		if c != nil {
			_, _ = c.do("uninstall")
		}
	}
	for _, o := range []struct{ group, kind, prefix string }{
		{"sala.exchange", "AgencyList", ""}, {"sala.exchange", "DataSharingAgreementList", ""}, {"sala.exchange", "ReleaseScheduleList", ""},
	} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: o.group, Version: "v1alpha1", Kind: o.kind})
		if err := i.client.List(ctx, list); err != nil {
			continue
		}
		for n := range list.Items {
			_ = i.client.Patch(ctx, &list.Items[n], client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))
		}
	}
	for name, kind := range map[string]schema.GroupVersionKind{
		"agencies.sala.exchange":              {Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
		"datasharingagreements.sala.exchange": {Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
		"releaseschedules.sala.exchange":      {Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
	} {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(kind)
		u.SetName(name)
		_ = i.client.Delete(ctx, u)
	}
	_ = i.client.Delete(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "sala-e2e-second"}})
	for _, n := range namespaces {
		_ = i.client.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n}})
	}
}

func secret(namespace, name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: data}
}

// restricted is what the restricted profile asks of a pod and of a container.
func restricted(c corev1.Container, volumes ...corev1.Volume) corev1.PodSpec {
	yes, no, id := true, false, int64(65532)
	c.SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
	c.Image, c.ImagePullPolicy = "localhost/sala-visitor:"+firstVersion, corev1.PullIfNotPresent
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "tmp", MountPath: "/tmp"})
	return corev1.PodSpec{
		AutomountServiceAccountToken: &no,
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: &yes, RunAsUser: &id, RunAsGroup: &id, FSGroup: &id,
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		Containers: []corev1.Container{c},
		Volumes:    append(volumes, corev1.Volume{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}),
	}
}

func fromSecret(volume, secret string) corev1.Volume {
	mode := int32(0o440)
	return corev1.Volume{Name: volume, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: secret, DefaultMode: &mode}}}
}

func service(name string, port int32, labels map[string]string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: ofVisitor, Name: name},
		Spec: corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: port, TargetPort: intstr.FromInt32(port)}}}}
}

// database is PostgreSQL in a StatefulSet, reached by TLS alone.
func (i *installation) database() {
	i.t.Helper()
	certificate, key := i.authority.issue(i.t, "postgres."+ofVisitor+".svc", "localhost")
	data := map[string][]byte{"tls.crt": certificate, "tls.key": key}
	for _, name := range []string{"superuser.password", "owner.password", "app.password", "sequencer.password"} {
		data[name] = []byte(i.secrets[name])
	}
	labels := map[string]string{"app": "postgres"}
	container := corev1.Container{
		Name: "postgres", Args: []string{"postgres"},
		Env:            []corev1.EnvVar{{Name: "PGDATA", Value: "/data/pg"}, {Name: "PGBIN", Value: pgBin(i.t)}, {Name: "PGSECRETS", Value: "/secrets"}},
		VolumeMounts:   []corev1.VolumeMount{{Name: "data", MountPath: "/data"}, {Name: "secrets", MountPath: "/secrets", ReadOnly: true}},
		ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(5432)}}},
	}
	i.make(secret(ofVisitor, "postgres", data), service("postgres", 5432, labels),
		stateful("postgres", labels, restricted(container, fromSecret("secrets", "postgres")), corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		}}))
}

// stateful is one pod that comes back under its name, wherever it was.
func stateful(name string, labels map[string]string, pod corev1.PodSpec, claims ...corev1.PersistentVolumeClaim) *appsv1.StatefulSet {
	one := int32(1)
	return &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: ofVisitor, Name: name}, Spec: appsv1.StatefulSetSpec{
		Replicas: &one, ServiceName: name, Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod}, VolumeClaimTemplates: claims,
	}}
}

// visitor is the pod with the issuer, from which everybody asks.
func (i *installation) visitor() {
	i.t.Helper()
	certificate, key := i.authority.issue(i.t, "issuer."+ofVisitor+".svc")
	labels := map[string]string{"app": "visitor"}
	container := corev1.Container{
		Name: "visitor", Args: []string{"issuer"},
		Env: []corev1.EnvVar{
			{Name: "VISITOR_ISSUERS", Value: issuers}, {Name: "VISITOR_ENDPOINT", Value: endpoint}, {Name: "VISITOR_AUDIENCE", Value: audience}, {Name: "VISITOR_TLS", Value: "/tls"},
			{Name: "VISITOR_CLIENT_SECRET", Value: i.secrets["client.secret"]}, {Name: "VISITOR_DOOR", Value: door}, {Name: "VISITOR_KEYS", Value: keys}, {Name: "SSL_CERT_FILE", Value: "/tls/ca.crt"},
		},
		VolumeMounts:   []corev1.VolumeMount{{Name: "tls", MountPath: "/tls", ReadOnly: true}},
		ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8443)}}},
	}
	i.make(secret(ofVisitor, "visitor-tls", map[string][]byte{"tls.crt": certificate, "tls.key": key, "ca.crt": i.authority.pem}), service("issuer", 8443, labels),
		stateful("visitor", labels, restricted(container, fromSecret("tls", "visitor-tls"))))
}

// released are the charts with the values of this cluster, which lie on the desk.
func (i *installation) released() {
	i.t.Helper()
	i.api = &chart{name: "sala", namespace: ofAPI, values: fmt.Sprintf(`
config: {audience: %q, anyDocument: true, issuerNetwork: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]}
keyStore: {address: "kubernetes:%s/store"}
database: {host: postgres.%s.svc, ca: {name: sala-database-ca}, networks: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]}
tls: {secretName: sala-tls}
networkPolicy:
  clients: [{namespaceSelector: {}}]
  regionClients: [{namespaceSelector: {}}]
  apiServer: {networks: [0.0.0.0/0]}
  outside: {ports: [443, 8443], networks: [{cidr: 0.0.0.0/0}]}
sequencer: {enabled: true, resources: {requests: {cpu: 20m, memory: 96Mi}, limits: {memory: 256Mi}}}
test: {tokenSecret: {name: sala-test-token}}
`, audience, ofKeys, ofVisitor)}
	i.operator = &chart{name: "sala-operator", namespace: ofOperate, values: fmt.Sprintf(`
image: {tag: %s}
endpoint: %s
account: {issuer: %q, clientID: sala-operator}
ca: {name: sala-ca}
readEvery: 1s
poll: 2s
networkPolicy: {api: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}}], apiServer: {networks: [0.0.0.0/0]}, outside: {ports: [443, 8443], networks: [{cidr: 0.0.0.0/0}]}}
`, firstVersion, endpoint, issuers+"/issuer/secretariat", ofAPI)}
	for name, values := range map[string]string{"my-values.yaml": i.api.values + version(firstVersion, ""), "operator-values.yaml": i.operator.values} {
		if err := os.WriteFile(filepath.Join(i.desk.folder, name), []byte(values), 0o600); err != nil {
			i.t.Fatal(err)
		}
	}
}

// version are the values that say which image of the API runs.
func version(tag, more string) string {
	return fmt.Sprintf("image: {tag: %s}\napi: {sequencer: false, filesConfigMap: sala-files, resources: {requests: {cpu: 50m, memory: 128Mi}}, env: [{name: SSL_CERT_FILE, value: /etc/sala/files/ca.crt}]%s}\n", tag, more)
}

// join waits for the API to know the agency's issuer, and lets its people in.
func (i *installation) join(code, invitation string) {
	i.t.Helper()
	i.until(code+" let in", time.Minute, func() (bool, error) {
		_, err := i.inPod(i.t.Context(), ofVisitor, visitorPod, strings.NewReader(invitation), "/visitor", "join", code)
		return err == nil, err
	})
}

// visit runs a verb of the visitor, which must go through.
func (i *installation) visit(in string, verb ...string) string {
	i.t.Helper()
	out, err := i.inPod(i.t.Context(), ofVisitor, visitorPod, strings.NewReader(in), append([]string{"/visitor"}, verb...)...)
	if err != nil {
		i.t.Fatalf("%s: %v\n%s", strings.Join(verb, " "), err, out)
	}
	return out
}
