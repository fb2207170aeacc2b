package configuration

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse reads the YAML file: one mapping from keys to scalars or lists of them.
func parse(path string, raw []byte) (map[*Key]Value, Problems) {
	out := map[*Key]Value{}
	name := filepath.Base(path)
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		// yaml's own words may repeat a value.
		return out, Problems{name + " is not YAML: one line a key, such as `address: 127.0.0.1:8080`"}
	}
	if document.Kind == 0 { // empty, or comments only
		return out, nil
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return out, Problems{name + " must hold keys and values: one line a key, such as `address: 127.0.0.1:8080`"}
	}
	var p Problems
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		at := fmt.Sprintf("%s:%d", name, key.Line)
		k := named(key.Value)
		switch {
		case k == nil:
			p = append(p, at+": a key that does not exist"+meant(key.Value, names()))
		case out[k].Key != nil:
			p = append(p, at+": "+k.Name+" stands twice")
		default:
			values, err := k.scalars(value)
			if err != nil {
				p.add(at, k, err)
			}
			out[k] = Value{Key: k, Values: values, Source: at}
		}
	}
	return out, p
}

func named(name string) *Key {
	for _, k := range declared {
		if k.Name == name {
			return k
		}
	}
	return nil
}

func names() []string {
	var out []string
	for _, k := range declared {
		out = append(out, k.Name)
	}
	return out
}

// scalars reads a value as the texts that stand in the file.
func (k *Key) scalars(n *yaml.Node) ([]string, error) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return nil, bad("has no value: remove the line, or give one")
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}, nil
	case n.Kind == yaml.SequenceNode && k.List:
		var out []string
		for _, one := range n.Content {
			if one.Kind != yaml.ScalarNode || one.Tag == "!!null" {
				return nil, bad("must be a list of plain values")
			}
			out = append(out, one.Value)
		}
		return out, nil
	case k.List:
		return nil, bad("must be a plain value or a list of them")
	}
	return nil, bad("must be one plain value")
}

// masked hides a password in a database's URL.
func masked(database string) string {
	if strings.HasPrefix(database, "sqlite:") {
		return database
	}
	u, err := url.Parse(database)
	if err != nil {
		return "(malformed)"
	}
	if !holdsPassword(u) {
		return database
	}
	if _, there := u.User.Password(); there {
		u.User = url.UserPassword(u.User.Username(), "xxxxx")
	}
	q := u.Query()
	for _, name := range []string{"password", "sslpassword"} {
		if q.Has(name) {
			q.Set(name, "xxxxx")
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}
