// Command generate writes what the charts share with the program: the settings of
// values.schema.json, and the operator's definitions, roles and admission policy.
//
// It promises the same files for the same program, and changes of values.schema.json
// nothing but the definitions config and regionConfig. It runs in charts.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/region"
)

// set are the settings that templates write themselves.
var set = []string{
	"address", "operationsAddress", "tlsCertificateFile", "tlsKeyFile", "proxyTerminatesTLS",
	"database", "databasePasswordFile", "keyStore", "keyFile", "erasureKeyFile", "cursorKeyFile", "ledgerSequencer",
}

// copied are files of the operator that its chart ships, by their names there.
var copied = map[string]string{
	"crd-agencies.yaml":   "../operator/crd/sala.exchange_agencies.yaml",
	"crd-agreements.yaml": "../operator/crd/sala.exchange_datasharingagreements.yaml",
	"crd-releases.yaml":   "../operator/crd/sala.exchange_releaseschedules.yaml",
	"admission.yaml":      "../operator/admission/agency-deletion.yaml",
	"reach.yaml":          "../operator/admission/operator-reach.yaml",
	"role.yaml":           "../operator/rbac/role.yaml",
	"role-agency.yaml":    "../operator/rbac/agency.yaml",
}

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate() error {
	if err := schema("sala/values.schema.json"); err != nil {
		return err
	}
	for name, from := range copied {
		raw, err := os.ReadFile(from) //nolint:gosec // one of the above
		if err != nil {
			return err
		}
		if err := write(filepath.Join("sala-operator", "files", name), raw); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, raw []byte) error {
	return os.WriteFile(path, raw, 0o644) //nolint:gosec // for everybody to read
}

func schema(path string) error {
	raw, err := os.ReadFile(path) //nolint:gosec // the chart's own
	if err != nil {
		return err
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	defs, ok := all["$defs"].(map[string]any)
	if !ok {
		return fmt.Errorf("%s has no $defs", path)
	}
	defs["config"], defs["regionConfig"] = settings(), regionSettings()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	return write(path, b.Bytes())
}

type object = map[string]any

func settings() object {
	keys := object{}
	for _, k := range configuration.Declared() {
		if !slices.Contains(set, k.Name) {
			keys[k.Name] = described(typed(k), k.Meaning, k.Range)
		}
	}
	return closed(keys)
}

// typed is what a setting may be written as; its range is the program's to check, which
// refuses to start.
func typed(k *configuration.Key) object {
	switch {
	case k.Switch:
		return object{"type": "boolean"}
	case k == configuration.TrustedProxies.Key:
		return networks("(?:[1-9]|[12][0-9]|3[0-2])", "(?:[1-9]|[1-9][0-9]|1[01][0-9]|12[0-8])") // /0 is everybody
	case k == configuration.IssuerNetworks.Key:
		return networks("(?:[0-9]|[12][0-9]|3[0-2])", "(?:[0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])")
	case k.List:
		return object{"type": []string{"array", "string"}, "items": object{"type": "string"}}
	}
	return object{"type": []string{"string", "number"}}
}

// networks are ADDRESS/BITS with these bits of an IPv4 and an IPv6 network. That there are
// no bits of a host beyond, no pattern says: the program does.
func networks(bits4, bits6 string) object {
	const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
	one := func(o object) object {
		o["pattern"] = "^(?:" + octet + "(?:[.]" + octet + "){3}/" + bits4 + "|[0-9a-fA-F:]*:[0-9a-fA-F:.]*/" + bits6 + ")?$" // nothing is as left out
		o["not"] = object{"type": "string", "pattern": "^(?:::|(?:0{1,4}:){5})[fF]{4}:"}                                      // IPv4 in IPv6's form
		return o
	}
	return one(object{"type": []string{"array", "string"}, "items": one(object{"type": "string"})})
}

func regionSettings() object {
	keys := object{}
	for _, s := range region.Settings() {
		list, entry, nested := strings.Cut(s.Name, ".")
		switch {
		case slices.Contains(set, s.Name):
		case nested:
			items := keys[list].(object)["items"].(object)["properties"].(object)
			items[entry] = described(plain(s), s.Meaning, s.Range)
		default:
			keys[s.Name] = described(plain(s), s.Meaning, s.Range)
		}
	}
	return closed(keys)
}

func plain(s region.Setting) object {
	switch {
	case s.Range == "true or false":
		return object{"type": "boolean"}
	case s.Range == "list":
		return object{"type": "array", "items": closed(object{})}
	case strings.HasPrefix(s.Range, "list of"):
		return object{"type": "array", "items": object{"type": "string"}}
	}
	return object{"type": []string{"string", "number"}}
}

func described(o object, meaning, within string) object {
	o["description"] = meaning + " (" + within + ")"
	return o
}

func closed(properties object) object {
	return object{"type": "object", "additionalProperties": false, "properties": properties}
}
