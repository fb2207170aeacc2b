package command

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/anonymity/risk"
	csvtable "github.com/sala-exchange/sala/services/anonymity/table"
)

// measuring is one run of sala risk.
type measuring struct {
	quasi, sensitive      []string
	separator, population string
	html                  string
	options               risk.Options
}

func riskCommand() *cobra.Command {
	var m measuring
	var o output
	c := &cobra.Command{
		Use: "risk FILE", Short: "Measure what a csv file tells about one person to who knows her quasi-identifiers", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			report, err := m.run(args[0])
			if err != nil {
				return err
			}
			if err := cmd.Context().Err(); err != nil {
				return errs.Wrap(err, errs.Unavailable, "stopped; nothing was written")
			}
			if m.html != "" {
				if err := m.page(report); err != nil {
					return err
				}
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), report)
			}
			return m.print(cmd, report)
		},
	}
	o.flags(c)
	c.Flags().StringSliceVar(&m.quasi, "qi", nil, "quasi-identifiers: columns that others may know of a person; required")
	c.Flags().StringSliceVar(&m.sensitive, "sensitive", nil, "columns that nobody should learn of a person")
	c.Flags().StringSliceVar(&m.options.Ordered, "ordered", nil, "sensitive columns whose values have an order, for t-closeness")
	c.Flags().StringVar(&m.separator, "separator", ",", "of the cells: a comma, a semicolon, or tab")
	c.Flags().Float64Var(&m.options.Threshold, "threshold", risk.DefaultThreshold, "the risk above which a record is at risk; above 0 and at most 1")
	c.Flags().IntVar(&m.options.L, "l", 2, "the l of recursive (c,l)-diversity, for which the least c is told")
	c.Flags().StringVar(&m.population, "population", "", "csv file of the whole population with the same quasi-identifiers, for the journalist's risk")
	c.Flags().Float64Var(&m.options.Fraction, "fraction", 0, "which part of the population the rows are, to estimate the journalist's risk; 0 where it is not known")
	c.Flags().StringVar(&m.html, "html", "", "also write the report with plots to this file")
	_ = c.MarkFlagRequired("qi")
	return c
}

// separator is the character that is meant.
func separator(text string) (rune, error) {
	switch text {
	case ",", ";":
		return rune(text[0]), nil
	case "tab", "\t":
		return '\t', nil
	}
	return 0, errs.New(errs.Invalid, "the separator is a comma, a semicolon, or tab")
}

func (m *measuring) run(path string) (*risk.Report, error) {
	by, err := separator(m.separator)
	if err != nil {
		return nil, err
	}
	read := func(path string) (*csvtable.Table, error) {
		return csvtable.ReadFile(path, csvtable.Options{Separator: by})
	}
	t, err := read(path)
	if err != nil {
		return nil, err
	}
	if m.population != "" {
		if m.options.Population, err = read(m.population); err != nil {
			return nil, errs.Wrap(err, errs.KindOf(err), "the population: %s", errs.Public(err).Message)
		}
	}
	quasi, err := t.Select(m.quasi...)
	if err != nil {
		return nil, err
	}
	sensitive, err := t.Select(m.sensitive...)
	if err != nil {
		return nil, err
	}
	return risk.Measure(quasi, sensitive, m.options)
}

// page writes the report to a file of its own, whole or not at all.
func (m *measuring) page(r *risk.Report) error {
	if _, err := os.Lstat(m.html); !os.IsNotExist(err) {
		return errs.New(errs.Invalid, "the file of --html is there already: choose another name")
	}
	f, err := partial(m.html)
	if err != nil {
		return err
	}
	defer discard(f)
	if err := r.HTML(f); err != nil {
		return unwritable(err)
	}
	return keep(f, m.html)
}

func (m *measuring) print(cmd *cobra.Command, r *risk.Report) error {
	t := terminal.NewTable("what", "value")
	t.Row("rows", fmt.Sprint(r.Rows))
	t.Row("quasi-identifiers", strings.Join(r.QuasiIdentifiers, ", "))
	t.Row("classes", fmt.Sprint(r.Classes))
	t.Row("smallest class (k)", fmt.Sprint(r.Smallest))
	t.Row("average class", fmt.Sprintf("%.2f", r.Average))
	t.Row("uniques", fmt.Sprint(r.Uniques))
	attack := func(who string, a risk.Attack) {
		t.Row(who+", from", a.Basis)
		t.Row(who+", highest risk", fmt.Sprintf("%.4f", a.Highest))
		t.Row(who+fmt.Sprintf(", rows above %.4f", r.Threshold), fmt.Sprintf("%d (%.2f %%)", a.AtRisk, 100*a.ShareAtRisk))
	}
	attack("prosecutor", r.Prosecutor)
	if r.Journalist != nil {
		attack("journalist", *r.Journalist)
	} else {
		t.Row("journalist", "not known without --population or --fraction; at most the prosecutor's")
	}
	marketer := r.Prosecutor
	if r.Journalist != nil {
		marketer = *r.Journalist
	}
	t.Row("marketer, from", marketer.Basis)
	t.Row("marketer, rows expected", fmt.Sprintf("%.2f %%", 100*marketer.Marketer))
	if err := t.Write(cmd.OutOrStdout()); err != nil || len(r.Sensitive) == 0 {
		return err
	}
	_, _ = fmt.Fprintln(cmd.OutOrStdout())
	s := terminal.NewTable("sensitive", "values", "homogeneous classes", "their rows", "distinct l", "entropy l", fmt.Sprintf("(c,%d) for c above", r.Sensitive[0].RecursiveL), "equal t", "ordered t")
	for _, v := range r.Sensitive {
		s.Row(v.Column, fmt.Sprint(v.Values), fmt.Sprint(v.Homogeneous), fmt.Sprint(v.HomogeneousRows), fmt.Sprint(v.Distinct),
			fmt.Sprintf("%.3f", v.Entropy), optional(v.RecursiveC, "none"), fmt.Sprintf("%.3f", v.Equal), optional(v.Ordered, "-"))
	}
	return s.Write(cmd.OutOrStdout())
}

func optional(n *float64, without string) string {
	if n == nil {
		return without
	}
	return fmt.Sprintf("%.3f", *n)
}
