package command

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// output is how a command prints: for people or for programs.
type output struct{ form string }

func (o *output) flags(c *cobra.Command) {
	c.Flags().StringVarP(&o.form, "output", "o", "table", "table or json")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

func (o *output) check() error {
	if o.form != "table" && o.form != "json" {
		return errs.New(errs.Invalid, "-o is table or json")
	}
	return nil
}

// page is one page of a list, its rows as they came.
type page struct {
	Edges    []struct{ Node json.RawMessage }
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
}

// rowsPerPage is what the API gives at most.
const rowsPerPage = 50

// rows reads at most limit rows (0 for all) of the root field, page by page.
func rows(ctx context.Context, c *client.Client, field, document string, vars map[string]any, limit int, each func(json.RawMessage) error) (more bool, err error) {
	vars["after"] = nil
	for n := 0; ; {
		vars["first"] = rowsPerPage
		if limit > 0 {
			vars["first"] = min(rowsPerPage, limit-n)
		}
		var out map[string]page
		if _, err := c.Do(ctx, document, vars, &out); err != nil {
			return false, err
		}
		p := out[field]
		for _, e := range p.Edges {
			n++
			if err := each(e.Node); err != nil {
				return false, err
			}
		}
		switch {
		case !p.PageInfo.HasNextPage || p.PageInfo.EndCursor == nil:
			return false, nil
		case limit > 0 && n >= limit:
			return true, nil
		}
		vars["after"] = *p.PageInfo.EndCursor
	}
}

// print reads a list and prints it; cells makes a row of the table.
func (o *output) print(cmd *cobra.Command, s *session, field, document string, vars map[string]any, limit int, header []string, cells func(json.RawMessage) ([]string, error)) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := s.client(cmd.Context())
	if err != nil {
		return err
	}
	all, table := []json.RawMessage{}, terminal.NewTable(header...)
	more, err := rows(cmd.Context(), c, field, document, vars, limit, func(row json.RawMessage) error {
		if o.form == "json" {
			all = append(all, row)
			return nil
		}
		line, err := cells(row)
		table.Row(line...)
		return err
	})
	if err != nil {
		return err
	}
	if o.form == "json" {
		err = printJSON(cmd.OutOrStdout(), all)
	} else {
		err = table.Write(cmd.OutOrStdout())
	}
	if more {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "there are more: --limit 0 shows all\n")
	}
	return err
}

func unread(err error) error {
	return errs.Wrap(err, errs.Internal, "the answer has not the form that was asked for")
}

var meQuery = document.Own(`{ me { id roles agency { id code name kind } } }`)

var casesQuery = document.Own(`query Cases($purpose: Purpose!, $first: Int!, $after: Cursor, $filter: CaseFilter) @purpose(of: $purpose) {
  cases(first: $first, after: $after, filter: $filter, orderBy: {field: OPENED_ON, direction: DESC}) {
    edges { node { id reference kind state openedOn owner { code } access { category state } } }
    pageInfo { hasNextPage endCursor }
  }
}`)

func casesCommand() *cobra.Command {
	var s session
	var o output
	var purpose, state, kind string
	var limit int
	held := map[string]*bool{}
	c := &cobra.Command{
		Use: "cases", Short: "List the cases that are open to you for a purpose, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !category.Purpose(purpose).OpensCase() {
				return errs.New(errs.Invalid, "name why you ask: --purpose IDENTIFICATION, PROTECTION, ASSISTANCE, RETURN, TRACING, JUSTICE or LEGAL_AID")
			}
			filter := map[string]any{}
			if state != "" {
				if !valueset.CaseState(state).Valid() {
					return errs.New(errs.Invalid, "--state is one of %s", strings.Join(valueset.CaseState("").Values(), ", "))
				}
				filter["state"] = state
			}
			if kind != "" {
				if !valueset.CaseKind(kind).Valid() {
					return errs.New(errs.Invalid, "--kind is one of %s", strings.Join(valueset.CaseKind("").Values(), ", "))
				}
				filter["kind"] = kind
			}
			for word, by := range held {
				if *by {
					filter["assigned"] = word
				}
			}
			return o.print(cmd, &s, "cases", casesQuery, map[string]any{"purpose": purpose, "filter": filter}, limit,
				[]string{"reference", "kind", "state", "owner", "opened", "open to you", "id"}, caseCells)
		},
	}
	s.flags(c)
	o.flags(c)
	c.Flags().StringVar(&purpose, "purpose", "", "why you ask; required")
	c.Flags().StringVar(&state, "state", "", "only cases in this state")
	c.Flags().StringVar(&kind, "kind", "", "only cases of this kind")
	held["MINE"] = c.Flags().Bool("mine", false, "only cases that are assigned to you")
	held["TEAM"] = c.Flags().Bool("team", false, "only cases that are assigned to a team or unit of yours")
	held["UNASSIGNED"] = c.Flags().Bool("unassigned", false, "only cases that nobody of your agency holds")
	c.MarkFlagsMutuallyExclusive("mine", "team", "unassigned")
	c.Flags().IntVar(&limit, "limit", rowsPerPage, "how many at most; 0 for all")
	_ = c.RegisterFlagCompletionFunc("purpose", cobra.FixedCompletions([]string{"IDENTIFICATION", "PROTECTION", "ASSISTANCE", "RETURN", "TRACING", "JUSTICE", "LEGAL_AID"}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(valueset.CaseState("").Values(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(valueset.CaseKind("").Values(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func caseCells(row json.RawMessage) ([]string, error) {
	var n struct {
		ID, Reference, Kind, State, OpenedOn string
		Owner                                struct{ Code string }
		Access                               []struct{ Category, State string }
	}
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	var open []string
	for _, a := range n.Access {
		if a.State == "OPEN" && a.Category != "CASE" {
			open = append(open, a.Category)
		}
	}
	if len(open) == len(n.Access)-1 { // all but CASE itself
		open = []string{"everything"}
	}
	day, _, _ := strings.Cut(n.OpenedOn, "T")
	return []string{n.Reference, n.Kind, n.State, n.Owner.Code, day, strings.Join(open, " "), n.ID}, nil
}

func whoamiCommand() *cobra.Command {
	var s session
	var o output
	c := &cobra.Command{
		Use: "whoami", Short: "Say as whom the server knows you", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			c, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			var out struct{ Me json.RawMessage }
			if _, err := c.Do(cmd.Context(), meQuery, nil, &out); err != nil {
				return err
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), out.Me)
			}
			var me struct {
				ID     string
				Roles  []string
				Agency struct{ Code, Name, Kind string }
			}
			if err := json.Unmarshal(out.Me, &me); err != nil {
				return unread(err)
			}
			t := terminal.NewTable("agency", "name", "kind", "roles", "member", "server")
			t.Row(me.Agency.Code, me.Agency.Name, me.Agency.Kind, strings.Join(me.Roles, " "), me.ID, c.Endpoint)
			return t.Write(cmd.OutOrStdout())
		},
	}
	s.flags(c)
	o.flags(c)
	return c
}
