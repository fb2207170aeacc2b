package release

import (
	"fmt"
	"strings"
)

// Planned is one thing that a definition asks for.
type Planned struct {
	What  string `json:"what"`
	Value string `json:"value"`
}

// Plan says what the definition would release, with every default in words.
func (d *Definition) Plan() []Planned {
	p := d.Parameters
	out := []Planned{
		{"name", d.Name}, {"title", d.Title}, {"population", d.Population.Name + ", unit " + d.Population.Unit},
		{"kinds of case", or(strings.Join(d.Population.Kinds, ", "), "all")},
		{"period", fmt.Sprintf("%d to %d", d.Period.From, d.Period.To)},
		{"columns", strings.Join(d.columnNames(), ", ")}, {"method", string(d.Method)}, {"audience", d.Audience},
	}
	switch {
	case d.Method == Series:
	case d.Private():
		out = append(out, Planned{"epsilon", fmt.Sprint(p.Epsilon)}, Planned{"delta", fmt.Sprint(p.Delta)}, Planned{"least noisy count", fmt.Sprint(p.K)}, Planned{"longest combination", fmt.Sprint(p.Length)})
	default:
		out = append(out, Planned{"k", fmt.Sprint(p.K)}, Planned{"global risk at most", fmt.Sprint(p.Risk)}, Planned{"pooled while more is suppressed than", fmt.Sprint(p.Suppress)})
		if s := d.sensitive(); len(s) > 0 {
			out = append(out, Planned{"sensitive", strings.Join(s, ", ")}, Planned{"l", fmt.Sprint(p.L)}, Planned{"t", fmt.Sprint(p.T)})
		}
	}
	return out
}

// ReleasableColumn is a column that a definition may name.
type ReleasableColumn struct {
	Name  string `json:"name"`
	Units string `json:"units"`
	Role  string `json:"role"` // SENSITIVE or KNOWN: others may know it of a person
	Says  string `json:"says"`
}

// Releasable lists them.
func Releasable() []ReleasableColumn {
	var out []ReleasableColumn
	for _, c := range catalogue {
		role := "KNOWN"
		if c.sensitive {
			role = "SENSITIVE"
		}
		out = append(out, ReleasableColumn{c.name, strings.Join(c.units, ", "), role, c.says})
	}
	return out
}
