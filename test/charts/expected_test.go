package charts

import (
	"cmp"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// outside is a Secret or ConfigMap that a rendering names and does not hold.
type outside struct{ kind, namespace, name string }

// references collects what a rendering expects beside it, with the keys that it reads.
type references struct {
	r     *rendered
	found map[outside]map[string]bool
}

func (e *references) add(kind, namespace, name string, keys ...string) {
	if name == "" || kind == "ConfigMap" && ours(e.r, name) != nil {
		return
	}
	at := outside{kind, cmp.Or(namespace, e.r.namespace()), name}
	if e.found[at] == nil {
		e.found[at] = map[string]bool{}
	}
	for _, k := range keys {
		if k != "" {
			e.found[at][k] = true
		}
	}
}

// look goes through what is no pod: an Ingress, a Gateway's policy, a Cluster of CloudNativePG.
func (e *references) look(namespace string, v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			e.look(namespace, x)
		}
	case map[string]any:
		for field, x := range v {
			name, _ := x.(string)
			of, _ := x.(map[string]any)
			switch field {
			case "secretName":
				e.add("Secret", namespace, name, "tls.crt", "tls.key") // of an Ingress
			case "secret", "passwordSecret", "superuserSecret":
				named, _ := of["name"].(string)
				e.add("Secret", namespace, named, "username", "password") // of a Cluster
			case "caCertificateRefs":
				for _, ref := range x.([]any) {
					ref := ref.(map[string]any)
					e.add(ref["kind"].(string), namespace, ref["name"].(string), "ca.crt") // of a BackendTLSPolicy
				}
			default:
				e.look(namespace, x)
			}
		}
	}
}

func (e *references) pod(p *corev1.Pod, said string) {
	ns := p.Namespace
	for _, s := range p.Spec.ImagePullSecrets {
		e.add("Secret", ns, s.Name, ".dockerconfigjson")
	}
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		for _, v := range c.Env {
			if v.ValueFrom != nil && v.ValueFrom.SecretKeyRef != nil {
				e.add("Secret", ns, v.ValueFrom.SecretKeyRef.Name, v.ValueFrom.SecretKeyRef.Key)
			}
			if v.ValueFrom != nil && v.ValueFrom.ConfigMapKeyRef != nil {
				e.add("ConfigMap", ns, v.ValueFrom.ConfigMapKeyRef.Name, v.ValueFrom.ConfigMapKeyRef.Key)
			}
		}
		for _, f := range c.EnvFrom {
			if f.SecretRef != nil {
				e.add("Secret", ns, f.SecretRef.Name)
			}
			if f.ConfigMapRef != nil {
				e.add("ConfigMap", ns, f.ConfigMapRef.Name)
			}
		}
		for _, m := range c.VolumeMounts {
			for _, v := range p.Spec.Volumes {
				if v.Name == m.Name {
					e.volume(ns, v, filesOf(said, m.MountPath))
				}
			}
		}
	}
}

// volume adds what a volume takes in; asked are the files that are named of one that is
// mounted whole.
func (e *references) volume(ns string, v corev1.Volume, asked []string) {
	items := func(list []corev1.KeyToPath) []string {
		if list == nil {
			return asked
		}
		var keys []string
		for _, i := range list {
			keys = append(keys, i.Key)
		}
		return keys
	}
	switch {
	case v.Secret != nil:
		e.add("Secret", ns, v.Secret.SecretName, items(v.Secret.Items)...)
	case v.ConfigMap != nil:
		e.add("ConfigMap", ns, v.ConfigMap.Name, items(v.ConfigMap.Items)...)
	case v.Projected != nil:
		for _, s := range v.Projected.Sources {
			if s.Secret != nil {
				e.add("Secret", ns, s.Secret.Name, items(s.Secret.Items)...)
			}
			if s.ConfigMap != nil {
				e.add("ConfigMap", ns, s.ConfigMap.Name, items(s.ConfigMap.Items)...)
			}
		}
	}
}

// filesOf are the files directly in a folder that a text names.
func filesOf(text, folder string) []string {
	var out []string
	for _, m := range regexp.MustCompile(regexp.QuoteMeta(folder)+`/([-._a-zA-Z0-9]+)`).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

var kept = regexp.MustCompile(`kubernetes:([-a-z0-9]+)/([-a-z0-9]+)`)

// expected is all that a set names and does not hold.
func expected(t *testing.T, s set) map[outside]map[string]bool {
	t.Helper()
	e := &references{render(t, s), map[outside]map[string]bool{}}
	all, err := yaml.Marshal(e.r.objects)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pods(t, e.r) {
		e.pod(p, string(all))
	}
	for _, o := range e.r.objects {
		switch o.GetKind() {
		case "Ingress", "BackendTLSPolicy", "Cluster":
			e.look(cmp.Or(o.GetNamespace(), s.namespace()), o.Object["spec"])
		}
	}
	for _, m := range kept.FindAllStringSubmatch(string(all), -1) {
		e.add("Secret", m[1], m[2])
	}
	return e.found
}

// listed is a row of the table of docs/install-kubernetes.md.
type listed struct {
	outside
	keys, sets []string
	who, how   string
}

var word = regexp.MustCompile("`([^`]+)`")

func words(cell string) (out []string) {
	for _, m := range word.FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1])
	}
	return out
}

// table reads the rows below "What each set expects".
func table(t *testing.T) (out []listed) {
	t.Helper()
	_, text, found := strings.Cut(read(t, filepath.Join("..", "..", "docs", "install-kubernetes.md")), "### What each set expects\n")
	if !found {
		t.Fatal("there is no table of what each set expects")
	}
	text, _, _ = strings.Cut(text, "\n#")
	for _, line := range strings.Split(text, "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 7 || !strings.HasPrefix(line, "| `") {
			continue
		}
		row := listed{keys: words(cells[3]), sets: words(cells[4]), who: cells[5], how: strings.TrimSuffix(cells[6], " |")}
		row.outside = outside{cells[1], words(cells[2])[0], words(cells[0])[0]}
		out = append(out, row)
	}
	return out
}

// TestTheListOfSecretsIsWhole: docs/install-kubernetes.md lists each Secret and ConfigMap
// that a set of values names and does not make, with its namespace and the keys that are
// read of it, with who makes it and how; and no other.
func TestTheListOfSecretsIsWhole(t *testing.T) {
	rows, left := table(t), map[string]map[outside]map[string]bool{}
	for _, s := range sets {
		name := s.name
		if s.chart == "sala-operator" {
			name = s.String()
		}
		left[name] = expected(t, s)
	}
	for _, row := range rows {
		asked := map[string]bool{}
		for _, name := range row.sets {
			keys, there := left[name][row.outside]
			if !there {
				t.Errorf("%s expects no %v, or it is listed twice", name, row.outside)
			}
			maps.Copy(asked, keys)
			delete(left[name], row.outside)
		}
		if keys := slices.Sorted(maps.Keys(asked)); len(keys) > 0 && !slices.Equal(keys, slices.Sorted(slices.Values(row.keys))) {
			t.Errorf("%v: listed are the keys %v, asked for are %v", row.outside, row.keys, keys)
		}
		if len(row.sets) == 0 || len(row.who) < 5 || len(row.how) < 10 {
			t.Errorf("%v: it is not said for which set, who makes it, or how", row.outside)
		}
	}
	for name, expects := range left {
		for o, keys := range expects {
			t.Errorf("%s expects %v with the keys %v, which is not listed", name, o, slices.Sorted(maps.Keys(keys)))
		}
	}
}
