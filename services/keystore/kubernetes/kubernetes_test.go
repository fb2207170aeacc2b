package kubernetes

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/sealtest"
	"github.com/sala-exchange/sala/test/controlplane"
)

// cluster is a real API server with its etcd; nil where there is to be none.
var cluster *rest.Config

var plane *controlplane.Plane

func TestMain(m *testing.M) {
	os.Exit(controlplane.Run(m, func(p *controlplane.Plane) { plane, cluster = p, p.Config }))
}

func need(t testing.TB) {
	t.Helper()
	plane.Need(t)
}

var namespaces atomic.Int32

// namespace makes one for the test.
func namespace(t testing.TB) string {
	t.Helper()
	need(t)
	name := fmt.Sprint("keys-", namespaces.Add(1))
	client, err := corev1client.NewForConfig(cluster)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func connected(t testing.TB, place string) *Store {
	t.Helper()
	s, err := connectWith(cluster, place)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func twice(t testing.TB) (*Store, *Store) {
	t.Helper()
	place := namespace(t) + "/sala"
	a, b := connected(t, place), connected(t, place)
	if err := a.init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.sound(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a, b
}

// remove deletes a Secret, as no store does.
func remove(t *testing.T, s *Store, name string) error {
	return s.secrets.rest.Delete().Namespace(s.secrets.namespace).Resource("secrets").Name(name).Do(t.Context()).Error()
}

func handles(t testing.TB) (seal.Store, seal.Store) { return twice(t) }

func TestConform(t *testing.T) {
	need(t)
	sealtest.Conform(t, handles)
}

func BenchmarkKubernetes(b *testing.B) { sealtest.Benchmark(b, handles) }

// TestInit: made once; a run that was cut off can be done again; what is none is refused.
func TestInit(t *testing.T) {
	place := namespace(t) + "/sala"
	s := connected(t, place)
	if err := s.sound(t.Context()); errs.KindOf(err) != errs.Unavailable {
		t.Error("a namespace without a store:", err)
	}
	for _, left := range []string{s.shardName(3), s.pageName(0)} {
		if err := s.makeEmpty(t.Context(), left, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.init(t.Context()); err != nil {
		t.Error("after a run that was cut off:", err)
	}
	if err := s.init(t.Context()); errs.KindOf(err) != errs.Conflict {
		t.Error("made twice:", err)
	}
	if err := s.Create(t.Context(), map[string][]byte{"case_1": []byte("wrapped")}); err != nil {
		t.Fatal(err)
	}
	if err := remove(t, s, s.name); err != nil {
		t.Fatal(err)
	}
	if err := s.init(t.Context()); errs.KindOf(err) != errs.Conflict {
		t.Error("made over keys whose root was deleted:", err)
	}
	for _, at := range []string{"", "x", "a/", "/a", "A/b", "a/b/c", "a/-"} {
		if _, err := connectWith(cluster, at); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", at, err)
		}
	}
}

// TestDeleted: a Secret that somebody deleted is an error, not erased people.
func TestDeleted(t *testing.T) {
	a, b := twice(t)
	if err := a.Create(t.Context(), map[string][]byte{"case_1": []byte("wrapped")}); err != nil {
		t.Fatal(err)
	}
	for i := range 70 {
		if err := a.AppendErasure(t.Context(), i, []byte("entry")); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{a.shardName(shardOf("case_1")), a.pageName(0), a.name} {
		if err := remove(t, a, name); err != nil {
			t.Fatal(err)
		}
	}
	_, get := b.Get(t.Context(), "case_1")
	_, list := b.List(t.Context(), "", 10)
	_, erased := b.Erasures(t.Context(), 0)
	for name, err := range map[string]error{
		"get": get, "list": list, "erasures": erased, "check": b.Check(t.Context()), "destroy": b.Destroy(t.Context(), "case_1"),
		"create": b.Create(t.Context(), map[string][]byte{"case_1": []byte("wrapped")}), "append": b.AppendErasure(t.Context(), 0, []byte("entry")),
	} {
		if errs.KindOf(err) != errs.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "case_1") {
			t.Errorf("%s: the error holds the id: %v", name, err)
		}
	}
}

// TestHole: an erasure list out of which an entry or a page was taken is refused.
func TestHole(t *testing.T) {
	a, b := twice(t)
	for i := range 2*pageSize + 1 {
		if err := a.AppendErasure(t.Context(), i, []byte("entry")); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range []int{0, 5, pageSize - 1} {
		if err := a.change(t.Context(), a.pageName(0), "", func(data map[string][]byte) error { delete(data, place(at)); return nil }); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Erasures(t.Context(), 0); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("without entry %d: %d entries, %v", at, len(got), err)
		}
		if err := a.change(t.Context(), a.pageName(0), "", func(data map[string][]byte) error { data[place(at)] = []byte("entry"); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := b.Erasures(t.Context(), 0); err != nil || len(got) != 2*pageSize+1 {
		t.Errorf("a whole list of %d: %v", len(got), err)
	}
}

// TestFull: a Secret that is nearly full takes no more keys, and says so.
func TestFull(t *testing.T) {
	a, _ := twice(t)
	err := a.change(t.Context(), a.shardName(shardOf("case_1")), "", func(data map[string][]byte) error {
		data["filler"] = make([]byte, fullAt)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Create(t.Context(), map[string][]byte{"case_1": []byte("wrapped")})
	if errs.KindOf(err) != errs.Unavailable || !strings.Contains(err.Error(), "full") {
		t.Error(err)
	}
	if got, err := a.Get(t.Context(), "case_1"); err != nil || len(got) != 0 {
		t.Errorf("%d keys: %v", len(got), err)
	}
}

// TestPages: a list that is read on uses what it read at its beginning, for a minute.
func TestPages(t *testing.T) {
	a, b := twice(t)
	clock := &sealtest.Clock{}
	a.now = clock.Now
	var keys = map[string][]byte{}
	for _, id := range []string{"case_1", "case_2", "case_4", "case_5"} {
		keys[id] = []byte("wrapped")
	}
	if err := b.Create(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	page := func(after string, want ...string) {
		t.Helper()
		if got, err := a.List(t.Context(), after, 2); err != nil || !slices.Equal(got, want) {
			t.Errorf("after %q: %q, want %q: %v", after, got, want, err)
		}
	}
	page("", "case_1", "case_2")
	if err := errors.Join(b.Destroy(t.Context(), "case_4"), b.Create(t.Context(), map[string][]byte{"case_3": []byte("wrapped")})); err != nil {
		t.Fatal(err)
	}
	page("case_2", "case_4", "case_5")
	page("", "case_1", "case_2")
	clock.Add(time.Minute)
	page("case_2", "case_3", "case_5")
	page("case_1", "case_2", "case_3")
}
