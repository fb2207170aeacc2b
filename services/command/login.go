package command

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/signin"
)

func loginCommand() *cobra.Command {
	var name string
	var p signin.Profile
	var printed bool
	c := &cobra.Command{
		Use: "login", Short: "Sign in at your agency's issuer by a browser, on this machine or another (device grant)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			shelf, err := signin.DefaultShelf()
			if err != nil {
				return err
			}
			book, err := shelf.Read()
			if err != nil {
				return err
			}
			name = cmp.Or(name, book.Current, "default")
			known := book.Profiles[name]
			if known == nil {
				known = &signin.Profile{}
			}
			p.Server, p.Issuer = cmp.Or(p.Server, known.Server, defaultEndpoint), cmp.Or(p.Issuer, known.Issuer)
			p.ClientID = cmp.Or(p.ClientID, known.ClientID, "sala-cli")
			if !cmd.Flags().Changed("scope") && len(known.Scopes) > 0 {
				p.Scopes = known.Scopes
			}
			if p.Issuer == "" {
				return errs.New(errs.Invalid, "name your agency's issuer once with --issuer https://…: the sign-in remembers it")
			}
			if !signin.Secure(p.Server) {
				return errs.New(errs.Invalid, "the API must be an https URL: a token over an open line would be everybody's")
			}
			p.Token, err = issuerOf(&p).Device(cmd.Context(), func(q signin.Prompt) {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "Open %s\nand confirm the code %s\n", terminal.Visible(cmp.Or(q.Complete, q.Page)), terminal.Visible(q.Code))
			})
			if err != nil {
				return err
			}
			if printed {
				_, _ = fmt.Fprintln(cmd.OutOrStdout(), p.Token.Access)
				return nil
			}
			err = shelf.Change(func(b *signin.Book) error {
				b.Current, b.Profiles[name] = name, &p
				return nil
			})
			if err == nil {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "signed in as profile %s\n", terminal.Visible(name))
			}
			return err
		},
	}
	c.Flags().StringVar(&name, "profile", "", "name of the sign-in; the current one where left out")
	c.Flags().StringVar(&p.Server, "server", "", "URL of the API; that of the profile, or "+defaultEndpoint+", where left out")
	c.Flags().StringVar(&p.Issuer, "issuer", "", "your agency's OpenID issuer; that of the profile where left out")
	c.Flags().StringVar(&p.ClientID, "client-id", "", "client that the issuer knows the command line by; sala-cli where left out")
	c.Flags().StringSliceVar(&p.Scopes, "scope", []string{"openid"}, "scopes to ask for, as purpose:ASSISTANCE to narrow the token")
	c.Flags().BoolVar(&printed, "print", false, "print the access token instead of keeping it")
	return c
}

func logoutCommand() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "logout", Short: "Forget a sign-in's tokens, and revoke them where the issuer offers that", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			shelf, err := signin.DefaultShelf()
			if err != nil {
				return err
			}
			var left *signin.Token
			var p *signin.Profile
			err = shelf.Change(func(b *signin.Book) error {
				if _, p, err = b.Pick(name); err != nil {
					return err
				}
				left, p.Token = p.Token, nil
				return nil
			})
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), "signed out")
			if left == nil {
				return nil
			}
			if err := issuerOf(p).Revoke(cmd.Context(), cmp.Or(left.Refresh, left.Access)); err != nil {
				return errs.Wrap(err, errs.KindOf(err), "the tokens are forgotten here but could not be revoked: %s", err.Error())
			}
			return nil
		},
	}
	c.Flags().StringVar(&name, "profile", "", "name of the sign-in; the current one where left out")
	return c
}

func profileCommand() *cobra.Command {
	c := &cobra.Command{Use: "profile", Short: "List the sign-ins of this machine, or choose one"}
	c.AddCommand(profileList(), &cobra.Command{
		Use: "use NAME", Short: "Make a sign-in the current one", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			shelf, err := signin.DefaultShelf()
			if err != nil {
				return err
			}
			return shelf.Change(func(b *signin.Book) error {
				name, _, err := b.Pick(args[0])
				b.Current = name
				return err
			})
		},
	})
	return c
}

func profileList() *cobra.Command {
	var o output
	c := &cobra.Command{
		Use: "list", Short: "List the sign-ins; the current one is marked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			shelf, err := signin.DefaultShelf()
			if err != nil {
				return err
			}
			b, err := shelf.Read()
			if err != nil {
				return err
			}
			type profile struct {
				Name     string `json:"name"`
				Current  bool   `json:"current"`
				Server   string `json:"server"`
				Issuer   string `json:"issuer"`
				SignedIn bool   `json:"signedIn"`
			}
			t, all := terminal.NewTable("", "profile", "server", "issuer", "signed in"), []profile{}
			for _, n := range slices.Sorted(maps.Keys(b.Profiles)) {
				p, mark, in := b.Profiles[n], "", "no"
				if n == b.Current {
					mark = "*"
				}
				if p.Token != nil {
					in = "yes"
				}
				t.Row(mark, n, p.Server, p.Issuer, in)
				all = append(all, profile{n, n == b.Current, p.Server, p.Issuer, p.Token != nil})
			}
			if o.form == "json" {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return t.Write(cmd.OutOrStdout())
		},
	}
	o.flags(c)
	return c
}
