package command

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/document"
)

var disclosuresQuery = document.Own(`query Disclosures($first: Int!, $after: Cursor, $case: ID) {
  disclosures(first: $first, after: $after, caseID: $case, orderBy: {field: AT, direction: DESC}) {
    edges { node { id at kind verb agency { code } purpose basis categories } }
    pageInfo { hasNextPage endCursor }
  }
}`)

func disclosuresCommand() *cobra.Command {
	var s session
	var o output
	var about string
	var limit int
	c := &cobra.Command{
		Use: "disclosures", Short: "List who was shown what your agency contributed, the newest first, for its auditor or data-protection focal point", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			vars := map[string]any{}
			if about != "" {
				vars["case"] = about
			}
			return o.print(cmd, &s, "disclosures", disclosuresQuery, vars, limit, []string{"at", "what", "verb", "by", "purpose", "basis", "categories"}, disclosureCells)
		},
	}
	s.flags(c)
	o.flags(c)
	c.Flags().StringVar(&about, "case", "", "only those of this case, by its id")
	c.Flags().IntVar(&limit, "limit", rowsPerPage, "how many at most; 0 for all")
	return c
}

func disclosureCells(row json.RawMessage) ([]string, error) {
	var n struct {
		At, Kind, Verb, Purpose, Basis string
		Agency                         struct{ Code string }
		Categories                     []string
	}
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	return []string{n.At, n.Kind, n.Verb, n.Agency.Code, n.Purpose, n.Basis, strings.Join(n.Categories, " ")}, nil
}
