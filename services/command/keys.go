package command

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/keystore"
	"github.com/sala-exchange/sala/services/serve"
)

func keysCommand(f *flags) *cobra.Command {
	place := &keyFlags{f}
	c := &cobra.Command{
		Use: "keys", Short: "Make, rotate and look at the keys that seal what could hurt a person",
		Long: `Rows that could hurt a person are sealed with a key a case. Those keys lie, wrapped, in
the key store; the key that wraps them, the key-encryption key, in a file or in a key
management service. Keep database, key store and key-encryption key on different
machines' backups: whoever has all three reads everything, whoever lacks one nothing.`,
	}
	c.AddCommand(keysInit(place), keysRotate(place), keysRetire(place), keysStatus(place))
	return c
}

// keyFlags say where the keys are.
type keyFlags struct{ *flags }

func (k *keyFlags) read() (keystore.Place, error) {
	v, err := k.values()
	if err != nil {
		return keystore.Place{}, err
	}
	return serve.KeyPlace(v)
}

func keysInit(k *keyFlags) *cobra.Command {
	return &cobra.Command{
		Use: "init", Short: "Make a key file, unless a key management service is named, and an empty key store", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := k.read()
			if err != nil {
				return err
			}
			say := func(s string) { _, _ = fmt.Fprintln(cmd.OutOrStdout(), s) }
			if err := initKeys(cmd.Context(), p, say); err != nil {
				return err
			}
			v, err := k.values()
			if err != nil {
				return err
			}
			return initErasures(configuration.ErasureKeyFile.In(v), say)
		},
	}
}

func initKeys(ctx context.Context, p keystore.Place, say func(string)) error {
	made := p.File != "" && len(p.KMS) == 0
	if made {
		if err := keyfile.Make(p.File); err != nil {
			return err
		}
	}
	w, err := p.Wrapper(ctx)
	if err == nil {
		err = w.Check(ctx)
	}
	if err == nil {
		err = keystore.Init(ctx, p.Store)
	}
	if err != nil {
		if made {
			_ = os.Remove(p.File) // it has wrapped nothing yet
		}
		return err
	}
	if made {
		say("made a key file: copy it now to a safe place that holds neither the database nor the key store; without it nothing that is sealed can be read again")
	}
	say("made an empty key store: back it up apart from the database, and keep its backups for a short time only")
	return nil
}

// initErasures makes the key of the erasure list, where a file for it is named.
func initErasures(path string, say func(string)) error {
	if path == "" {
		return nil
	}
	secret, public, err := erasure.NewKey()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the file of the erasure list's key cannot be made: is there one already?")
	}
	if _, err := fmt.Fprintln(file, secret); err != nil {
		return errs.Wrap(errors.Join(err, file.Close()), errs.Invalid, "the file of the erasure list's key cannot be written")
	}
	if err := file.Close(); err != nil {
		return errs.Wrap(err, errs.Invalid, "the file of the erasure list's key cannot be written")
	}
	say("made the key of the erasure list; whoever restores a backup checks the list with this public key:")
	say(public)
	return nil
}

// recorded is a change of keys, which is on the ledger of the database whose rows they
// open.
type recorded struct {
	keys    *keyFlags
	without bool
}

func (r *recorded) flags(c *cobra.Command) {
	c.Flags().BoolVar(&r.without, "without-record", false, "where the database cannot be reached: do it although the ledger has no entry of it, and say so in the report of what happened")
}

// change does something to keys as one use on record: without its entry nothing is done.
func (r *recorded) change(cmd *cobra.Command, verb string, do func() (disclosure.Counts, error)) error {
	if r.without {
		cmd.PrintErrln("sala: warning: this change of keys is not on the ledger")
		_, err := do()
		return err
	}
	st, err := r.keys.open(nil)
	if err != nil {
		return errs.Wrap(err, errs.KindOf(err), "a change of keys is put on record in the database: %s", err.Error())
	}
	defer func() { _ = st.Close() }()
	return disclosure.Used(cmd.Context(), st, verb, do)
}

func keysRotate(k *keyFlags) *cobra.Command {
	var finish, onlyFile bool
	record := &recorded{keys: k}
	c := &cobra.Command{
		Use: "rotate", Short: "Make a new key-encryption key and wrap every case's key with it, while servers run", Args: cobra.NoArgs,
		Long: `Adds a new key to the key file, which servers notice by themselves, and wraps every
case's key with it; the old one stays in the file until sala keys retire. Where the file
is copied to several machines, copy the new one to all of them before anything else is
done: run rotate on one copy with --only-file, copy it, then run rotate --finish.

With --kms nothing is made: name the new service's URL first and the old one's after it.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := k.read()
			if err != nil {
				return err
			}
			return record.change(cmd, "rotate keys", func() (disclosure.Counts, error) {
				if len(p.KMS) == 0 && !finish {
					if err := keyfile.Rotate(p.File); err != nil {
						return nil, err
					}
				}
				if onlyFile {
					_, _ = fmt.Fprintln(cmd.OutOrStdout(), "the key file has a new key: copy the file to every machine that uses it, then run sala keys rotate --finish")
					return disclosure.Counts{"wrapped": 0}, nil
				}
				return rewrap(cmd, p)
			})
		},
	}
	record.flags(c)
	c.Flags().BoolVar(&finish, "finish", false, "make no new key: finish a rotation that was cut off, or begun with --only-file")
	c.Flags().BoolVar(&onlyFile, "only-file", false, "make the new key and leave the wrapping to --finish")
	c.MarkFlagsMutuallyExclusive("finish", "only-file")
	return c
}

func rewrap(cmd *cobra.Command, p keystore.Place) (disclosure.Counts, error) {
	ring, store, err := p.Keyring(cmd.Context(), seal.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	n, err := ring.Rewrap(cmd.Context(), func(done int) { _, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d keys looked at\n", done) })
	_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d keys wrapped anew\n", n)
	return disclosure.Counts{"wrapped": n}, err
}

func keysRetire(k *keyFlags) *cobra.Command {
	record := &recorded{keys: k}
	c := &cobra.Command{
		Use: "retire", Short: "Remove old keys from the key file, unless a stored key still needs one", Args: cobra.NoArgs,
		Long: `Removes every key but the newest from the key file. Refused while any key of the key
store is wrapped with one of them. Afterwards backups of the key store from before the
rotation are worthless, to a thief and to you: back it up first. Whoever erased a person
makes every leftover copy of her key worthless by rotate, retire and destroying the
copies of the old key file.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := k.read()
			if err != nil {
				return err
			}
			if len(p.KMS) > 0 {
				return errs.New(errs.Invalid, "keys of a key management service are retired there; `sala keys status` says whether any is still needed")
			}
			store, err := keystore.Open(cmd.Context(), p.Store)
			if err != nil {
				return err
			}
			defer func() { _ = store.Close() }()
			return record.change(cmd, "retire keys", func() (disclosure.Counts, error) {
				n, err := keyfile.Retire(p.File, func(only seal.Wrapper) error { return unneeded(cmd.Context(), store, only) })
				if err != nil {
					return nil, err
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d old keys removed from the key file: back it up again, and destroy its old copies\n", n)
				return disclosure.Counts{"removed": n}, nil
			})
		},
	}
	record.flags(c)
	return c
}

// unneeded returns nil where every stored key opens with the newest key alone.
func unneeded(ctx context.Context, store seal.Store, only seal.Wrapper) error {
	s, err := seal.New(store, only, seal.Options{}).Status(ctx)
	if err != nil {
		return err
	}
	if !s.Answers {
		return seal.Unavailable(nil, "looking for keys that need an old one")
	}
	if s.Current != s.Keys {
		return errs.New(errs.Conflict, "%d of %d stored keys are wrapped with an old key-encryption key: run sala keys rotate --finish first", s.Keys-s.Current, s.Keys)
	}
	return nil
}

func keysStatus(k *keyFlags) *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "status", Short: "Say whether the keys can be used, how many there are and how they are wrapped", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			p, err := k.read()
			if err != nil {
				return err
			}
			ring, store, err := p.Keyring(cmd.Context(), seal.Options{})
			if err != nil {
				return err
			}
			defer func() { _ = store.Close() }()
			if err := ring.Check(cmd.Context()); err != nil {
				return err
			}
			s, err := ring.Status(cmd.Context())
			if err != nil {
				return err
			}
			if o.form == "json" {
				if err := printJSON(cmd.OutOrStdout(), map[string]int{"keys": s.Keys, "current": s.Current, "broken": s.Broken, "erasures": s.Erasures}); err != nil {
					return err
				}
			} else {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d keys of cases\n%d wrapped with the current key-encryption key\n%d do not open\n%d entries in the erasure list\n",
					s.Keys, s.Current, s.Broken, s.Erasures)
			}
			if s.Broken > 0 {
				return errs.New(errs.Conflict, "some keys do not open: they were changed, or wrapped with a key-encryption key that is not at hand; bring that one back")
			}
			if s.Current < s.Keys && o.form != "json" {
				_, _ = fmt.Fprintln(cmd.OutOrStdout(), "a rotation was not finished: run sala keys rotate --finish")
			}
			return nil
		},
	}
	o.flags(c)
	return c
}
