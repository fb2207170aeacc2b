package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/disclosure"
)

func fsckCommand(f *flags) *cobra.Command {
	var settle bool
	c := &cobra.Command{
		Use: "fsck", Short: "Evaluate every case anew and close those whose accesses differ", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, _, err := f.bound()
			if err != nil {
				return err
			}
			defer func() { _ = st.Close() }()
			var found *store.Checked
			err = disclosure.Used(cmd.Context(), st, "fsck", func() (disclosure.Counts, error) {
				if found, err = st.Fsck(cmd.Context()); err != nil {
					return nil, err
				}
				word := "closed"
				if settle {
					word = "settled"
				}
				return disclosure.Counts{"cases": found.Cases, word: len(found.Closed), "shut": len(found.Shut)}, checked(cmd, st, found, settle)
			})
			if err != nil {
				return err
			}
			if len(found.Closed) > 0 && !settle {
				return errs.New(errs.Conflict, "the accesses of some cases were not what policy decides; they are closed: find out who wrote them, then run sala fsck --settle")
			}
			if len(found.Shut) > 0 {
				return errs.New(errs.Conflict, "the gates of some agreements stood open although they were suspended, shut down, ended or not signed by all; they are shut: find out who opened them")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&settle, "settle", false, "give the cases that differ, or that an earlier run closed, the accesses that policy decides")
	return c
}

// checked prints what was found, and does and records what follows from it.
func checked(cmd *cobra.Command, st *store.Store, found *store.Checked, settle bool) error {
	_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d cases evaluated, %d differed\n", found.Cases, len(found.Closed))
	if err := shut(cmd, st, found.Shut); err != nil {
		return err
	}
	verb, word := "close by fsck", "closed"
	if settle {
		verb, word = "settle by fsck", "settled"
	}
	for _, id := range found.Closed {
		if err := putDown(cmd.Context(), st, id, verb, settle); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", word, id)
	}
	return nil
}

// shut puts on record, and prints, whose gates were shut.
func shut(cmd *cobra.Command, st *store.Store, ids []string) error {
	for _, id := range ids {
		err := st.Run(cmd.Context(), rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
			return disclosure.DecideAbout(ctx, op, "shut gate by fsck", "", id)
		})
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "shut %s\n", id)
	}
	return nil
}

// putDown puts what was done to a case on record, and gives it the accesses that
// policy decides where it is to be settled.
func putDown(ctx context.Context, st *store.Store, id, verb string, settle bool) error {
	return st.Run(ctx, rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
		if settle {
			if err := op.Lock(ctx, id); err != nil {
				return err
			}
			op.Touch(id)
		}
		return disclosure.Decide(ctx, op, verb, id)
	})
}
