package v1alpha1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/internal/errs"
)

// Bounds of what is read: bytes of a file, documents of it.
const (
	maxFile      = 1 << 20
	maxDocuments = 1000
)

// Document is one manifest with the place that it stands at; exactly one of Agency and
// Agreement is set.
type Document struct {
	File     string // as it was named
	Number   int    // of the document in its file, from 1
	Line     int    // where the document begins, from 1
	Agency   *Agency
	Terms    *DataSharingAgreement
	KindName string // as "Agency/lwu"
}

// Name is the metadata.name.
func (d *Document) Name() string {
	if d.Agency != nil {
		return d.Agency.Name
	}
	return d.Terms.Name
}

// Place says where the document stands, for messages.
func (d *Document) Place() string { return place(d.File, d.Number, d.Line) }

func place(file string, number, line int) string {
	return fmt.Sprintf("%s, document %d, line %d", file, number, line)
}

// ReadPaths reads every manifest of the files, and of the folders' files *.yaml and
// *.yml, in the order of their names. One name stands for one thing: what stands twice
// is refused.
func ReadPaths(paths []string) ([]*Document, error) {
	var all []*Document
	for _, p := range paths {
		files, err := filesOf(p)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			docs, err := readFile(f)
			if err != nil {
				return nil, err
			}
			all = append(all, docs...)
		}
	}
	return all, once(all)
}

func once(all []*Document) error {
	first := map[string]*Document{}
	for _, d := range all {
		if other := first[d.KindName]; other != nil {
			return errs.New(errs.Invalid, "%s: the same name stands at %s already", d.Place(), other.Place())
		}
		first[d.KindName] = d
	}
	if len(all) == 0 {
		return errs.New(errs.Invalid, "no manifest was found: name a file, or a folder with files *.yaml")
	}
	return nil
}

func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "%s cannot be read: check the path", path)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var out []string
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		found, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "%s cannot be listed: check the path", path)
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return out, nil
}

func readFile(path string) ([]*Document, error) {
	f, err := os.Open(path) //nolint:gosec // the caller names the file
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "%s cannot be read: check the path", path)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(raw) > maxFile {
		return nil, errs.New(errs.Invalid, "%s cannot be read, or is larger than 1 MiB", path)
	}
	return Decode(path, raw)
}

// Decode reads the manifests of one file; name is for messages.
func Decode(name string, raw []byte) ([]*Document, error) {
	var out []*Document
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	for number := 1; ; number++ {
		var node yaml.Node
		err := dec.Decode(&node)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, malformed(name, number, err)
		}
		if number > maxDocuments {
			return nil, errs.New(errs.Limited, "%s has more than %d documents", name, maxDocuments)
		}
		if blank(&node) {
			continue // what follows a closing line
		}
		d, err := decodeOne(name, number, &node)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
}

func blank(n *yaml.Node) bool {
	return len(n.Content) == 0 || n.Content[0].Kind == yaml.ScalarNode && n.Content[0].Tag == "!!null"
}

func decodeOne(name string, number int, node *yaml.Node) (*Document, error) {
	d := &Document{File: name, Number: number, Line: node.Content[0].Line}
	if line := truth(node); line > 0 {
		return nil, errs.New(errs.Invalid, "%s: a cluster reads a bare yes, no, on or off, in small or capital letters, as true or false: write it in quotation marks, or write true or false", place(name, number, line))
	}
	var head struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
	}
	if err := node.Decode(&head); err != nil {
		return nil, malformed(name, number, err)
	}
	if head.APIVersion != APIVersion {
		return nil, errs.New(errs.Invalid, "%s: apiVersion is not %s", d.Place(), APIVersion)
	}
	var err error
	switch head.Kind {
	case KindAgency:
		d.Agency = &Agency{}
		err = into(node, &d.Agency.TypeMeta, &d.Agency.ObjectMeta, &d.Agency.Spec)
	case KindDataSharingAgreement:
		d.Terms = &DataSharingAgreement{}
		err = into(node, &d.Terms.TypeMeta, &d.Terms.ObjectMeta, &d.Terms.Spec)
	default:
		return nil, errs.New(errs.Invalid, "%s: kind is neither %s nor %s", d.Place(), KindAgency, KindDataSharingAgreement)
	}
	if err != nil {
		return nil, malformed(name, number, err)
	}
	if !code.MatchString(d.Name()) {
		return nil, errs.New(errs.Invalid, "%s: metadata.name is 2 to 32 lower-case letters, digits and hyphens, beginning with a letter", d.Place())
	}
	d.KindName = head.Kind + "/" + d.Name()
	return d, nil
}

// truths are the words that YAML 1.1 takes for true and false, as kubectl does, and YAML 1.2,
// as here, for words: Norway's code among them.
var truths = regexp.MustCompile(`^(y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$`)

// truth is the line of the first such word that stands without quotation marks, 0 where
// there is none.
func truth(n *yaml.Node) int {
	if n.Kind == yaml.ScalarNode && n.Style == 0 && truths.MatchString(n.Value) {
		return n.Line
	}
	for _, c := range n.Content {
		if line := truth(c); line > 0 {
			return line
		}
	}
	return 0
}

var code = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)

// manifest is a file's document: what a person writes of an object, and nothing that a
// cluster adds.
type manifest[S any] struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name        string            `yaml:"name"`
		Labels      map[string]string `yaml:"labels"`
		Annotations map[string]string `yaml:"annotations"`
	} `yaml:"metadata"`
	Spec S `yaml:"spec"`
}

// into decodes a document strictly: fields that the type has not are refused; a node
// knows no strictness of its own.
func into[S any](node *yaml.Node, kind *metav1.TypeMeta, meta *metav1.ObjectMeta, spec *S) error {
	var m manifest[S]
	if err := known(node.Content[0], shapeOf(&m)); err != nil {
		return err
	}
	if err := node.Decode(&m); err != nil {
		return err
	}
	*kind = metav1.TypeMeta{APIVersion: m.APIVersion, Kind: m.Kind}
	meta.Name, meta.Labels, meta.Annotations = m.Metadata.Name, m.Metadata.Labels, m.Metadata.Annotations
	*spec = m.Spec
	return nil
}

var atLine = regexp.MustCompile(`line (\d+)`)

// malformed words an error of the library, which may repeat values, without them.
func malformed(name string, number int, err error) error {
	var field *unknownField
	if errors.As(err, &field) {
		return errs.New(errs.Invalid, "%s: there is no field %s", place(name, number, field.line), field.path)
	}
	var alias *aliased
	if errors.As(err, &alias) {
		return errs.New(errs.Invalid, "%s: write it out: anchors and aliases are not read", place(name, number, alias.line))
	}
	line := 1
	text := err.Error()
	if m := atLine.FindStringSubmatch(text); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
	}
	what := "the YAML is malformed"
	switch {
	case strings.Contains(text, "cannot unmarshal"):
		what = "a value is of the wrong type"
	case strings.Contains(text, "already defined"):
		what = "a field stands twice"
	}
	return errs.New(errs.Invalid, "%s: %s", place(name, number, line), what)
}
