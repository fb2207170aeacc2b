package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	onboarded "github.com/sala-exchange/sala/operator/progress"
)

func agencyStatus() *cobra.Command {
	var o output
	var file, within string
	var wait bool
	var timeout time.Duration
	c := &cobra.Command{
		Use: "status AGENCY", Short: "Say how an agency's onboarding by a cluster stands, for whom it waits and what they have to do", Args: cobra.ExactArgs(1),
		Long: "Reads the Agency object of a cluster, and nothing of the API. It ends with 0 where all is as the manifest\n" +
			"says, 7 while somebody or something is waited for, also at the end of --timeout, 1 where it cannot become so as\n" +
			"the manifest stands, 3 without the right to read agencies, 5 where the cluster has no such object, and 6 where\n" +
			"there is no cluster, or one that knows no agencies. With --wait it looks until the answer is neither 7 nor 6.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if timeout <= 0 {
				return errs.New(errs.Invalid, "--timeout is greater than 0, such as 10m")
			}
			cluster, err := onboarded.Named(file, within)
			if err != nil {
				return err
			}
			ctx, stop := context.WithTimeout(cmd.Context(), timeout)
			defer stop()
			var s *onboarded.Standing
			if wait {
				s, err = cluster.Wait(ctx, args[0], func(now *onboarded.Standing) { tellStanding(cmd.ErrOrStderr(), now) })
			} else {
				s, err = onceStanding(ctx, cluster, args[0])
			}
			if s == nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return unseen(err)
			}
			if err := printStanding(cmd.OutOrStdout(), s, o.form); err != nil {
				return err
			}
			return standingError(s, wait)
		},
	}
	o.flags(c)
	c.Flags().StringVar(&file, "kubeconfig", "", "file that names the cluster; KUBECONFIG, ~/.kube/config or the pod's own account where left out")
	c.Flags().StringVar(&within, "context", "", "context of the kubeconfig; the current one where left out")
	c.Flags().BoolVar(&wait, "wait", false, "look again until all is as the manifest says, or cannot become so; changes are told on standard error")
	c.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "how long at most")
	return c
}

func onceStanding(ctx context.Context, cluster *onboarded.Cluster, code string) (*onboarded.Standing, error) {
	a, err := cluster.Agency(ctx, code)
	if err != nil {
		return nil, err
	}
	return onboarded.Of(a), nil
}

// unseen is the error where the agency was never read.
func unseen(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errs.Wrap(err, errs.Unavailable, "the cluster did not answer in time: is its API server up, and is --context the right one?")
	}
	return err
}

func tellStanding(w io.Writer, s *onboarded.Standing) {
	line := s.Says
	if s.WaitsFor != "" {
		line = "waits for " + s.WaitsFor
	}
	_, _ = fmt.Fprintf(w, "%s %s: %s\n", time.Now().Format(time.TimeOnly), s.Code, terminal.Visible(line))
}

func standingError(s *onboarded.Standing, waited bool) error {
	switch s.Outcome {
	case onboarded.Ready:
		return nil
	case onboarded.Stalled:
		return errs.New(errs.Conflict, "the agency cannot become as its manifest says: see above who can mend it")
	}
	if waited {
		return &waiting{errs.New(errs.Conflict, "not so yet at the end of --timeout: see above for whom is waited")}
	}
	return &waiting{errs.New(errs.Conflict, "not so yet: see above for whom is waited, or wait by --wait")}
}

func printStanding(w io.Writer, s *onboarded.Standing, form string) error {
	if form == "json" {
		return printJSON(w, s)
	}
	v := terminal.Visible
	_, _ = fmt.Fprintf(w, "%s: %s\n", v(s.Code), v(s.Says))
	if s.State != "" {
		_, _ = fmt.Fprintf(w, "at the API it is %s\n", v(s.State))
	}
	if s.Leaving {
		_, _ = fmt.Fprintln(w, "the object is deleted, and goes once its agency has left")
	}
	if d := s.Departure; d != nil && d.HandOverTo != "" {
		_, _ = fmt.Fprintf(w, "its cases are offered to %s where an offer names nobody else\n", v(d.HandOverTo))
	}
	if d := s.Departure; d != nil && d.Deadline != nil {
		overdue := ""
		if d.Overdue {
			overdue = ": it is overdue, and nothing ends by that"
		}
		_, _ = fmt.Fprintf(w, "it is to have left by %s%s\n", d.Deadline.UTC().Format(time.RFC3339), overdue)
	}
	if s.WaitsFor != "" {
		_, _ = fmt.Fprintf(w, "it waits for %s\n", v(s.WaitsFor))
	}
	if len(s.Steps) > 0 {
		_, _ = fmt.Fprintln(w)
		t := terminal.NewTable("step", "done", "since", "what it says")
		for _, step := range s.Steps {
			t.Row(step.Step, map[string]string{"True": "yes", "False": "no"}[step.Status], step.Since.Format(time.RFC3339), step.Says)
		}
		if err := t.Write(w); err != nil {
			return err
		}
	}
	for _, one := range s.Duties {
		_, _ = fmt.Fprintf(w, "\n%s:\n  %s\n", v(one.Who), v(one.Does))
		for _, c := range one.Commands {
			_, _ = fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(v(c), "\n", " "))
		}
	}
	return nil
}
