package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/backup"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/serve"
)

func backupCommand(f *flags) *cobra.Command {
	var to []string
	c := &cobra.Command{
		Use: "backup FILE", Short: "Copy the whole database into a file encrypted to age keys, as the owner of its tables", Args: cobra.ExactArgs(1),
		Long: `Copies the database as it is at one moment. What could hurt a person is sealed in it, and
its keys are not: back the key store up apart, and keep its backups for a short time only.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			recipients, err := recipientsOf(to)
			if err != nil {
				return err
			}
			v, err := f.values()
			if err != nil {
				return err
			}
			l, closed, err := serve.Erasures(cmd.Context(), v)
			if err != nil {
				return err
			}
			defer closed()
			st, err := f.open(nil)
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			var m *backup.Manifest
			// The file gets its name once it is whole, and that it was begun is in it.
			err = disclosure.Used(cmd.Context(), st, "backup", func() (disclosure.Counts, error) {
				err := whole(args[0], func(w io.Writer) error {
					sealed, err := age.Encrypt(w, recipients...)
					if err != nil {
						return errs.Wrap(err, errs.Internal, "encrypting the backup failed")
					}
					if m, err = backup.Write(cmd.Context(), st, l, sealed); err != nil {
						return err
					}
					return sealed.Close()
				})
				if err != nil {
					return nil, err
				}
				return disclosure.Counts{"tables": len(m.Tables), "recipients": len(recipients)}, nil
			})
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "backup of %s, with %d entries of the erasure list known\n", m.At.Format(time.RFC3339), m.Erasures)
			return nil
		},
	}
	c.Flags().StringArrayVar(&to, "to", nil, "age public key (age1…) that can restore it; may be repeated")
	_ = c.MarkFlagRequired("to")
	return c
}

func recipientsOf(to []string) ([]age.Recipient, error) {
	var out []age.Recipient
	for _, s := range to {
		r, err := age.ParseX25519Recipient(s)
		if err != nil {
			return nil, errs.New(errs.Invalid, "--to takes an age public key: the line age1… that `age-keygen` prints")
		}
		out = append(out, r)
	}
	return out, nil
}

// whole writes a file of mode 0600 in full or not at all; one that is there stays.
func whole(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return errs.New(errs.Conflict, "there is a file of that name already, and it is not replaced")
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".sala-")
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the file cannot be made: check its folder")
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	b := bufio.NewWriterSize(file, 1<<20)
	if err = write(b); err != nil {
		return err
	}
	if err = errors.Join(b.Flush(), file.Sync(), file.Close()); err != nil {
		return errs.Wrap(err, errs.Unavailable, "the file cannot be written: is the disk full?")
	}
	if err = os.Link(file.Name(), path); err != nil {
		return errs.Wrap(err, errs.Conflict, "the file cannot be put in its place: is there one already?")
	}
	return os.Remove(file.Name())
}

func restoreCommand(f *flags) *cobra.Command {
	var identity, asOf string
	c := &cobra.Command{
		Use: "restore FILE", Short: "Restore a backup into an empty database, beside the current list of erased persons", Args: cobra.ExactArgs(1),
		Long: `Restores into an empty database to which 'sala migrate up' was applied, as the owner of its
tables. It refuses without the current erasure list, which lies in the key store, and
deletes everybody on the list again. Then run sala ledger verify and sala fsck.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, closed, err := target(cmd, f, asOf)
			if err != nil {
				return err
			}
			defer closed()
			raw, done, err := decrypted("backup", args[0], identity)
			if err != nil {
				return err
			}
			defer done()
			r, err := backup.Restore(cmd.Context(), raw, t)
			if err != nil {
				return err
			}
			if err := restored(cmd.Context(), t, r); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "restored the database of %s; %d erased persons were in it and are deleted again\n", r.At.Format(time.RFC3339), r.Erased)
			if r.Suspects > 0 {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "the rows of %d erased suspects were in it and are deleted again\n", r.Suspects)
			}
			if r.Departed > 0 {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "contributions of %d agencies that had left were in it and are deleted again; one of them that owns cases again leaves anew: `sala offboard`\n", r.Departed)
			}
			return nil
		},
	}
	c.Flags().StringVar(&identity, "identity", "", "file with the age identity that the backup is encrypted to")
	c.Flags().StringVar(&asOf, "list-as-of", "", "time of the erasure list's newest entry, where no server has run for a day")
	_ = c.MarkFlagRequired("identity")
	return c
}

// restored puts the restore on record in the database that it made.
func restored(ctx context.Context, t backup.Target, r *backup.Result) error {
	st, err := t.Open()
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	return disclosure.UseDone(ctx, st, "restore", disclosure.Counts{"erased again": r.Erased, "suspects erased again": r.Suspects, "departed again": r.Departed})
}

func target(cmd *cobra.Command, f *flags, asOf string) (backup.Target, func(), error) {
	t := backup.Target{Now: time.Now, Open: func() (*store.Store, error) { return f.open(nil) }}
	v, err := f.values()
	if err != nil {
		return t, nil, err
	}
	t.Path, _ = strings.CutPrefix(configuration.DatabaseURL.In(v), "sqlite:")
	if t.Path == configuration.DatabaseURL.In(v) {
		t.Path = ""
	}
	if asOf != "" {
		if t.ListAsOf, err = time.Parse(time.RFC3339, asOf); err != nil {
			return t, nil, errs.New(errs.Invalid, "--list-as-of takes a time such as 2026-01-31T08:00:00Z")
		}
	}
	keys, closeKeys, err := serve.Keyring(cmd.Context(), v)
	if err != nil {
		return t, nil, err
	}
	list, closeList, err := serve.Erasures(cmd.Context(), v)
	if err != nil {
		closeKeys()
		return t, nil, err
	}
	t.Keys, t.List = keys, list
	return t, func() { closeList(); closeKeys() }, nil
}

// decrypted opens what was sealed, a backup or a list, with the identity in a file.
func decrypted(what, path, identity string) (io.Reader, func(), error) {
	key, err := os.Open(identity)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Invalid, "the age identity cannot be read: check --identity")
	}
	defer func() { _ = key.Close() }()
	ids, err := age.ParseIdentities(key)
	if err != nil {
		return nil, nil, errs.New(errs.Invalid, "the age identity is malformed: it is what `age-keygen` wrote")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Invalid, "the %s cannot be read: check its path", what)
	}
	r, err := age.Decrypt(bufio.NewReaderSize(file, 1<<20), ids...)
	if err != nil {
		_ = file.Close()
		return nil, nil, errs.Wrap(err, errs.Invalid, "the %s does not open with this identity, or is no %s", what, what)
	}
	return r, func() { _ = file.Close() }, nil
}
