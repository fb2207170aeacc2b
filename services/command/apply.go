package command

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/rules"
	"github.com/sala-exchange/sala/services/apply"
)

func applyCommand() *cobra.Command {
	var s session
	var output string
	var files []string
	var yes, dry bool
	c := &cobra.Command{
		Use: "apply -f FILE|DIR", Short: "Bring agencies and agreements to what manifests say, through the API, with a token", Args: cobra.NoArgs,
		Long: "Shows a plan first. What one person cannot do alone is proposed, approved, countersigned or signed on your\n" +
			"agency's part, and the plan says for whom it waits; whoever that is applies the same manifest. A second run\n" +
			"changes nothing. What a manifest leaves out stays as it is: names by language, need-to-know mode, retention,\n" +
			"limits, networks, issuers, units. An empty list of networks, or {} for names, takes away what is there.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "table" && output != "json" {
				return errs.New(errs.Invalid, "--output is table or json")
			}
			docs, err := v1alpha1.ReadPaths(files)
			if err != nil {
				return err
			}
			if err := sound(docs); err != nil {
				return err
			}
			api, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			plan, err := apply.Make(cmd.Context(), api, docs)
			if err != nil {
				return err
			}
			if output == "table" || dry {
				if err := show(cmd.OutOrStdout(), plan, output); err != nil {
					return err
				}
			}
			if dry {
				return refusals(plan)
			}
			if err := carryOut(cmd, plan, yes); err != nil {
				return err
			}
			if output == "json" {
				if err := show(cmd.OutOrStdout(), plan, output); err != nil {
					return err
				}
			}
			return refusals(plan)
		},
	}
	c.Flags().StringArrayVarP(&files, "filename", "f", nil, "manifest, or folder of manifests *.yaml; may be repeated")
	_ = c.MarkFlagRequired("filename")
	s.flags(c)
	c.Flags().BoolVar(&yes, "yes", false, "do not ask before changing anything")
	c.Flags().BoolVar(&dry, "dry-run", false, "show the plan, change nothing")
	c.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return c
}

// carryOut asks, unless told not to, and does what the plan says.
func carryOut(cmd *cobra.Command, plan *apply.Plan, yes bool) error {
	n := plan.Changes()
	if n == 0 {
		return nil
	}
	if !yes {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "Do these %d? Only yes is accepted: ", n)
		answer, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if strings.TrimSpace(answer) != "yes" {
			return errs.New(errs.Conflict, "nothing was changed: answer yes, or give --yes")
		}
	}
	return plan.Run(cmd.Context(), func(s *apply.Step) {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "done: %s %s\n", s.Action, s.Name)
	})
}

func refusals(plan *apply.Plan) error {
	if n := plan.Refusals(); n > 0 {
		return errs.New(errs.Conflict, "%d of the manifests cannot become so: see `refused` above", n)
	}
	return nil
}

func show(to io.Writer, plan *apply.Plan, output string) error {
	if output == "json" {
		enc := json.NewEncoder(to)
		enc.SetIndent("", "  ")
		return enc.Encode(plan)
	}
	w := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	for _, s := range plan.Steps {
		waits := ""
		if s.Waits != "" {
			waits = "then waits for " + s.Waits
			if s.Action == apply.Waiting {
				waits = "for " + s.Waits
			}
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Action, s.Name, strings.Join(s.About, ", "), waits)
	}
	return w.Flush()
}

// sound refuses agencies that the definition of a cluster would refuse, before anything is
// asked: what is wrong in a file is said alike on a cluster and without one.
func sound(docs []*v1alpha1.Document) error {
	var says []string
	for _, d := range docs {
		if d.Agency == nil {
			continue
		}
		text, err := manifest(d.Agency.APIVersion, d.Agency.Kind, map[string]string{"name": d.Agency.Name}, d.Agency.Spec)
		if err != nil {
			return err
		}
		found, err := rules.Agency(text)
		if err != nil {
			return err
		}
		for _, p := range found {
			says = append(says, fmt.Sprintf("%s, the object at line %d: %s: %s", d.File, d.Line, p.Field, p.Says))
		}
	}
	if len(says) > 0 {
		return errs.New(errs.Invalid, "%s", strings.Join(says, "; "))
	}
	return nil
}
