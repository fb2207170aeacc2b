package hierarchy

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// ReadFile reads a hierarchy from the csv file of that name; see [Read].
func ReadFile(path string, o table.Options) (Hierarchy, error) {
	f, err := os.Open(path) //nolint:gosec // the caller names the file
	if err != nil {
		return Hierarchy{}, errs.Wrap(err, errs.Invalid, "the hierarchy %s cannot be read: is it there, and may you read it?", filepath.Base(path))
	}
	defer func() { _ = f.Close() }()
	return Read(f, o)
}

// Read reads a hierarchy from csv without header: one value a line, level 0 first, each
// further level in the column after it, as ARX writes them. The separator is a semicolon
// where the options name none. Each value has one line. Errors name lines.
func Read(r io.Reader, o table.Options) (Hierarchy, error) {
	if o.Separator == 0 {
		o.Separator = ';'
	}
	in, err := table.NewReader(r, o)
	if err != nil {
		return Hierarchy{}, err
	}
	f := file{labels: map[string][]string{}}
	for {
		cells, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			e := errs.Public(err)
			return Hierarchy{}, errs.Wrap(err, e.Kind, "the hierarchy: %s", e.Message)
		}
		if err := f.add(cells, in.Line()); err != nil {
			return Hierarchy{}, err
		}
	}
	if f.height == 0 {
		return Hierarchy{}, errs.New(errs.Invalid, "the hierarchy is empty: write one value a line, with its levels after it")
	}
	of := func(value string) ([]string, bool) {
		labels, known := f.labels[value]
		return labels, known
	}
	return Hierarchy{height: f.height, of: of, top: f.top()}, nil
}

// file is a hierarchy as it is read.
type file struct {
	height  int
	labels  map[string][]string
	parents []map[string]string // of the labels of each level but the last
}

func (f *file) add(cells []string, line int) error {
	if f.height == 0 {
		if len(cells) > MaxHeight {
			return errs.New(errs.Limited, "the hierarchy has %d levels; at most %d are read", len(cells), MaxHeight)
		}
		f.height = len(cells)
		for range max(0, f.height-2) {
			f.parents = append(f.parents, map[string]string{})
		}
	}
	if len(cells) != f.height {
		return errs.New(errs.Invalid, "the hierarchy: line %d has %d levels and the first %d", line, len(cells), f.height)
	}
	if _, twice := f.labels[cells[0]]; twice {
		return errs.New(errs.Invalid, "the hierarchy: the value of line %d has a line already", line)
	}
	own := make([]string, f.height-1)
	for i, label := range cells[1:] {
		own[i] = strings.Clone(label)
	}
	f.labels[strings.Clone(cells[0])] = own
	for level, parents := range f.parents {
		if parent, met := parents[own[level]]; met && parent != own[level+1] {
			return errs.New(errs.Invalid, "the hierarchy: line %d tells apart on level %d what an earlier line joins on level %d", line, level+2, level+1)
		}
		parents[own[level]] = own[level+1]
	}
	return nil
}

// top is the one label of the last level, blank where there are more.
func (f *file) top() string {
	var tops []string
	for _, own := range f.labels {
		if len(own) > 0 && !slices.Contains(tops, own[len(own)-1]) {
			tops = append(tops, own[len(own)-1])
		}
		if len(tops) > 1 {
			return ""
		}
	}
	return strings.Join(tops, "")
}
