package operator

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/test/controlplane"
)

// controllers runs Kubernetes' own controllers of CronJobs and Jobs, and its collector of
// what has no owner any more.
func controllers(t *testing.T) {
	t.Helper()
	plane.Need(t)
	folder, err := controlplane.Binaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "kube-controller-manager")
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("there is no kube-controller-manager beside the control plane: CronJobs are not started")
	}
	var said bytes.Buffer
	c := exec.Command(program, "--kubeconfig", kubeconfig(t, plane.Config), "--leader-elect=false", "--secure-port=0",
		"--controllers=cronjob-controller,job-controller,garbage-collector-controller", "--authentication-skip-lookup")
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
}

// TestTheClusterRunsIt: by Kubernetes' own controllers a build that is due is started, one
// that was refused is not tried again, and all of it goes with the schedule. The kubelet
// alone is played.
func TestTheClusterRunsIt(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the next minute")
	}
	controllers(t)
	due := time.Now().UTC().Add(15 * time.Second).Truncate(time.Minute).Add(time.Minute)
	e := schedule(t, strings.Replace(soundSchedule, `"30 2 1 2 *"`, fmt.Sprintf("\"%d %d * * *\"\n  timeZone: UTC", due.Minute(), due.Hour()), 1), true)
	var pods corev1.PodList
	within(t, 2*time.Minute, "no build is started", func() bool {
		return e.cluster.List(t.Context(), &pods, client.InNamespace(platform)) == nil && len(pods.Items) > 0
	})
	e.so("under way", func(s *v1alpha1.ReleaseSchedule) bool { return s.Status.Running != "" })
	p := &pods.Items[0]
	p.Status.Phase = corev1.PodFailed
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: specs.BuildContainer, Image: "x", ImageID: "x",
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Message: "REFUSED gate-k"}}}}
	if err := e.cluster.Status().Update(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	e.so("told", func(s *v1alpha1.ReleaseSchedule) bool {
		return s.Status.LastRun != nil && s.Status.LastRun.Code == "gate-k"
	})
	if err := e.cluster.List(t.Context(), &pods, client.InNamespace(platform)); err != nil || len(pods.Items) != 1 {
		t.Errorf("what was refused is tried again: %d pods, %v", len(pods.Items), err)
	}
	if got := condition(e.s, "OnTime"); got != "True AsDeclared" {
		t.Errorf("started when it was due: %s", got)
	}
	if err := e.cluster.Delete(t.Context(), e.s); err != nil {
		t.Fatal(err)
	}
	within(t, time.Minute, "something stays when the schedule is gone", func() bool {
		n := 0
		for _, list := range []client.ObjectList{&batchv1.CronJobList{}, &batchv1.JobList{}, &corev1.ConfigMapList{}} {
			if err := e.cluster.List(t.Context(), list, client.InNamespace(platform)); err != nil {
				return false
			}
			switch l := list.(type) {
			case *batchv1.CronJobList:
				n += len(l.Items)
			case *batchv1.JobList:
				n += len(l.Items)
			case *corev1.ConfigMapList:
				n += len(l.Items)
			}
		}
		return n == 0
	})
}

func within(t *testing.T, d time.Duration, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !so(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}
