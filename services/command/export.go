package command

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

func exportCommand() *cobra.Command {
	c := &cobra.Command{Use: "export", Short: "Write what you may see for a purpose to an encrypted file, with a manifest beside it"}
	c.AddCommand(
		exportAs("htcds", "Write a workbook in the layout of HTCDS 2.0", htcds.NewWorkbook),
		exportAs("csv", "Write a CSV file in the layout of HTCDS 2.0", htcds.NewCSV))
	return c
}

// export is one run of the command.
type export struct {
	format, purpose, calendar string
	to, toFiles               []string
	plaintext, extended       bool
	begin                     func(io.Writer, valueset.Calendar, htcds.Layout) (*htcds.Writer, error)
}

func exportAs(format, short string, begin func(io.Writer, valueset.Calendar, htcds.Layout) (*htcds.Writer, error)) *cobra.Command {
	var s session
	var o output
	e := export{format: format, begin: begin}
	c := &cobra.Command{
		Use: format + " FILE", Short: short + ", and FILE.manifest.json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			recipients, err := e.recipients()
			if err != nil {
				return err
			}
			c, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			m, err := e.run(cmd.Context(), c, args[0], recipients)
			if err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), m)
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d cases written for %s; what must be done with them stands in the manifest\n", m.Cases, m.Purpose)
			return nil
		},
	}
	s.flags(c)
	o.flags(c)
	c.Flags().BoolVar(&e.extended, "extended", false, "add further fields of HTCDS and Sala's own x_ columns, with a row a case and contributor")
	c.Flags().StringVar(&e.purpose, "purpose", "", "why you ask; required")
	c.Flags().StringVar(&e.calendar, "calendar", "GREGORIAN", "calendar of the dates in the file: GREGORIAN or BUDDHIST")
	c.Flags().StringArrayVar(&e.to, "to", nil, "age public key (age1…) of who may read the file; may be repeated")
	c.Flags().StringArrayVar(&e.toFiles, "to-file", nil, "file of age public keys, one a line; may be repeated")
	c.Flags().BoolVar(&e.plaintext, "plaintext", false, "do not encrypt the file")
	return c
}

func (e *export) recipients() ([]age.Recipient, error) {
	if !category.Purpose(e.purpose).OpensCase() {
		return nil, errs.New(errs.Invalid, "name why you ask: --purpose IDENTIFICATION, PROTECTION, ASSISTANCE, RETURN, TRACING, JUSTICE or LEGAL_AID")
	}
	if !valueset.Calendar(e.calendar).Valid() {
		return nil, errs.New(errs.Invalid, "--calendar is GREGORIAN or BUDDHIST")
	}
	var out []age.Recipient
	for _, key := range e.to {
		r, err := age.ParseX25519Recipient(key)
		if err != nil {
			return nil, errs.New(errs.Invalid, "--to is no age public key: it begins with age1")
		}
		out = append(out, r)
	}
	for _, path := range e.toFiles {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "the file of public keys cannot be read: check --to-file")
		}
		list, err := age.ParseRecipients(bytes.NewReader(raw))
		if err != nil {
			return nil, errs.New(errs.Invalid, "--to-file holds a line that is no age public key")
		}
		out = append(out, list...)
	}
	if e.plaintext == (len(out) > 0) {
		return nil, errs.New(errs.Invalid, "say who may read the file with --to age1…, or that everybody who gets it may with --plaintext")
	}
	return out, nil
}

// run writes beside the target, and moves manifest and file there when both are
// whole: an export that is interrupted leaves neither.
func (e *export) run(ctx context.Context, c *client.Client, path string, to []age.Recipient) (*exchange.Manifest, error) {
	beside := path + ".manifest.json"
	for _, p := range []string{path, beside} {
		if _, err := os.Lstat(p); !os.IsNotExist(err) {
			return nil, errs.New(errs.Invalid, "the file or its manifest is there already: choose another name")
		}
	}
	f, err := partial(path)
	if err != nil {
		return nil, err
	}
	defer discard(f)
	sum := sha256.New()
	m, err := e.write(ctx, c, io.MultiWriter(f, sum), to)
	if err != nil {
		return nil, err
	}
	m.Format, m.File, m.SHA256, m.Encrypted = e.format, filepath.Base(path), hex.EncodeToString(sum.Sum(nil)), len(to) > 0
	for _, r := range to {
		if named, ok := r.(fmt.Stringer); ok {
			m.Recipients = append(m.Recipients, named.String())
		}
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "writing the manifest failed")
	}
	g, err := partial(beside)
	if err != nil {
		return nil, err
	}
	defer discard(g)
	if _, err := g.Write(append(raw, '\n')); err != nil {
		return nil, unwritable(err)
	}
	// The manifest first: a file never lies there without it.
	if err := keep(g, beside); err != nil {
		return nil, err
	}
	if err := keep(f, path); err != nil {
		_ = os.Remove(beside)
		return nil, err
	}
	return m, nil
}

// write encrypts what it writes as it goes: no plaintext touches the disk, unless it
// was asked for.
func (e *export) write(ctx context.Context, c *client.Client, w io.Writer, to []age.Recipient) (*exchange.Manifest, error) {
	var sealed io.WriteCloser
	if len(to) > 0 {
		var err error
		if sealed, err = age.Encrypt(w, to...); err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "the file cannot be encrypted to these keys together: check --to")
		}
		w = sealed
	}
	layout := htcds.Template
	if e.extended {
		layout = htcds.WithExtensions
	}
	out, err := e.begin(w, valueset.Calendar(e.calendar), layout)
	if err != nil {
		return nil, err
	}
	m, err := exchange.Export(ctx, c, category.Purpose(e.purpose), out)
	if err == nil && sealed != nil {
		if err = sealed.Close(); err != nil {
			err = unwritable(err)
		}
	}
	return m, err
}

// partial makes a file of mode 0600 in the folder of path.
func partial(path string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".sala-export-*")
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "nothing can be written there: check the folder and its permissions")
	}
	return f, nil
}

// keep moves a file that is whole to its place. It never replaces another.
func keep(f *os.File, path string) error {
	if err := cmp.Or(f.Sync(), f.Close()); err != nil {
		return unwritable(err)
	}
	if err := os.Link(f.Name(), path); err != nil {
		return unwritable(err)
	}
	return nil
}

func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

func unwritable(err error) error {
	return errs.Wrap(err, errs.Unavailable, "the file cannot be written: is the disk full, or a file of this name there?")
}
