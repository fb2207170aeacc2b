package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	columns "github.com/sala-exchange/sala/services/anonymity/table"
	"github.com/sala-exchange/sala/services/serve"
)

// parameters explain a file of aggregates, or of rows that were made of one. Nothing in it
// tells more of the records than the file does.
type parameters struct {
	MadeBy   string     `json:"madeBy"`
	File     string     `json:"file"` // what it explains
	SHA256   string     `json:"sha256"`
	Length   int        `json:"length"`
	Zeros    bool       `json:"zeros"` // whether "0" is counted as an attribute
	Rounding *rounding  `json:"rounding,omitempty"`
	Privacy  *privacy   `json:"privacy,omitempty"`
	Rows     *synthesis `json:"synthesis,omitempty"`
	Promise  string     `json:"promise"`
}

type rounding struct {
	Resolution int64 `json:"resolution"` // counts are rounded down to a multiple of it
	Complement bool  `json:"complement"` // whether more is withheld, for the sake of what is small
}

type privacy struct {
	aggregate.Spending
	Percentile     int                `json:"percentile,omitempty"`
	Priority       aggregate.Priority `json:"priority"`
	FalseDiscovery float64            `json:"falseDiscovery,omitempty"`
	DeclaredCount  int64              `json:"declaredRecords,omitempty"`
}

// parametersOf is where the parameters of a file lie.
func parametersOf(path string) string { return path + ".parameters.json" }

// aggregating is one run of sala aggregate.
type aggregating struct {
	out, separator, priority string
	byEpsilon                bool // by differential privacy, else by rounding
	options                  aggregate.Options
	rounding                 aggregate.Rounding
	private                  aggregate.Private
}

func aggregateCommand() *cobra.Command {
	var a aggregating
	c := &cobra.Command{
		Use: "aggregate FILE", Short: "Count all combinations of values in a csv file, rounded or with differential privacy, and state the parameters beside", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.chosen(cmd); err != nil {
				return err
			}
			return a.run(cmd.Context(), args[0], cmd.OutOrStdout(), paced(cmd.ErrOrStderr()))
		},
	}
	c.Flags().StringVarP(&a.out, "output", "o", "", "csv file to write; its parameters lie beside it in OUTPUT.parameters.json; required")
	c.Flags().StringVar(&a.separator, "separator", ",", "of the cells: a comma, a semicolon, or tab")
	c.Flags().IntVar(&a.options.Length, "length", 3, fmt.Sprintf("most columns in a combination, up to %d", aggregate.MaxLength))
	c.Flags().BoolVar(&a.options.Zeros, "zeros", false, "count the value 0 too; without it 0 says no more than a blank")
	c.Flags().Int64Var(&a.rounding.Resolution, "resolution", 0, "round counts down to a multiple of this and withhold smaller ones, and those that would give them away")
	c.Flags().BoolVar(&a.rounding.Primary, "no-complement", false, "with --resolution: withhold nothing but what is smaller, although it can be got back from totals")
	c.Flags().Float64Var(&a.private.Epsilon, "epsilon", 0, "count with differential privacy, and spend this much of its budget")
	c.Flags().Float64Var(&a.private.Delta, "delta", 0, "with --epsilon: probability of failing; 1/(n ln n) for n records where left out")
	c.Flags().Int64Var(&a.private.Records, "records", 0, "with --epsilon: the number of records, where it is public; counted privately where left out")
	c.Flags().IntVar(&a.private.Bound, "bound", 0, "with --epsilon: most values of one record that are counted; a percentile, found privately, where left out")
	c.Flags().IntVar(&a.private.Percentile, "percentile", 95, "with --epsilon: of the records' numbers of values, for the bound")
	c.Flags().StringVar(&a.priority, "priority", string(aggregate.Long), "with --epsilon: which combinations get most of the budget: long, even or short")
	c.Flags().Int64Var(&a.private.Threshold, "threshold", 0, "with --epsilon: least noisy count that is reported; chosen by --false-discovery where left out")
	c.Flags().Float64Var(&a.private.FalseDiscovery, "false-discovery", 0.03, "with --epsilon: share of reported combinations that may be of noise alone")
	_ = c.MarkFlagRequired("output")
	_ = c.MarkFlagFilename("output", "csv")
	return c
}

// chosen refuses a command line that does not say how the counts are protected, or says it
// of the other way.
func (a *aggregating) chosen(cmd *cobra.Command) error {
	a.byEpsilon = cmd.Flags().Changed("epsilon")
	if !a.byEpsilon && !cmd.Flags().Changed("resolution") {
		return errs.New(errs.Invalid, "say how the counts are protected: --resolution 10 rounds them, --epsilon 1 makes them differentially private")
	}
	if a.byEpsilon && cmd.Flags().Changed("resolution") {
		return errs.New(errs.Invalid, "--resolution and --epsilon are two ways to protect the counts: give one of them")
	}
	for _, flag := range []string{"delta", "records", "bound", "percentile", "priority", "threshold", "false-discovery"} {
		if !a.byEpsilon && cmd.Flags().Changed(flag) {
			return errs.New(errs.Invalid, "--%s goes with --epsilon", flag)
		}
	}
	if a.byEpsilon && a.rounding.Primary {
		return errs.New(errs.Invalid, "--no-complement goes with --resolution")
	}
	if cmd.Flags().Changed("delta") {
		if err := noise.CheckDelta(a.private.Delta); err != nil {
			return err
		}
	}
	for flag, zero := range map[string]bool{"records": a.private.Records == 0, "bound": a.private.Bound == 0, "percentile": a.private.Percentile == 0, "false-discovery": a.private.FalseDiscovery == 0} {
		if zero && cmd.Flags().Changed(flag) {
			return errs.New(errs.Invalid, "--%s is above 0: leave it out for what is usual", flag)
		}
	}
	a.private.Priority = aggregate.Priority(a.priority)
	return nil
}

func (a *aggregating) run(ctx context.Context, path string, out io.Writer, p aggregate.Progress) error {
	if err := absent(a.out, parametersOf(a.out)); err != nil {
		return err
	}
	options, err := cells(a.separator)
	if err != nil {
		return err
	}
	t, err := columns.ReadFile(path, options)
	if err != nil {
		return err
	}
	if t.Rows() == 0 && !a.byEpsilon { // whether there is anybody is what epsilon protects
		return errs.New(errs.Invalid, "the file has no row")
	}
	var said string
	var counts *aggregate.Aggregates
	what := parameters{MadeBy: "sala " + serve.ThisBuild().Version, File: filepath.Base(a.out), Length: a.options.Length, Zeros: a.options.Zeros}
	if a.byEpsilon {
		counts, said, err = a.count(ctx, t, &what, p)
	} else {
		counts, said, err = a.round(ctx, t, &what, p)
	}
	if err != nil {
		return err
	}
	err = together(a.out, counts.Write, func(sum string) map[string]any {
		what.SHA256 = sum
		return map[string]any{parametersOf(a.out): what}
	})
	if err == nil {
		_, _ = fmt.Fprint(out, said)
	}
	return err
}

func (a *aggregating) round(ctx context.Context, t *columns.Table, what *parameters, p aggregate.Progress) (*aggregate.Aggregates, string, error) {
	counts, withheld, err := aggregate.Rounded(ctx, t, a.options, a.rounding, p)
	if err != nil {
		return nil, "", err
	}
	what.Rounding = &rounding{Resolution: a.rounding.Resolution, Complement: !a.rounding.Primary}
	what.Promise = "Counts are rounded down and small ones withheld. This is no differential privacy: what somebody knows already, or takes from other releases, may tell more."
	return counts, fmt.Sprintf("%d combinations written; withheld, which is not for others to know: %d below the resolution, %d further ones for their sake\n",
		size(counts), withheld.Small, withheld.Further), nil
}

func (a *aggregating) count(ctx context.Context, t *columns.Table, what *parameters, p aggregate.Progress) (*aggregate.Aggregates, string, error) {
	counts, spent, err := aggregate.Counted(ctx, t, a.options, a.private, p)
	if err != nil {
		return nil, "", err
	}
	what.Privacy = &privacy{Spending: *spent, Priority: a.private.Priority, DeclaredCount: a.private.Records}
	if a.private.Bound == 0 {
		what.Privacy.Percentile = a.private.Percentile
	}
	if a.private.Threshold == 0 {
		what.Privacy.FalseDiscovery = a.private.FalseDiscovery
	}
	what.Promise = "This file is (ε, δ)-differentially private for adding or removing one record. Each file of the same records spends its own ε and δ, and they add up; a person of whom there are several records is protected that many times less."
	return counts, fmt.Sprintf("%d combinations written with differential privacy: epsilon %g and delta %.3g are spent\n", size(counts), spent.Epsilon, spent.Delta), nil
}

func size(a *aggregate.Aggregates) (n int) {
	for _, counts := range a.Counts {
		n += len(counts)
	}
	return n
}

// cells tells how the cells of a file are separated.
func cells(separator string) (columns.Options, error) {
	switch separator {
	case ",", ";", "\t":
		return columns.Options{Separator: rune(separator[0])}, nil
	case "tab":
		return columns.Options{Separator: '\t'}, nil
	}
	return columns.Options{}, errs.New(errs.Invalid, "--separator is a comma, a semicolon, or tab")
}
