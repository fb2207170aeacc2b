package command

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
)

const worklistFields = ` {
  worklist(first: $first, after: $after) {
    edges { node { reason subjectID since dueOn reference
      case { id reference kind state assignments { holderID since } } referral { id service urgency state } notice { kind subjectID } } }
    pageInfo { hasNextPage endCursor }
  }
}`

var (
	worklistQuery    = document.Own(`query Worklist($first: Int!, $after: Cursor)` + worklistFields)
	worklistForQuery = document.Own(`query Worklist($purpose: Purpose!, $first: Int!, $after: Cursor) @purpose(of: $purpose)` + worklistFields)
)

func worklistCommand() *cobra.Command {
	var s session
	var o output
	var purpose string
	var limit int
	c := &cobra.Command{
		Use: "worklist", Short: "List what waits for you by your roles, soonest due first", Args: cobra.NoArgs,
		Long: `Entries about cases need a purpose, and are of those cases alone that ` + "`sala cases`" + ` shows for it.
Without one the list holds what is about no case: notices, decisions, signatures, accounts.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			document, vars := worklistQuery, map[string]any{}
			if purpose != "" {
				if !category.Purpose(purpose).OpensCase() {
					return errs.New(errs.Invalid, "--purpose is one that opens cases: %s", strings.Join(opening, ", "))
				}
				document = worklistForQuery
				vars["purpose"] = purpose
			}
			return o.print(cmd, &s, "worklist", document, vars, limit, []string{"due", "why", "since", "case", "about", "held by", "id"}, workCells)
		},
	}
	s.flags(c)
	o.flags(c)
	c.Flags().StringVar(&purpose, "purpose", "", "why you ask; needed for what is about cases")
	c.Flags().IntVar(&limit, "limit", rowsPerPage, "how many at most; 0 for all")
	_ = c.RegisterFlagCompletionFunc("purpose", cobra.FixedCompletions(opening, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// opening are the purposes that open a case.
var opening = []string{"IDENTIFICATION", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING", "JUSTICE", "LEGAL_AID"}

func workCells(row json.RawMessage) ([]string, error) {
	var n struct {
		Reason, SubjectID, Reference string
		Since, DueOn                 *string
		Case                         *struct {
			Reference, Kind, State string
			Assignments            []struct{ HolderID string }
		}
		Referral *struct{ Service, Urgency string }
		Notice   *struct{ Kind string }
	}
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	about, holders := "", []string{}
	switch {
	case n.Case != nil:
		n.Reference, about = n.Case.Reference, n.Case.Kind+" "+n.Case.State
		for _, a := range n.Case.Assignments {
			holders = append(holders, a.HolderID)
		}
	case n.Referral != nil:
		about = n.Referral.Service + " " + n.Referral.Urgency
	case n.Notice != nil:
		about = n.Notice.Kind
	}
	return []string{day(n.DueOn), n.Reason, day(n.Since), n.Reference, about, strings.Join(holders, " "), n.SubjectID}, nil
}
