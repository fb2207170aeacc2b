package controlplane

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// Call is one request that the API server answered.
type Call struct {
	Verb, Group, Resource, Subresource, Namespace, Name string
	Code                                                int // HTTP status
}

// Calls lists what a user asked of the server so far; it skips a test on a cluster that was
// there before, which keeps no such record for it.
func (p *Plane) Calls(t testing.TB, user string) []Call {
	t.Helper()
	if p.Whole {
		t.Skip("skipped: the cluster that SALA_TEST_KUBECONFIG names keeps no record of requests for tests")
	}
	f, err := os.Open(p.audit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var out []Call
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Verb      string
			User      struct{ Username string }
			ObjectRef struct{ APIGroup, Resource, Subresource, Namespace, Name string }
			Status    struct{ Code int } `json:"responseStatus"`
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			continue // the last line may be half written
		}
		if e.User.Username == user && e.ObjectRef.Resource != "" {
			o := e.ObjectRef
			out = append(out, Call{e.Verb, o.APIGroup, o.Resource, o.Subresource, o.Namespace, o.Name, e.Status.Code})
		}
	}
	return out
}
