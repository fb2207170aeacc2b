package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// reach is a cluster that one may do everything in.
type reach struct {
	t      *testing.T
	config *rest.Config
	client client.Client
	plain  *kubernetes.Clientset
}

func reached(t *testing.T) *reach {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("SALA_TEST_CLUSTER"))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS, config.Burst, config.WarningHandler = 100, 200, rest.NoWarnings{}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	r := &reach{t: t, config: config}
	if r.client, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	if r.plain, err = kubernetes.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *reach) make(objects ...client.Object) {
	r.t.Helper()
	for _, o := range objects {
		if err := r.client.Create(r.t.Context(), o); err != nil {
			r.t.Fatalf("making %T %s: %v", o, o.GetName(), err)
		}
	}
}

// until waits for something to be so.
func (r *reach) until(what string, within time.Duration, is func() (bool, error)) {
	r.t.Helper()
	var err error
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var ok bool
		if ok, err = is(); ok {
			return
		}
	}
	r.t.Fatalf("not %s within %s: %v\n%s", what, within, err, r.state())
}

// state tells of each pod why it does not run.
func (r *reach) state() string {
	pods, err := r.plain.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, p := range pods.Items {
		if !slices.Contains(namespaces, p.Namespace) {
			continue
		}
		fmt.Fprintf(&out, "%s/%s %s", p.Namespace, p.Name, p.Status.Phase)
		for _, c := range p.Status.ContainerStatuses {
			if w := c.State.Waiting; w != nil {
				fmt.Fprintf(&out, " %s %s", w.Reason, w.Message)
			}
			if e := c.LastTerminationState.Terminated; e != nil {
				fmt.Fprintf(&out, " ended with %d %s", e.ExitCode, e.Message)
			}
			if !c.Ready {
				fmt.Fprintf(&out, "\n%s", r.log(p.Namespace, p.Name, 15))
			}
		}
		fmt.Fprintln(&out)
	}
	return out.String()
}

func (r *reach) log(namespace, pod string, lines int64) string {
	raw, err := r.plain.CoreV1().Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{TailLines: &lines}).DoRaw(context.Background())
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// running waits for a pod to be ready.
func (r *reach) running(namespace, pod string) {
	r.t.Helper()
	r.until("ready: "+pod, 2*time.Minute, func() (bool, error) {
		p, err := r.plain.CoreV1().Pods(namespace).Get(r.t.Context(), pod, metav1.GetOptions{})
		if err != nil {
			return false, client.IgnoreNotFound(err)
		}
		return ready(p), nil
	})
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil
		}
	}
	return false
}

// inPod runs a command in a pod.
func (r *reach) inPod(ctx context.Context, namespace, pod string, in io.Reader, command ...string) (string, error) {
	req := r.plain.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Command: command, Stdin: in != nil, Stdout: true, Stderr: true}, clientgoscheme.ParameterCodec)
	exec, err := remotecommand.NewSPDYExecutor(r.config, "POST", req.URL())
	if err != nil {
		return "", err
	}
	var out, problem bytes.Buffer
	if err := exec.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: in, Stdout: &out, Stderr: &problem}); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, strings.TrimSpace(problem.String()))
	}
	return out.String(), nil
}

// gone waits for an object to be gone.
func (r *reach) gone(o client.Object, within time.Duration) {
	r.t.Helper()
	r.until("gone: "+o.GetName(), within, func() (bool, error) {
		err := r.client.Get(r.t.Context(), client.ObjectKeyFromObject(o), o)
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	})
}
