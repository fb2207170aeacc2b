package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/synthetic"
	columns "github.com/sala-exchange/sala/services/anonymity/table"
	"github.com/sala-exchange/sala/services/serve"
)

// synthesis says how rows were made.
type synthesis struct {
	Aggregates string `json:"aggregatesSha256"` // of the file that they were made of
	Rows       int    `json:"rows"`
	Sweeps     int    `json:"sweeps"`
}

// evaluationOf is where the evaluation of a file of rows lies.
func evaluationOf(path string) string { return path + ".evaluation.json" }

// synthesizing is one run of sala synthesize.
type synthesizing struct {
	out, against, separator string
	rare                    int64
	options                 synthetic.Options
}

func synthesizeCommand() *cobra.Command {
	var s synthesizing
	c := &cobra.Command{
		Use: "synthesize AGGREGATES", Short: "Make rows of nobody that have about the counts of a file of sala aggregate, from that file alone", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.run(cmd.Context(), args[0], cmd.OutOrStdout(), paced(cmd.ErrOrStderr()))
		},
	}
	c.Flags().StringVarP(&s.out, "output", "o", "", "csv file to write; its parameters and how close it comes to the aggregates lie beside it in OUTPUT.parameters.json and OUTPUT.evaluation.json; required")
	c.Flags().Int64Var(&s.options.Rows, "rows", 0, "how many rows to make; as many as the aggregates say there are records where left out")
	c.Flags().IntVar(&s.options.Sweeps, "sweeps", 10, fmt.Sprintf("how often each cell is gone over to bring the rows closer to the counts, up to %d; -1 for not at all", synthetic.MaxSweeps))
	c.Flags().StringVar(&s.against, "against", "", "the csv file that was counted: also print how close the rows come to it, which is as secret as that file and not private")
	c.Flags().StringVar(&s.separator, "separator", ",", "with --against, of its cells: a comma, a semicolon, or tab")
	c.Flags().Int64Var(&s.rare, "rare", 11, "with --against: fewer records than this make a combination rare")
	_ = c.MarkFlagRequired("output")
	_ = c.MarkFlagFilename("output", "csv")
	return c
}

func (s *synthesizing) run(ctx context.Context, path string, out io.Writer, p aggregate.Progress) error {
	if err := absent(s.out, parametersOf(s.out), evaluationOf(s.out)); err != nil {
		return err
	}
	if s.rare < 1 {
		return errs.New(errs.Invalid, "--rare is above 0")
	}
	counts, what, err := readAggregates(path)
	if err != nil {
		return err
	}
	truth, err := s.truth(ctx, what, p)
	if err != nil {
		return err
	}
	rows, err := synthetic.Make(ctx, counts, s.options, p)
	if err != nil {
		return err
	}
	made, err := aggregate.Exact(ctx, rows, aggregate.Options{Length: counts.Length(), Zeros: true}, p)
	if err != nil {
		return err
	}
	what.MadeBy, what.File = "sala "+serve.ThisBuild().Version, filepath.Base(s.out)
	what.Rows = &synthesis{Aggregates: what.SHA256, Rows: rows.Rows(), Sweeps: s.options.Sweeps}
	what.Promise = "Rows are of nobody and follow from the aggregates alone, so they tell no more than these. " + what.Promise
	err = together(s.out, func(w io.Writer) error { return rows.Write(w, columns.Options{}) }, func(sum string) map[string]any {
		what.SHA256 = sum
		return map[string]any{parametersOf(s.out): what, evaluationOf(s.out): againstAggregates(counts, made)}
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d rows written\n", rows.Rows())
	if truth == nil {
		return nil
	}
	_, _ = fmt.Fprintln(out, "how close they come to the records, which is not for others to know:")
	return printQuality(out, aggregate.Evaluate(truth, made, s.rare))
}

// truth counts the file that rows are compared with, before they are made: a wrong file is
// told at once. It is nil where there is none.
func (s *synthesizing) truth(ctx context.Context, what *parameters, p aggregate.Progress) (*aggregate.Aggregates, error) {
	if s.against == "" {
		return nil, nil
	}
	options, err := cells(s.separator)
	if err != nil {
		return nil, err
	}
	t, err := columns.ReadFile(s.against, options)
	if err != nil {
		return nil, err
	}
	return aggregate.Exact(ctx, t, aggregate.Options{Length: what.Length, Zeros: what.Zeros}, p)
}

// maxParameters is how long a file of parameters may be, in bytes.
const maxParameters = 1 << 20

// readAggregates reads a file of aggregates and its parameters, which must be of this file:
// without them nobody knows what the rows promise. The file is read twice, and is the same
// both times.
func readAggregates(path string) (*aggregate.Aggregates, *parameters, error) {
	unread := func(err error) error {
		return errs.Wrap(err, errs.Invalid, "the file of aggregates cannot be read: is it there, and may you read it?")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, unread(err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, nil, unread(err)
	}
	what, err := readParameters(parametersOf(path))
	if err != nil {
		return nil, nil, err
	}
	first, second := sha256.New(), sha256.New()
	if _, err := io.Copy(first, f); err != nil {
		return nil, nil, unread(err)
	}
	if what.SHA256 != hex.EncodeToString(first.Sum(nil)) {
		return nil, nil, mixedUp()
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, nil, unread(err)
	}
	counts, err := aggregate.Read(io.TeeReader(f, second))
	if err == nil && what.SHA256 != hex.EncodeToString(second.Sum(nil)) {
		err = mixedUp()
	}
	return counts, what, err
}

func readParameters(path string) (*parameters, error) {
	unread := func(err error) error {
		return errs.Wrap(err, errs.Invalid, "the parameters of the aggregates cannot be read: they lie beside the file, its name followed by .parameters.json, as sala aggregate wrote them")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxParameters+1))
	if err != nil || len(raw) > maxParameters {
		return nil, unread(err)
	}
	what := &parameters{}
	if err := json.Unmarshal(raw, what); err != nil || what.Length < 1 {
		return nil, mixedUp()
	}
	return what, nil
}

func mixedUp() error {
	return errs.New(errs.Invalid, "the parameters are not of this file of aggregates: one of the two was changed or mixed up")
}

// againstAggregates is an evaluation that may be published: it compares rows with the
// aggregates, both of which are.
func againstAggregates(counts, made *aggregate.Aggregates) any {
	return struct {
		Against string              `json:"against"`
		Quality []aggregate.Quality `json:"quality"`
	}{"the aggregates that the rows were made of; not the records", aggregate.Evaluate(counts, made, 11)}
}

func printQuality(w io.Writer, all []aggregate.Quality) error {
	t := terminal.NewTable("length", "true", "reported", "mean error", "suppressed", "fabricated", "preserved", "rare leaked")
	percent := func(share float64) string { return fmt.Sprintf("%.2f %%", 100*share) }
	for _, q := range all {
		length := "all"
		if q.Length > 0 {
			length = fmt.Sprint(q.Length)
		}
		t.Row(length, fmt.Sprint(q.True), fmt.Sprint(q.Reported), fmt.Sprintf("%.2f", q.MeanError), percent(q.Suppressed), percent(q.Fabricated), percent(q.Preserved), percent(q.Leaked))
	}
	return t.Write(w)
}
