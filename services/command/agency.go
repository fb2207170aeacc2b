package command

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/apply"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// asking is a command of the API: its session and how it prints.
type asking struct {
	session session
	output  output
}

func (a *asking) command(c *cobra.Command, run func(cmd *cobra.Command, api *client.Client, args []string) error) *cobra.Command {
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := a.output.check(); err != nil {
			return err
		}
		api, err := a.session.client(cmd.Context())
		if err != nil {
			return err
		}
		return run(cmd, api, args)
	}
	a.session.flags(c)
	a.output.flags(c)
	return c
}

// done prints what a change came to: an id, or that it was done.
func (a *asking) done(cmd *cobra.Command, id, say string) error {
	if a.output.form == "json" {
		return printJSON(cmd.OutOrStdout(), map[string]string{"id": id})
	}
	_, _ = fmt.Fprintln(cmd.OutOrStdout(), say)
	return nil
}

func agencyCommand() *cobra.Command {
	c := &cobra.Command{Use: "agency", Short: "Look at agencies; write the manifest of a new one; and for administrators: members, teams, suspension"}
	c.AddCommand(agencyInit(), agencyStatus(), agencyList(), agencyShow(), agencyUnits(), agencyMembers(), group(memberCommand()), group(teamCommand()),
		agencyDecision("suspend", "Shut an agency out at once; one that administers the platform after a second approval"),
		agencyDecision("resume", "Propose to let a suspended agency in again; two people of different agencies approve"))
	return c
}

var membersQuery = document.Own(`query Members($first: Int!, $after: Cursor) {
  members(first: $first, after: $after) { edges { node { id issuer subject roles active createdOn } } pageInfo { hasNextPage endCursor } }
}`)

var teamsQuery = document.Own(`query Teams($first: Int!, $after: Cursor) {
  teams(first: $first, after: $after) { edges { node { id code name createdOn endedOn } } pageInfo { hasNextPage endCursor } }
}`)

var agenciesQuery = document.Own(`query Agencies($first: Int!, $after: Cursor) {
  agencies(first: $first, after: $after) { edges { node { id code name names { language text } kind country state needToKnow administersPlatform retention { closedCases } requestsPerMinute concurrentRequests allowedNetworks
    units { id code name names { language text } } issuers { url validFrom validUntil discoveredOn } } } pageInfo { hasNextPage endCursor } }
}`)

// agencyRow is an agency as the API gives it.
type agencyRow struct {
	ID, Code, Name, Kind, Country, State, NeedToKnow string
	Names                                            []nameRow
	AdministersPlatform                              bool
	Retention                                        struct{ ClosedCases int } // months
	RequestsPerMinute, ConcurrentRequests            int
	AllowedNetworks                                  []string // nil to whoever may not see them
	Units                                            []struct {
		ID, Code, Name string
		Names          []nameRow
	}
	Issuers []struct {
		URL, ValidFrom           string
		ValidUntil, DiscoveredOn *string
	}
}

// nameRow is a name in one language.
type nameRow struct{ Language, Text string }

// named adds rows of names by language.
func named(t *terminal.Table, what string, names []nameRow) {
	for _, n := range names {
		t.Row(what+" ("+n.Language+")", n.Text)
	}
}

func agencyList() *cobra.Command {
	var s session
	var o output
	list := &cobra.Command{
		Use: "list", Short: "List the agencies", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.print(cmd, &s, "agencies", agenciesQuery, map[string]any{}, 0, []string{"code", "name", "kind", "state", "units", "id"}, agencyCells)
		},
	}
	s.flags(list)
	o.flags(list)
	return list
}

func agencyCells(row json.RawMessage) ([]string, error) {
	var n agencyRow
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	units := make([]string, 0, len(n.Units))
	for _, u := range n.Units {
		units = append(units, u.Code)
	}
	return []string{n.Code, n.Name, n.Kind, n.State, strings.Join(units, " "), n.ID}, nil
}

// agencyOf reads the agency of a code.
func agencyOf(cmd *cobra.Command, api *client.Client, code string) (json.RawMessage, *agencyRow, error) {
	var raw json.RawMessage
	var found *agencyRow
	_, err := rows(cmd.Context(), api, "agencies", agenciesQuery, map[string]any{}, 0, func(row json.RawMessage) error {
		var n agencyRow
		if err := json.Unmarshal(row, &n); err != nil {
			return unread(err)
		}
		if n.Code == code {
			raw, found = row, &n
		}
		return nil
	})
	if err == nil && found == nil {
		err = errs.New(errs.Invalid, "there is no agency of this code: `sala agency list` lists them")
	}
	return raw, found, err
}

func agencyShow() *cobra.Command {
	var a asking
	return a.command(&cobra.Command{Use: "show AGENCY", Short: "Show how an agency is set up, as far as you may see it", Args: cobra.ExactArgs(1)},
		func(cmd *cobra.Command, api *client.Client, args []string) error {
			raw, n, err := agencyOf(cmd, api, args[0])
			if err != nil {
				return err
			}
			if a.output.form == "json" {
				return printJSON(cmd.OutOrStdout(), raw)
			}
			t := terminal.NewTable("what", "value")
			t.Row("code", n.Code)
			t.Row("name", n.Name)
			named(t, "name", n.Names)
			t.Row("kind", n.Kind)
			t.Row("country", n.Country)
			t.Row("state", n.State)
			t.Row("need to know", n.NeedToKnow)
			t.Row("administers the platform", fmt.Sprint(n.AdministersPlatform))
			t.Row("keeps closed cases", fmt.Sprintf("%d months", n.Retention.ClosedCases))
			t.Row("requests a minute", fmt.Sprint(n.RequestsPerMinute))
			t.Row("requests at once", fmt.Sprint(n.ConcurrentRequests))
			switch {
			case n.AllowedNetworks == nil:
			case len(n.AllowedNetworks) == 0:
				t.Row("allowed networks", "any")
			default:
				t.Row("allowed networks", strings.Join(n.AllowedNetworks, " "))
			}
			for _, u := range n.Units {
				t.Row("unit "+u.Code, u.Name)
				named(t, "unit "+u.Code, u.Names)
			}
			for _, i := range n.Issuers {
				known := "not discovered"
				if i.DiscoveredOn != nil {
					known = "discovered"
				}
				t.Row("signs in by", i.URL+" from "+i.ValidFrom+", "+known)
			}
			t.Row("id", n.ID)
			return t.Write(cmd.OutOrStdout())
		})
}

func agencyUnits() *cobra.Command {
	var a asking
	return a.command(&cobra.Command{Use: "units AGENCY", Short: "List an agency's units", Args: cobra.ExactArgs(1)},
		func(cmd *cobra.Command, api *client.Client, args []string) error {
			_, n, err := agencyOf(cmd, api, args[0])
			if err != nil {
				return err
			}
			t, all := terminal.NewTable("code", "name", "id"), []map[string]string{}
			for _, u := range n.Units {
				t.Row(u.Code, u.Name, u.ID)
				all = append(all, map[string]string{"code": u.Code, "name": u.Name, "id": u.ID})
			}
			if a.output.form == "json" {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return t.Write(cmd.OutOrStdout())
		})
}

func agencyMembers() *cobra.Command {
	var s session
	var o output
	c := &cobra.Command{
		Use: "members", Short: "List the accounts of your own agency, for its administrator", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.print(cmd, &s, "members", membersQuery, map[string]any{}, 0, []string{"subject", "roles", "active", "issuer", "id"}, memberCells)
		},
	}
	s.flags(c)
	o.flags(c)
	return c
}

func memberCells(row json.RawMessage) ([]string, error) {
	var n struct {
		ID, Issuer, Subject string
		Roles               []string
		Active              bool
	}
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	return []string{n.Subject, strings.Join(n.Roles, " "), fmt.Sprint(n.Active), n.Issuer, n.ID}, nil
}

func memberCommand() *cobra.Command {
	c := &cobra.Command{Use: "member", Short: "Let an account of your agency in, set its roles, close it"}
	c.AddCommand(memberAdd(), memberRoles())
	for verb, short := range map[string]string{"close": "Close a member's account", "open": "Open a member's account again"} {
		var a asking
		c.AddCommand(a.command(&cobra.Command{Use: verb + " MEMBER", Short: short, Args: cobra.ExactArgs(1)},
			func(cmd *cobra.Command, api *client.Client, args []string) error {
				if err := apply.OfMember(cmd.Context(), api, verb, args[0]); err != nil {
					return err
				}
				return a.done(cmd, args[0], "done")
			}))
	}
	return c
}

// roleFlag adds the flag that names roles.
func roleFlag(c *cobra.Command, roles *[]string) {
	c.Flags().StringArrayVar(roles, "role", nil, "role to grant; may be repeated; none takes all away")
	_ = c.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(viewer.Role("").Values(), cobra.ShellCompDirectiveNoFileComp))
}

func memberAdd() *cobra.Command {
	var a asking
	var issuer string
	var roles []string
	c := a.command(&cobra.Command{Use: "add SUBJECT", Short: "Let an account in before its first sign-in, with its roles; once more is the same", Args: cobra.ExactArgs(1)},
		func(cmd *cobra.Command, api *client.Client, args []string) error {
			id, err := apply.EnterMember(cmd.Context(), api, issuer, args[0], roles)
			if err != nil {
				return err
			}
			return a.done(cmd, id, id)
		})
	c.Flags().StringVar(&issuer, "issuer", "", "URL of the issuer that your agency signs in by; required")
	_ = c.MarkFlagRequired("issuer")
	roleFlag(c, &roles)
	return c
}

func memberRoles() *cobra.Command {
	var a asking
	var roles []string
	c := a.command(&cobra.Command{Use: "roles MEMBER", Short: "Grant a member exactly these roles", Args: cobra.ExactArgs(1)},
		func(cmd *cobra.Command, api *client.Client, args []string) error {
			if err := apply.SetRoles(cmd.Context(), api, args[0], roles); err != nil {
				return err
			}
			return a.done(cmd, args[0], "done")
		})
	roleFlag(c, &roles)
	return c
}

func teamCommand() *cobra.Command {
	c := &cobra.Command{Use: "team", Short: "Make teams of your agency, and say who belongs to what"}
	var add, dissolve asking
	c.AddCommand(teamList(),
		add.command(&cobra.Command{Use: "add CODE NAME", Short: "Make a team; once more is the same", Args: cobra.ExactArgs(2)},
			func(cmd *cobra.Command, api *client.Client, args []string) error {
				id, err := apply.AddTeam(cmd.Context(), api, args[0], args[1])
				if err != nil {
					return err
				}
				return add.done(cmd, id, id)
			}),
		dissolve.command(&cobra.Command{Use: "dissolve TEAM", Short: "Dissolve a team: what it was assigned to is closed to it", Args: cobra.ExactArgs(1)},
			func(cmd *cobra.Command, api *client.Client, args []string) error {
				if err := apply.DissolveTeam(cmd.Context(), api, args[0]); err != nil {
					return err
				}
				return dissolve.done(cmd, args[0], "done")
			}))
	for verb, short := range map[string]string{"join": "Put a member into a team or unit", "leave": "Take a member out of a team or unit"} {
		var a asking
		c.AddCommand(a.command(&cobra.Command{Use: verb + " GROUP MEMBER", Short: short, Args: cobra.ExactArgs(2)},
			func(cmd *cobra.Command, api *client.Client, args []string) error {
				if err := apply.OfGroup(cmd.Context(), api, verb, args[0], args[1]); err != nil {
					return err
				}
				return a.done(cmd, args[1], "done")
			}))
	}
	return c
}

func teamList() *cobra.Command {
	var s session
	var o output
	c := &cobra.Command{
		Use: "list", Short: "List the teams of your own agency", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.print(cmd, &s, "teams", teamsQuery, map[string]any{}, 0, []string{"code", "name", "state", "id"}, teamCells)
		},
	}
	s.flags(c)
	o.flags(c)
	return c
}

func teamCells(row json.RawMessage) ([]string, error) {
	var n struct {
		ID, Name      string
		Code, EndedOn *string
	}
	if err := json.Unmarshal(row, &n); err != nil {
		return nil, unread(err)
	}
	code, state := "", "works"
	if n.Code != nil {
		code = *n.Code
	}
	if n.EndedOn != nil {
		state = "dissolved"
	}
	return []string{code, n.Name, state, n.ID}, nil
}

func agencyDecision(verb, short string) *cobra.Command {
	var a asking
	return a.command(&cobra.Command{Use: verb + " AGENCY", Short: short, Args: cobra.ExactArgs(1)},
		func(cmd *cobra.Command, api *client.Client, args []string) error {
			proposal, err := apply.OfAgency(cmd.Context(), api, verb, args[0])
			if err != nil {
				return err
			}
			if a.output.form == "json" {
				return printJSON(cmd.OutOrStdout(), map[string]string{"proposal": proposal})
			}
			if proposal == "" {
				_, _ = fmt.Fprintln(cmd.OutOrStdout(), "done")
				return nil
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "proposed: two people of different agencies approve %s with `sala proposal approve`\n", proposal)
			return nil
		})
}
