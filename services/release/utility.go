package release

import (
	"bytes"
	"context"
	"html/template"
	"math"
	"slices"
	"strconv"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/risk"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Utility says how much a release tells, by what is published alone: a comparison with the
// cases would publish these by another way.
type Utility struct {
	Reported int     `json:"reported"` // figures or rows
	Shown    float64 `json:"shown"`    // the finest figures together, by the published total; 0 where there is none
	// Parts are of figures by how many columns they are broken down by, and of synthetic
	// rows of the combinations of so many columns.
	Parts []Part `json:"parts,omitempty"`
	// Levels are those to which generalised rows were raised, by column.
	Levels map[string]int `json:"levels,omitempty"`
}

// Part is the utility of what is broken down by so many columns. Shares are from 0 to 1.
type Part struct {
	Columns int     `json:"columns"`
	Figures int     `json:"figures"`
	Shown   float64 `json:"shown"` // of the published total, the mean over sets of columns; 0 where there is none
	Sigma   float64 `json:"sigma"` // standard deviation of the noise on a count; 0 without noise
	// Of synthetic rows beside the private counts that they were made from.
	MeanError  float64 `json:"meanError"`
	Suppressed float64 `json:"suppressed"`
	Fabricated float64 `json:"fabricated"`
}

// told measures published figures by the published total.
func (b *Built) told(d *Definition, length int) *Utility {
	n := len(d.Columns)
	total := 0.0
	sums, sets := make([]float64, length+1), make([]map[string]bool, length+1)
	u := &Utility{Reported: len(b.Rows), Parts: make([]Part, length)}
	for _, r := range b.Rows {
		count, err := strconv.ParseFloat(r[n], 64)
		if err != nil {
			continue
		}
		at := broken(r[:n])
		if at == 0 {
			total = count
			continue
		}
		if sets[at] == nil {
			sets[at] = map[string]bool{}
		}
		sets[at][by(r[:n])] = true
		sums[at] += count
		u.Parts[at-1].Figures++
	}
	for i := range u.Parts {
		u.Parts[i].Columns = i + 1
		if of := total * float64(len(sets[i+1])); of > 0 {
			u.Parts[i].Shown = math.Floor(100*sums[i+1]/of) / 100
		}
	}
	u.Shown = u.Parts[length-1].Shown
	return u
}

// by names the columns that a figure is broken down by.
func by(values []string) string {
	set := make([]byte, len(values))
	for i, v := range values {
		if v != Total {
			set[i] = 1
		}
	}
	return string(set)
}

// noised adds how much noise the counts have.
func (u *Utility) noised(s *aggregate.Spending) *Utility {
	for i, l := range s.Lengths {
		if i < len(u.Parts) {
			u.Parts[i].Sigma = l.Sigma
		}
	}
	return u
}

// resembles compares synthetic rows with the private counts that they were made from, which
// anybody may know.
func (u *Utility) resembles(ctx context.Context, counts *aggregate.Aggregates, rows *table.Table, length int) error {
	made, err := aggregate.Exact(ctx, rows, aggregate.Options{Length: length, Zeros: true}, nil)
	if err != nil {
		return err
	}
	for _, q := range aggregate.Evaluate(counts, made, 0)[1:] {
		u.Parts = append(u.Parts, Part{Columns: q.Length, Figures: q.Reported, MeanError: q.MeanError, Suppressed: q.Suppressed, Fabricated: q.Fabricated})
	}
	return nil
}

// reports are the pages and files beside the table.
func (b *Built) reports(d *Definition) (map[string][]byte, error) {
	out := map[string][]byte{"definition.yaml": b.Definition}
	var page bytes.Buffer
	v := struct {
		*Built
		Title string
		Plots []plot
	}{b, d.Title, b.plots(d)}
	if err := utilityTemplate.Execute(&page, v); err != nil {
		return nil, errs.Wrap(err, errs.Internal, "writing the utility report")
	}
	out["utility.html"] = page.Bytes()
	if d.Method != Rows && d.Method != Counts {
		return out, nil
	}
	p, err := b.published(d)
	if err != nil {
		return nil, err
	}
	m, err := p.risk()
	if err != nil || m == nil {
		return out, err
	}
	var risks bytes.Buffer
	if err := m.HTML(&risks); err != nil {
		return nil, errs.Wrap(err, errs.Internal, "writing the report of risks")
	}
	out["risk.html"] = risks.Bytes()
	return out, nil
}

// risk measures the persons as they stand in the finest figures, or in the rows; nil where
// there is a total alone.
func (p *Published) risk() (*risk.Report, error) {
	finest := p.finest()
	if len(finest) == 0 {
		return nil, nil
	}
	t, err := expand(p.Columns, finest)
	if err != nil {
		return nil, err
	}
	quasi, err := t.Select(slices.DeleteFunc(slices.Clone(p.Columns), func(c string) bool { return slices.Contains(p.Sensitive, c) })...)
	if err != nil {
		return nil, err
	}
	sensitive, err := t.Select(p.Sensitive...)
	if err != nil || len(quasi) == 0 {
		return nil, err
	}
	return risk.Measure(quasi, sensitive, risk.Options{})
}

// plot is one measure by one column.
type plot struct {
	Title  string
	Bars   []bar
	Height int
}

// bar is one bar of a plot.
type bar struct {
	Label, Value    string
	Y, Text, Length int
}

// barHeight is how far a bar is below the one before it, in the page's units, and barLength
// how long the longest is.
const barHeight, barLength = 22, 400

// plots draw every measure by each column alone; of rows, how often a value stands.
func (b *Built) plots(d *Definition) (out []plot) {
	n := len(d.Columns)
	for i, c := range d.Columns {
		if b.Records {
			out = append(out, drawn("rows by "+c.Name, b.frequencies(i)))
			continue
		}
		for m, measure := range b.Columns[n:] {
			values := map[string]string{}
			for _, r := range b.Rows {
				if r[i] != Total && broken(r[:n]) == 1 && r[n+m] != "" {
					values[r[i]] = r[n+m]
				}
			}
			out = append(out, drawn(measure+" by "+c.Name, values))
		}
	}
	return slices.DeleteFunc(out, func(p plot) bool { return len(p.Bars) == 0 })
}

// frequencies count the values of a column of rows.
func (b *Built) frequencies(column int) map[string]string {
	counts := map[string]int{}
	for _, r := range b.Rows {
		if r[column] != "" {
			counts[r[column]]++
		}
	}
	out := map[string]string{}
	for v, n := range counts {
		out[v] = strconv.Itoa(n)
	}
	return out
}

func drawn(title string, values map[string]string) plot {
	p := plot{Title: title, Height: barHeight*len(values) + 10}
	size := func(v string) float64 {
		f, err := strconv.ParseFloat(values[v], 64)
		if err != nil {
			return 0
		}
		return f
	}
	most := 0.0
	for v := range values {
		most = max(most, size(v))
	}
	for i, v := range sortedKeys(values) {
		one := bar{Label: v, Value: values[v], Y: barHeight*i + 4, Text: barHeight*i + 16}
		if most > 0 {
			one.Length = int(barLength * size(v) / most)
		}
		p.Bars = append(p.Bars, one)
	}
	return p
}

var utilityTemplate = template.Must(template.New("utility").Funcs(template.FuncMap{
	"percent": func(f float64) string { return strconv.FormatFloat(100*f, 'f', 1, 64) + " %" },
	"number":  func(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) },
}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Title}}: utility</title>
<style>
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; }
svg text { font: 13px sans-serif; fill: #444; }
</style>
</head>
<body>
<h1>{{.Title}}: what this release tells</h1>
{{with .Utility}}<p>{{.Reported}} figures or rows.{{if .Shown}} The finest figures add up to {{percent .Shown}} of the published total.{{end}}</p>
{{if .Parts}}<table>
<tr><th>columns</th><th>figures</th><th>of the published total</th><th>noise (σ)</th><th>mean error</th><th>not kept</th><th>made up</th></tr>
{{range .Parts}}<tr><td>{{.Columns}}</td><td>{{.Figures}}</td><td>{{if .Shown}}{{percent .Shown}}{{end}}</td><td>{{if .Sigma}}{{number .Sigma}}{{end}}</td><td>{{if $.Records}}{{number .MeanError}}{{end}}</td><td>{{if $.Records}}{{percent .Suppressed}}{{end}}</td><td>{{if $.Records}}{{percent .Fabricated}}{{end}}</td></tr>
{{end}}</table>
{{if $.Records}}<p>Mean error, not kept and made up: combinations of so many columns in these rows, beside the private counts that they were made from.</p>{{end}}
{{end}}{{if .Levels}}<table>
<tr><th>column</th><th>raised to level</th></tr>
{{range $column, $level := .Levels}}<tr><td>{{$column}}</td><td>{{$level}}</td></tr>
{{end}}</table>{{end}}{{end}}
{{with .Pooled}}<p>{{.}}.</p>{{end}}
{{with .Spent}}<p>ε {{.Epsilon}}, δ {{.Delta}}: {{.How}}.</p>{{end}}
{{range .Plots}}<h2>{{.Title}}</h2>
<svg role="img" aria-label="{{.Title}}" width="760" height="{{.Height}}">
{{range .Bars}}<text x="250" y="{{.Text}}" text-anchor="end">{{.Label}}</text><rect x="260" y="{{.Y}}" width="{{.Length}}" height="16" fill="#36648b"/><text x="670" y="{{.Text}}">{{.Value}}</text>
{{end}}</svg>
{{end}}</body>
</html>
`))
