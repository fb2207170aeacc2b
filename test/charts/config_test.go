package charts

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/sala-exchange/sala/operator/serve"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/region"
)

// contents are what the files of secrets hold, by the end of their names; others hold a word.
func contents(t *testing.T) map[string]string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sala"}, NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"cursor.key": strings.Repeat("0f", 32),
		"tls.crt":    string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})),
		"tls.key":    string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}
}

// disk lays down what a pod's container finds on its disk, and nothing else, under a
// folder. A volume of a ConfigMap of the release holds what that does; one of somebody
// else's holds the files that are asked for in it.
func disk(t *testing.T, r *rendered, p *corev1.Pod, asked []string) string {
	t.Helper()
	root, known := t.TempDir(), contents(t)
	put := func(file, text string, mode int32) {
		file = filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), os.FileMode(mode)); err != nil {
			t.Fatal(err)
		}
	}
	word := func(path string) string {
		if text, ok := known[filepath.Base(path)]; ok {
			return text
		}
		return "word"
	}
	items := func(at string, list []corev1.KeyToPath, mode *int32) {
		for _, i := range list {
			put(filepath.Join(at, i.Path), word(i.Path), *mode)
		}
	}
	public := int32(0o644)
	for _, m := range p.Spec.Containers[0].VolumeMounts {
		for _, v := range p.Spec.Volumes {
			if v.Name != m.Name {
				continue
			}
			switch {
			case v.ConfigMap != nil && ours(r, v.ConfigMap.Name) != nil:
				for name, text := range ours(r, v.ConfigMap.Name).Data {
					put(filepath.Join(m.MountPath, name), text, public)
				}
			case v.ConfigMap != nil:
				for _, file := range asked {
					if strings.HasPrefix(file, m.MountPath+"/") {
						put(file, word(file), public)
					}
				}
			case v.Secret != nil && v.Secret.Items == nil:
				for _, name := range []string{"tls.crt", "tls.key", "ca.crt"} {
					put(filepath.Join(m.MountPath, name), word(name), *v.Secret.DefaultMode)
				}
			case v.Secret != nil:
				mode := v.Secret.DefaultMode
				if mode == nil {
					mode = &public
				}
				items(m.MountPath, v.Secret.Items, mode)
			case v.Projected != nil:
				for _, s := range v.Projected.Sources {
					if s.Secret != nil {
						items(m.MountPath, s.Secret.Items, v.Projected.DefaultMode)
					}
				}
			}
		}
	}
	return root
}

func ours(r *rendered, name string) *corev1.ConfigMap {
	for _, o := range r.of("ConfigMap") {
		if o.GetName() == name {
			var c corev1.ConfigMap
			c.Data = map[string]string{}
			for k, v := range o.Object["data"].(map[string]any) {
				c.Data[k], _ = v.(string)
			}
			return &c
		}
	}
	return nil
}

// file finds paths of files in a configuration.
var file = regexp.MustCompile(`/(etc|var|srv)/[-._a-zA-Z0-9/]+`)

// moved is a text whose paths lie under root.
func moved(text, root string) string { return file.ReplaceAllString(text, root+"$0") }

// environment is a container's, with paths under root. What comes of a Secret is url.
func environment(p *corev1.Pod, root, url string) (out []string) {
	for _, e := range p.Spec.Containers[0].Env {
		value := moved(e.Value, root)
		if e.ValueFrom != nil {
			value = url
		}
		out = append(out, e.Name+"="+value)
	}
	return out
}

// settled reads a pod's configuration as `sala serve` does, on the disk that the pod has.
func settled(t *testing.T, r *rendered, pod string) (*configuration.Values, configuration.Problems) {
	t.Helper()
	p := pods(t, r)[pod]
	in := configuration.Inputs{}
	text := ""
	if c := ours(r, pod); c != nil {
		text = c.Data["sala.yaml"]
	}
	root := disk(t, r, p, file.FindAllString(text, -1))
	in.Environ = environment(p, root, "postgres://sala_app@db.internal/sala?sslmode=verify-full")
	if text != "" {
		in.File = filepath.Join(root, "etc/sala/config/sala.yaml")
		if err := os.WriteFile(in.File, []byte(moved(text, root)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return configuration.Resolve(in)
}

// TestSalaTakesItsConfiguration: what the chart writes is what `sala config check` finds
// sound, with every file that is named in the pod, of a mode that Sala takes.
func TestSalaTakesItsConfiguration(t *testing.T) {
	byURL := set{chart: "sala", name: "national", over: map[string]any{"database": map[string]any{"host": "", "url": map[string]any{"name": "sala-database-url"}},
		"releases": map[string]any{"secrets": map[string]any{"databaseURL": map[string]any{"name": "sala-release-url", "key": "url"}}}}}
	for _, s := range append(sets[:3:3], byURL) {
		r := render(t, s)
		v, problems := settled(t, r, "sala-api")
		if problems = append(problems, v.Check()...); len(problems) > 0 || len(v.Warnings) > 0 {
			t.Errorf("%s: %v %v", s, problems, v.Warnings)
		}
		if url := configuration.DatabaseURL.In(v); !strings.Contains(url, "//sala_app@") {
			t.Errorf("%s: the API is not the login sala_app", s)
		}
		m, problems := settled(t, r, "sala-migration")
		url := configuration.DatabaseURL.In(m)
		if len(problems) > 0 || !strings.HasPrefix(url, "postgres://") || (s.over == nil && !strings.Contains(url, "//sala_owner@")) {
			t.Errorf("%s: the migration: %v", s, problems)
		}
		if _, err := configuration.Password(configuration.DatabasePasswordFile.In(m)); err != nil {
			t.Errorf("%s: the migration: %v", s, err)
		}
		bounds(t, r, v)
		if pods(t, r)["sala-release"] != nil {
			buildSettled(t, r, s.over == nil)
		}
		sequencerSettled(t, r, v, s.over == nil)
	}
}

// sequencerSettled: the sequencer signs in as a login of its own and bounds its memory within
// what it may have; and somebody gives places, it or the API.
func sequencerSettled(t *testing.T, r *rendered, api *configuration.Values, named bool) {
	t.Helper()
	p, apart := pods(t, r)["sala-sequencer"], configuration.LedgerSequencer.In(api) == "apart"
	if p == nil {
		if apart {
			t.Errorf("%s: nobody gives places", r.set)
		}
		return
	}
	if !apart {
		t.Errorf("%s: the API gives places beside the sequencer", r.set)
	}
	v, problems := settled(t, r, "sala-sequencer")
	if problems = append(problems, v.CheckSequencer()...); len(problems) > 0 || len(v.Warnings) > 0 {
		t.Errorf("%s: the sequencer: %v %v", r.set, problems, v.Warnings)
	}
	if url := configuration.DatabaseURL.In(v); named && !strings.Contains(url, "//sala_sequencer@") {
		t.Errorf("%s: the sequencer is not the login sala_sequencer", r.set)
	}
	if a := configuration.OperationsAddress.In(v); a != "0.0.0.0:9090" {
		t.Errorf("%s: the sequencer's health is at %s", r.set, a)
	}
	limit := p.Spec.Containers[0].Resources.Limits.Memory().Value() >> 20
	if near := int64(configuration.MemoryLimit.In(v)); near > limit*4/5 || near < limit/2 {
		t.Errorf("%s: the sequencer's memoryLimit is %d MiB of the %d that its container may have", r.set, near, limit)
	}
}

// TestTheSequencerTakesTheLedgersSettings that it shares with the API.
func TestTheSequencerTakesTheLedgersSettings(t *testing.T) {
	v, problems := settled(t, render(t, set{chart: "sala", name: "national", over: map[string]any{"config": map[string]any{"ledgerMaxLag": "5m", "logLevel": "warn"}}}), "sala-sequencer")
	if len(problems) > 0 || configuration.LedgerMaxLag.In(v) != 5*time.Minute || configuration.LogLevel.In(v) != "warn" {
		t.Errorf("%v, %s, %s", problems, configuration.LedgerMaxLag.In(v), configuration.LogLevel.In(v))
	}
}

// buildSettled: a build's configuration names the login of builds and two keys, and holds nothing
// that opens a case.
func buildSettled(t *testing.T, r *rendered, named bool) {
	t.Helper()
	v, problems := settled(t, r, "sala-release")
	if url := configuration.DatabaseURL.In(v); len(problems) > 0 || named && !strings.Contains(url, "//sala_builder@") {
		t.Errorf("%s: a build: %v", r.set, problems)
	}
	if keys := configuration.ReleaseKeys.In(v); len(keys) != 2 || configuration.KeyFile.In(v) != "" {
		t.Errorf("%s: a build has the keys %v, and the file of case keys %q", r.set, keys, configuration.KeyFile.In(v))
	}
	if _, err := configuration.Password(configuration.DatabasePasswordFile.In(v)); err != nil {
		t.Errorf("%s: a build: %v", r.set, err)
	}
}

// bounds compares what the pod is given to what the program takes.
func bounds(t *testing.T, r *rendered, v *configuration.Values) {
	t.Helper()
	p := pods(t, r)["sala-api"].Spec
	drain := configuration.DrainDelay.In(v) + configuration.DrainTimeout.In(v)
	if given := time.Duration(*p.TerminationGracePeriodSeconds) * time.Second; given <= drain {
		t.Errorf("%s: the pod is given %s to end, and drains for %s", r.set, given, drain)
	}
	limit := p.Containers[0].Resources.Limits.Memory().Value() >> 20
	if near := int64(configuration.MemoryLimit.In(v)); near > limit*4/5 || near < limit/2 {
		t.Errorf("%s: memoryLimit is %d MiB of the %d that the container may have", r.set, near, limit)
	}
}

// TestWhatIsMissingIsFound: the test above looks at the files.
func TestWhatIsMissingIsFound(t *testing.T) {
	over := map[string]any{"config": map[string]any{"policyKey": []string{"/etc/sala/nowhere/policy.pub"}}}
	v, _ := settled(t, render(t, set{chart: "sala", name: "national", over: over}), "sala-api")
	if problems := v.Check(); len(problems) != 1 || !strings.Contains(problems.Error(), "policyKey") {
		t.Errorf("a key that no volume holds: %v", problems)
	}
}

// TestTheDoorTakesItsConfiguration as sala-region reads it.
func TestTheDoorTakesItsConfiguration(t *testing.T) {
	r := render(t, set{chart: "sala", name: "national"})
	c, err := region.ParseConfiguration([]byte(ours(r, "sala-region").Data["region.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 2 || c.Address != "0.0.0.0:8443" {
		t.Errorf("the door would serve %d sources at %s", len(c.Sources), c.Address)
	}
	p := pods(t, r)["sala-region"]
	root := disk(t, r, p, []string{c.Documents})
	for _, named := range []string{c.TLSCertificateFile, c.TLSKeyFile, c.Documents, p.Spec.Containers[0].Args[2]} {
		if _, err := os.Stat(filepath.Join(root, named)); err != nil {
			t.Errorf("the door's pod has no %s", named)
		}
	}
	for _, e := range p.Spec.Containers[0].Env {
		t.Errorf("the door has the variable %s", e.Name)
	}
	for _, v := range p.Spec.Volumes {
		if v.Projected != nil || v.Secret != nil && v.Secret.SecretName != "sala-region-tls" {
			t.Errorf("the door has the volume %s", v.Name)
		}
	}
}

// TestTheOperatorTakesItsFlags by its own declaration of them.
func TestTheOperatorTakesItsFlags(t *testing.T) {
	byToken := map[string]any{"account": map[string]any{"issuer": "", "clientID": "", "audience": "",
		"serviceAccountToken": map[string]any{"enabled": true, "audience": "https://sala.example/api"}}}
	for _, over := range []map[string]any{nil, byToken} {
		r := render(t, set{chart: "sala-operator", name: "standard", over: over})
		p := pods(t, r)["sala-operator"]
		var o serve.Options
		f := flag.NewFlagSet("sala-operator", flag.ContinueOnError)
		f.SetOutput(io.Discard)
		o.Flags(f)
		if err := f.Parse(p.Spec.Containers[0].Args); err != nil {
			t.Fatal(err)
		}
		if err := o.Account.Check(); err != nil || o.Endpoint == "" || f.NArg() > 0 {
			t.Errorf("the operator's flags: %v %q %v", err, o.Endpoint, f.Args())
		}
		if o.CAFile != filepath.Join(p.Spec.Containers[0].VolumeMounts[1].MountPath, p.Spec.Volumes[1].Secret.Items[0].Path) {
			t.Errorf("the operator reads the authority %s, and the pod has it elsewhere", o.CAFile)
		}
		if o.Keys != ":8082" || o.KeysLead != 10*time.Minute || len(o.Connectors.API) != 1 || len(o.Connectors.DNS) != 1 || o.Connectors.APIPort != 8443 {
			t.Errorf("the operator's flags: %s %s %+v", o.Keys, o.KeysLead, o.Connectors)
		}
		named := o.Account.SecretFile + o.Account.TokenFile // one of them
		var paths bytes.Buffer
		for _, s := range p.Spec.Volumes[0].Projected.Sources {
			if s.Secret != nil {
				paths.WriteString(s.Secret.Items[0].Path)
			} else {
				paths.WriteString(s.ServiceAccountToken.Path)
			}
		}
		if want := filepath.Join(p.Spec.Containers[0].VolumeMounts[0].MountPath, paths.String()); named != want {
			t.Errorf("the operator reads %s, and the pod has %s", named, want)
		}
	}
}
