package risk

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed report.html
var reportHTML string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": func(share float64) string { return fmt.Sprintf("%.2f %%", 100*share) },
	"number":  func(n float64) string { return fmt.Sprintf("%.4f", n) },
	"pointer": func(n *float64) string {
		if n == nil {
			return "–"
		}
		return fmt.Sprintf("%.4f", *n)
	},
}).Parse(reportHTML))

// HTML writes the report as one page with two plots, which asks for nothing elsewhere.
func (r *Report) HTML(w io.Writer) error {
	return reportPage.Execute(w, struct {
		*Report
		Bars  []bar
		Curve string
		Mark  float64
	}{r, r.bars(), r.curve(), plotWidth * r.Threshold})
}

// The plots' inner size, in the units of the page.
const plotWidth, plotHeight = 560.0, 180.0

// bar is how many rows lie in classes of some sizes.
type bar struct {
	Label             string
	Rows              int
	Share             float64
	X, Y, Width, High float64
}

// bars count rows by the size of their class.
func (r *Report) bars() []bar {
	lowest := []int{1, 2, 3, 5, 11, 20, 50, 100, 1000}
	bars := make([]bar, len(lowest))
	for i, from := range lowest {
		switch {
		case i+1 == len(lowest):
			bars[i].Label = fmt.Sprintf("%d+", from)
		case lowest[i+1] == from+1:
			bars[i].Label = fmt.Sprint(from)
		default:
			bars[i].Label = fmt.Sprintf("%d–%d", from, lowest[i+1]-1)
		}
	}
	for _, s := range r.Sizes {
		at := 0
		for at+1 < len(lowest) && lowest[at+1] <= s.Size {
			at++
		}
		bars[at].Rows += s.Size * s.Classes
	}
	step := plotWidth / float64(len(bars))
	for i := range bars {
		b := &bars[i]
		b.Share = float64(b.Rows) / float64(r.Rows)
		b.X, b.Width, b.High = float64(i)*step+4, step-8, plotHeight*b.Share
		b.Y = plotHeight - b.High
	}
	return bars
}

// curve is which share of the rows has a prosecutor's risk above each threshold from 0 to
// 1: steps down where 1/size is.
func (r *Report) curve() string {
	path, above := fmt.Sprintf("M0 %.2f", 0.0), r.Rows
	for i := len(r.Sizes) - 1; i >= 0; i-- { // the largest class has the least risk
		s := r.Sizes[i]
		above -= s.Size * s.Classes
		path += fmt.Sprintf(" H%.2f V%.2f", plotWidth/float64(s.Size), plotHeight*(1-float64(above)/float64(r.Rows)))
	}
	return path + fmt.Sprintf(" H%.2f", plotWidth)
}
