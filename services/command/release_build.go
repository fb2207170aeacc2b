package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/release"
)

// building is one build of a release.
type building struct {
	*flags
	key, file, series, population string
	check, once                   bool
	outcome                       string
	// What a schedule says of the definition, which is refused where it says otherwise.
	sum, audience  string
	epsilon, delta float64
	bounded        bool // the two are given
}

func releaseBuild(f *flags) *cobra.Command {
	b := &building{flags: f}
	c := &cobra.Command{
		Use: "build DEFINITION", Short: "Build a definition's table from the cases, as a signed candidate; publishes nothing", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b.bounded = cmd.Flags().Changed("max-epsilon") || cmd.Flags().Changed("max-delta")
			code, err := b.run(cmd, args[0])
			if b.outcome == "" {
				return err
			}
			if e := os.WriteFile(b.outcome, []byte(v1alpha1.Message(result(cmd.Context(), code, err))), 0o644); e != nil { //nolint:gosec // two words of a fixed list
				err = errors.Join(err, errs.Wrap(e, errs.Invalid, "the outcome cannot be written: check --outcome"))
			}
			return err
		},
	}
	c.Flags().StringVar(&b.key, "key", "", "file with the builder's signing key; required")
	c.Flags().StringVar(&b.file, "file", "", "new file for the candidate; required")
	c.Flags().StringVar(&b.series, "series", "", "csv file of counts that were published before, for a definition of the method series")
	c.Flags().StringVar(&b.population, "population", "", "csv file of dated numbers of inhabitants, for a definition with a rate")
	c.Flags().BoolVar(&b.check, "check", false, "ask every gate, and keep the candidate only where all let it through")
	c.Flags().BoolVar(&b.once, "once", false, "where the file is there, of this definition and signed by this key, build nothing anew")
	c.Flags().StringVar(&b.outcome, "outcome", "", "file for what came of it: an outcome and a code of a fixed list, never a figure")
	c.Flags().StringVar(&b.sum, "sha256", "", "refuse a definition of another SHA-256, in hexadecimal digits")
	c.Flags().StringVar(&b.audience, "audience", "", "refuse a definition for another audience")
	c.Flags().Float64Var(&b.epsilon, "max-epsilon", 0, "with --max-delta: refuse a definition that asks for a greater ε")
	c.Flags().Float64Var(&b.delta, "max-delta", 0, "with --max-epsilon: refuse a definition that asks for a greater δ")
	c.MarkFlagsRequiredTogether("max-epsilon", "max-delta")
	f.add(c.Flags(), configuration.ReleaseKeys.Key)
	_ = c.MarkFlagRequired("key")
	_ = c.MarkFlagRequired("file")
	return c
}

// result is what came of a build, as a schedule is told it.
func result(ctx context.Context, code v1alpha1.Code, err error) (v1alpha1.Outcome, v1alpha1.Code) {
	switch {
	case err == nil:
		return v1alpha1.Built, code
	case ctx.Err() != nil:
		return v1alpha1.Failed, v1alpha1.CodeStopped
	case code != "":
		return v1alpha1.Refused, code
	}
	switch kindOf(err) {
	case errs.Conflict:
		return v1alpha1.Refused, v1alpha1.CodeNotReleasable
	case errs.Unavailable, errs.Limited, errs.Changed:
		return v1alpha1.Failed, v1alpha1.CodeUnavailable
	case errs.Invalid:
		return v1alpha1.Failed, v1alpha1.CodeInput
	}
	return v1alpha1.Failed, v1alpha1.CodeInternal
}

// run builds. The code is why it was done, or refused; empty where it failed otherwise.
func (b *building) run(cmd *cobra.Command, name string) (v1alpha1.Code, error) {
	raw, err := declared(name)
	if err != nil {
		return "", err
	}
	if code, err := b.held(raw); err != nil {
		return code, err
	}
	in, err := releaseInputs(b.series, b.population)
	if err != nil {
		return "", err
	}
	keys, names, err := b.releaseKeys()
	if err != nil {
		return "", err
	}
	signer, err := releaseSigner(b.key, names)
	if err != nil {
		return "", err
	}
	before, err := b.before(raw, keys, signer)
	if err != nil {
		return "", err
	}
	_ = os.Remove(b.part()) // of an attempt that was killed
	st, err := b.open(nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = st.Close() }()
	if before != nil {
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), "built by an earlier attempt")
		return b.gates(cmd.Context(), st, before, v1alpha1.CodeBefore)
	}
	var code v1alpha1.Code
	err = disclosure.Used(cmd.Context(), st, "build release as "+signer.Name(), func() (disclosure.Counts, error) {
		made, err := release.Build(cmd.Context(), st, raw, in)
		if err != nil {
			return nil, err
		}
		if code, err = b.gates(cmd.Context(), st, made, v1alpha1.CodeDone); err != nil {
			return nil, err
		}
		if err := b.write(made, signer); err != nil {
			return nil, err
		}
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "built %d rows\n", len(made.Rows))
		return disclosure.Counts{"rows": len(made.Rows)}, nil
	})
	if err != nil && code == v1alpha1.CodeDone {
		code = "" // the gates had nothing against it
	}
	return code, err
}

// held holds the definition against what a schedule says of it.
func (b *building) held(raw []byte) (v1alpha1.Code, error) {
	if sum := sha256.Sum256(raw); b.sum != "" && b.sum != hex.EncodeToString(sum[:]) {
		return v1alpha1.CodeDefinition, errs.New(errs.Invalid, "the definition is another than --sha256 names")
	}
	d, err := release.Parse(raw)
	switch {
	case err != nil:
		return v1alpha1.CodeDefinition, err
	case b.audience != "" && b.audience != d.Audience:
		return v1alpha1.CodeAudience, errs.New(errs.Invalid, "the definition is for another audience than --audience names")
	case b.bounded && (d.Parameters.Epsilon > b.epsilon || d.Parameters.Delta > b.delta):
		return v1alpha1.CodeBudget, errs.New(errs.Invalid, "the definition asks for a greater ε or δ than --max-epsilon and --max-delta allow")
	}
	return "", nil
}

// before is the candidate of an earlier attempt, nil where there is none.
func (b *building) before(raw []byte, keys note.Verifiers, signer note.Signer) (*release.Built, error) {
	f, err := os.Open(b.file)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the file of --file cannot be read: choose another name")
	}
	defer func() { _ = f.Close() }()
	there := errs.New(errs.Invalid, "the file of --file is there already: choose another name")
	if !b.once {
		return nil, there
	}
	made, by, err := release.Open(f, keys)
	if err != nil || by != signer.Name() || !bytes.Equal(made.Definition, raw) {
		return nil, there
	}
	return made, nil
}

// gates asks every gate, where that is asked for.
func (b *building) gates(ctx context.Context, st *store.Store, made *release.Built, passed v1alpha1.Code) (v1alpha1.Code, error) {
	if !b.check {
		return passed, nil
	}
	earlier, err := release.Earlier(ctx, st)
	if err != nil {
		return "", err
	}
	report, err := release.Check(ctx, made, earlier, release.Bounds{})
	if err != nil {
		return "", err
	}
	for _, g := range report.Gates {
		if !g.Pass {
			return v1alpha1.Gate(g.Name), report.Err()
		}
	}
	return passed, report.Err()
}

// part is where the candidate is written before it is whole.
func (b *building) part() string { return b.file + ".partial" }

// write writes the candidate, whole or not at all.
func (b *building) write(made *release.Built, signer note.Signer) error {
	f, err := os.OpenFile(b.part(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "nothing can be written there: check the folder of --file and its permissions")
	}
	defer discard(f)
	if err := release.Seal(f, made, signer); err != nil {
		return unwritable(err)
	}
	return keep(f, b.file)
}
