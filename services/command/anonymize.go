package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/anonymize"
	"github.com/sala-exchange/sala/services/anonymity/certificate"
	"github.com/sala-exchange/sala/services/anonymity/lattice"
	csvtable "github.com/sala-exchange/sala/services/anonymity/table"
)

// anonymized is what stands beside an anonymised file.
type anonymized struct {
	File        string                   `json:"file"`
	SHA256      string                   `json:"sha256"`
	Made        *anonymize.Made          `json:"made"`
	Certificate *certificate.Certificate `json:"certificate"`
}

func anonymizeCommand() *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "anonymize SPEC IN OUT", Short: "Anonymise the csv file IN as the YAML file SPEC says, to OUT and OUT.certificate.json", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			tell, done := progressOn(cmd.ErrOrStderr())
			a, err := anonymizeFile(cmd.Context(), args[0], args[1], args[2], tell)
			done()
			if cmd.Context().Err() != nil {
				return errs.Wrap(cmd.Context().Err(), errs.Unavailable, "stopped; nothing was written")
			}
			if err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), a)
			}
			said := ""
			if a.Made.RowsWithCells > 0 {
				said = fmt.Sprintf("%d cells of %d rows suppressed; ", a.Made.Cells(), a.Made.RowsWithCells)
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d of %d rows written in %d classes, the smallest of %d; %sthe certificate says what holds\n",
				a.Certificate.Rows, a.Made.RowsRead, a.Certificate.Classes, a.Certificate.K, said)
			return nil
		},
	}
	o.flags(c)
	return c
}

// anonymizeFile writes beside the target, reads that anew for the certificate, and moves
// both to their places when all is whole.
func anonymizeFile(ctx context.Context, spec, in, out string, progress func(lattice.Progress)) (*anonymized, error) {
	s, err := anonymize.ReadFile(spec)
	if err != nil {
		return nil, err
	}
	beside := out + ".certificate.json"
	for _, p := range []string{out, beside} {
		if _, err := os.Lstat(p); !os.IsNotExist(err) {
			return nil, errs.New(errs.Invalid, "the file OUT or its certificate is there already: choose another name")
		}
	}
	f, err := partial(out)
	if err != nil {
		return nil, err
	}
	defer discard(f)
	t, err := csvtable.ReadFile(in, s.Options())
	if err != nil {
		return nil, err
	}
	made, m, err := s.Run(ctx, t, progress)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	if err := made.Write(io.MultiWriter(f, sum), s.Options()); err != nil {
		return nil, unwritable(err)
	}
	a := &anonymized{File: filepath.Base(out), SHA256: hex.EncodeToString(sum.Sum(nil)), Made: m}
	written, err := csvtable.ReadFile(f.Name(), s.Options())
	if err != nil {
		return nil, err
	}
	if a.Certificate, err = s.Certify(written); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a, a.keep(f, out, beside)
}

// keep puts the certificate first: a file never lies there without it.
func (a *anonymized) keep(f *os.File, out, beside string) error {
	var raw bytes.Buffer
	to := json.NewEncoder(&raw)
	to.SetIndent("", "  ")
	if err := to.Encode(a); err != nil {
		return errs.Wrap(err, errs.Internal, "writing the certificate failed")
	}
	g, err := partial(beside)
	if err != nil {
		return err
	}
	defer discard(g)
	if _, err := g.Write(raw.Bytes()); err != nil {
		return unwritable(err)
	}
	if err := keep(g, beside); err != nil {
		return err
	}
	if err := keep(f, out); err != nil {
		_ = os.Remove(beside)
		return err
	}
	return nil
}

// progressOn tells a person at a terminal how far the search is, five times a second, and
// done ends the line; nobody else is told.
func progressOn(w io.Writer) (tell func(lattice.Progress), done func()) {
	f, isFile := w.(*os.File)
	if !isFile {
		return nil, func() {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil, func() {}
	}
	var last time.Time
	tell = func(p lattice.Progress) {
		if now := time.Now(); now.Sub(last) > 200*time.Millisecond {
			last = now
			_, _ = fmt.Fprintf(f, "\r%d of %d generalisations settled, %d counted ", p.Settled, p.Nodes, p.Checked)
		}
	}
	return tell, func() {
		if !last.IsZero() {
			_, _ = fmt.Fprintln(f)
		}
	}
}
