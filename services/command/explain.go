package command

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/explain"
)

var explainQuery = document.Own(`query Explain($case: ID!, $agency: ID!, $purpose: Purpose!, $declare: Purpose!, $language: Language!) @purpose(of: $declare) {
  case(id: $case) { reference explain(agency: $agency, purpose: $purpose, wordsIn: $language) { category state basis until needs said words } }
}`)

var referencesQuery = document.Own(`query References($declare: Purpose!, $first: Int!, $after: Cursor) @purpose(of: $declare) {
  cases(first: $first, after: $after) { edges { node { id reference } } pageInfo { hasNextPage endCursor } }
}`)

// explaining is what `sala explain` asks.
type explaining struct{ about, agency, purpose, declare, language string }

func explainCommand() *cobra.Command {
	var a asking
	var e explaining
	c := a.command(&cobra.Command{
		Use: "explain", Short: "Say why each category of a case is open or closed to an agency, and what would open it", Args: cobra.NoArgs,
		Long: `To the agency that owns the case in full, about any agency; to any other about itself alone, and
without telling whether there is anything.`,
	}, func(cmd *cobra.Command, api *client.Client, _ []string) error { return e.run(cmd, api, &a) })
	c.Flags().StringVar(&e.about, "case", "", "the case, by its id or its reference")
	c.Flags().StringVar(&e.agency, "agency", "", "the agency that would ask, by its code")
	c.Flags().StringVar(&e.purpose, "purpose", "", "why it would ask")
	c.Flags().StringVar(&e.declare, "declare", "", "why you yourself ask; as --purpose where left out")
	c.Flags().StringVar(&e.language, "language", "en", "of the words: en or lo")
	for _, name := range []string{"case", "agency", "purpose"} {
		_ = c.MarkFlagRequired(name)
	}
	for _, name := range []string{"purpose", "declare"} {
		_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(opening, cobra.ShellCompDirectiveNoFileComp))
	}
	return c
}

// languages by what --language takes.
var languages = map[string]string{"en": "ENGLISH", "lo": "LAO"}

func (e explaining) check() error {
	switch {
	case !category.Purpose(e.purpose).Valid():
		return errs.New(errs.Invalid, "--purpose is none of the list: %s", strings.Join(opening, ", "))
	case !category.Purpose(e.declare).OpensCase():
		return errs.New(errs.Invalid, "--declare is a purpose that opens cases: %s", strings.Join(opening, ", "))
	case languages[e.language] == "":
		return errs.New(errs.Invalid, "--language is en or lo")
	}
	return nil
}

func (e explaining) run(cmd *cobra.Command, api *client.Client, a *asking) error {
	if e.declare == "" {
		e.declare = e.purpose
	}
	if err := e.check(); err != nil {
		return err
	}
	_, agency, err := agencyOf(cmd, api, e.agency)
	if err != nil {
		return err
	}
	id, err := e.caseID(cmd, api)
	if err != nil {
		return err
	}
	var out struct {
		Case *struct {
			Reference string
			Explain   []explained
		}
	}
	vars := map[string]any{"case": id, "agency": agency.ID, "purpose": e.purpose, "declare": e.declare, "language": languages[e.language]}
	if _, err := api.Do(cmd.Context(), explainQuery, vars, &out); err != nil {
		return err
	}
	if out.Case == nil {
		return errs.New(errs.Withheld, "there is no such case for you under the purpose that you declare: check --case, or name another purpose by --declare")
	}
	if a.output.form == "json" {
		return printJSON(cmd.OutOrStdout(), out.Case.Explain)
	}
	if len(out.Case.Explain) == 0 {
		return errs.New(errs.Withheld, "a case is explained to the agency that owns it, and to others about themselves for the purpose that they declare")
	}
	return printExplained(cmd, explain.Language(e.language), out.Case.Explain)
}

// caseID returns the id of the case that is named by its id or its reference.
func (e explaining) caseID(cmd *cobra.Command, api *client.Client) (string, error) {
	if pubid.Valid(e.about, "case") {
		return e.about, nil
	}
	found := ""
	_, err := rows(cmd.Context(), api, "cases", referencesQuery, map[string]any{"declare": e.declare}, 0, func(row json.RawMessage) error {
		var n struct{ ID, Reference string }
		if err := json.Unmarshal(row, &n); err != nil {
			return unread(err)
		}
		if strings.EqualFold(n.Reference, e.about) {
			found = n.ID
		}
		return nil
	})
	if err == nil && found == "" {
		err = errs.New(errs.Withheld, "there is no such case for you under the purpose that you declare: check --case, or name another purpose by --declare")
	}
	return found, err
}

// explained is the explanation of one category, as the API gives it.
type explained struct {
	Category string   `json:"category"`
	State    string   `json:"state"`
	Basis    *string  `json:"basis"`
	Until    *string  `json:"until"`
	Needs    []string `json:"needs"`
	Said     *string  `json:"said"`
	Words    string   `json:"words"`
}

// heading names category and state: in English by their codes, in another language by its
// words, and beside them the code of the category, which is what rules and other output name.
func heading(l explain.Language, x explained) string {
	name, state := explain.Name(l, category.Category(x.Category)), explain.State(l, x.State)
	if l == explain.English || name == "" || state == "" { // the server may know more than this program
		return x.Category + "  " + x.State
	}
	return name + " (" + x.Category + ")  " + state
}

func printExplained(cmd *cobra.Command, l explain.Language, list []explained) error {
	for _, x := range list {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), terminal.Visible(heading(l, x))); err != nil {
			return err
		}
		for _, line := range strings.Split(x.Words, "\n") {
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "    %s\n", terminal.Visible(line)); err != nil {
				return err
			}
		}
	}
	return nil
}
