package command

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/exchange/client"
)

func agreementCommand() *cobra.Command {
	c := &cobra.Command{Use: "agreement", Short: "Look at the agreements of your agency; and for its administrator: propose, sign, suspend, end"}
	propose := applyCommand()
	propose.Use, propose.Short = "propose -f FILE|DIR", "Propose and sign what manifests say: `sala apply`"
	c.AddCommand(agreementList(), agreementShow(), propose)
	for verb, short := range map[string]string{
		"sign":      "Sign an agreement for your agency; with the last signature it is in force",
		"suspend":   "Cut what flows under an agreement at once; your agency takes it back with resume",
		"resume":    "Take your agency's suspension back",
		"end":       "End an agreement for good",
		"shut-down": "End all flow in an emergency; it stands again when every party has signed anew",
	} {
		c.AddCommand(agreementDecision(verb, short))
	}
	return c
}

var agreementsQuery = document.Own(`query Agreements($first: Int!, $after: Cursor) {
  agreements(first: $first, after: $after) { edges { node { id code title documentDigest purposes categories caseKinds validFrom validUntil countersignedOn suspended
    shutDownOn endedOn retentionDays onward breachNoticeHours atEnd
    parties { agency { code } controllerRole focalPoint signedOn suspendedOn } } } pageInfo { hasNextPage endCursor } }
}`)

// agreementRow is an agreement as the API gives it.
type agreementRow struct {
	ID, Title, ValidFrom, ValidUntil, Onward, AtEnd string
	Code, CountersignedOn, ShutDownOn, EndedOn      *string
	DocumentDigest                                  *string
	Purposes, Categories, CaseKinds                 []string
	Suspended                                       *bool // nil: not the viewer's to know (C8)
	Parties                                         []struct {
		Agency                     struct{ Code string }
		ControllerRole, FocalPoint string
		SignedOn, SuspendedOn      *string
	}
}

// state is one word for where the agreement stands.
func (n *agreementRow) state(now time.Time) string {
	until, err := time.Parse(time.RFC3339, n.ValidUntil)
	from, errFrom := time.Parse(time.RFC3339, n.ValidFrom)
	switch {
	case n.Suspended == nil:
		return "" // told to who answers for agreements
	case n.EndedOn != nil:
		return "ENDED"
	case n.ShutDownOn != nil:
		return "SHUT_DOWN"
	case err == nil && !now.Before(until):
		return "OVER"
	case n.CountersignedOn == nil:
		return "PROPOSED"
	case *n.Suspended:
		return "SUSPENDED"
	case errFrom == nil && now.Before(from):
		return "SIGNED"
	}
	return "IN_FORCE"
}

// signatures names the parties, and in brackets those that have not signed.
func (n *agreementRow) signatures() string {
	parties := make([]string, 0, len(n.Parties))
	for _, p := range n.Parties {
		if p.SignedOn == nil && n.Suspended != nil {
			parties = append(parties, "("+p.Agency.Code+")")
		} else {
			parties = append(parties, p.Agency.Code)
		}
	}
	return strings.Join(parties, " ")
}

func (n *agreementRow) code() string {
	if n.Code == nil {
		return ""
	}
	return *n.Code
}

func agreementList() *cobra.Command {
	var s session
	var o output
	list := &cobra.Command{
		Use: "list", Short: "List the agreements that your agency is a party of; who has not signed stands in brackets", Args: cobra.NoArgs,
		Long: "Where an agreement stands is told to who answers for agreements: your agency's administrator and data-protection focal point.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.print(cmd, &s, "agreements", agreementsQuery, map[string]any{}, 0, []string{"code", "title", "state", "parties", "purposes", "until", "id"},
				func(row json.RawMessage) ([]string, error) {
					var n agreementRow
					if err := json.Unmarshal(row, &n); err != nil {
						return nil, unread(err)
					}
					day, _, _ := strings.Cut(n.ValidUntil, "T")
					return []string{n.code(), n.Title, n.state(time.Now()), n.signatures(), strings.Join(n.Purposes, " "), day, n.ID}, nil
				})
		},
	}
	s.flags(list)
	o.flags(list)
	return list
}

func agreementShow() *cobra.Command {
	var a asking
	return a.command(&cobra.Command{Use: "show CODE", Short: "Show an agreement with its signatures", Args: cobra.ExactArgs(1)},
		func(cmd *cobra.Command, api *client.Client, args []string) error {
			var raw json.RawMessage
			var n agreementRow
			_, err := rows(cmd.Context(), api, "agreements", agreementsQuery, map[string]any{}, 0, func(row json.RawMessage) error {
				var one agreementRow
				if err := json.Unmarshal(row, &one); err != nil {
					return unread(err)
				}
				if one.code() == args[0] {
					raw, n = row, one
				}
				return nil
			})
			if err != nil {
				return err
			}
			if raw == nil {
				return errs.New(errs.Invalid, "your agency is a party of no agreement of this code")
			}
			if a.output.form == "json" {
				return printJSON(cmd.OutOrStdout(), raw)
			}
			t := terminal.NewTable("what", "value")
			t.Row("code", n.code())
			t.Row("title", n.Title)
			if n.DocumentDigest != nil {
				t.Row("document, SHA-256", *n.DocumentDigest)
			}
			t.Row("state", n.state(time.Now()))
			t.Row("purposes", strings.Join(n.Purposes, " "))
			t.Row("categories", strings.Join(n.Categories, " "))
			t.Row("kinds of case", strings.Join(n.CaseKinds, " "))
			t.Row("period", n.ValidFrom+" to "+n.ValidUntil)
			t.Row("onward sharing", n.Onward)
			t.Row("at the end", n.AtEnd)
			for _, p := range n.Parties {
				signed := ", not signed"
				if p.SignedOn != nil {
					signed = ", signed " + *p.SignedOn
				} else if n.Suspended == nil {
					signed = ""
				}
				if p.SuspendedOn != nil {
					signed += ", suspends it since " + *p.SuspendedOn
				}
				t.Row("party "+p.Agency.Code, p.ControllerRole+signed)
			}
			t.Row("id", n.ID)
			return t.Write(cmd.OutOrStdout())
		})
}

func agreementDecision(verb, short string) *cobra.Command {
	var a asking
	return a.command(&cobra.Command{Use: verb + " CODE", Short: short, Args: cobra.ExactArgs(1)},
		func(cmd *cobra.Command, api *client.Client, args []string) error {
			if err := apply.OfAgreement(cmd.Context(), api, verb, args[0]); err != nil {
				return err
			}
			return a.done(cmd, args[0], "done")
		})
}
