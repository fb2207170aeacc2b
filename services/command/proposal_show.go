package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/apply"
)

func proposalShow(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show all that a proposal would change, field by field, before you approve it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			with, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			all, err := apply.Proposals(cmd.Context(), with)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(all, func(p apply.Proposal) bool { return p.ID == args[0] })
			if i < 0 {
				return errs.New(errs.Invalid, "no open proposal has this id: `sala proposal list` lists them")
			}
			t := terminal.NewTable("what", "value")
			if err := proposalRows(t.Row, &all[i]); err != nil {
				return err
			}
			return t.Write(cmd.OutOrStdout())
		},
	}
}

// proposalRows are what a proposal is and, by the names of the API's input, what it says.
func proposalRows(row func(...string), p *apply.Proposal) error {
	row("id", p.ID)
	row("kind", p.Kind)
	row("agency", p.Agency)
	row("state", p.State)
	row("approved by", strings.Join(p.Approved, " "))
	if p.From != "" {
		row("in effect from", p.From)
	}
	var content any
	d := json.NewDecoder(strings.NewReader(p.Content))
	d.UseNumber() // as it was written
	if err := d.Decode(&content); err != nil {
		return unread(err)
	}
	fields(content, "", row)
	return nil
}

// fields gives each value that stands in a JSON value a row, by its path.
func fields(v any, path string, row func(...string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			fields(v[k], strings.TrimPrefix(path+"."+k, "."), row)
		}
	case []any:
		for i, x := range v {
			fields(x, path+"["+strconv.Itoa(i)+"]", row)
		}
		if len(v) == 0 {
			row(path, "none")
		}
	case nil:
	default:
		row(path, fmt.Sprint(v))
	}
}
