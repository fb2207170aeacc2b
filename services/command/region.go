package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
	"github.com/sala-exchange/sala/services/publication"
)

func regionCommand() *cobra.Command {
	c := &cobra.Command{Use: "region", Short: "Check published releases as their readers do"}
	c.AddCommand(regionVerify())
	return c
}

func regionVerify() *cobra.Command {
	var keys []string
	var o output
	c := &cobra.Command{
		Use: "verify FILE|FOLDER", Short: "Check a downloaded release, or one file of it, against its publisher's key, without a network", Args: cobra.ExactArgs(1),
		Long: "Check a downloaded release without a network. FOLDER holds all files of one version; of a FILE, manifest.json and\n" +
			"manifest.note must lie beside it. The key must have come by another way than the download: from the publisher itself.\n" +
			"A release that is withdrawn fails, with the reason, where its withdrawal.note lies beside it.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			trusted, err := verifiers(keys)
			if err != nil {
				return err
			}
			v, err := verifyDownload(cmd.Context(), args[0], trusted)
			if err != nil {
				return err
			}
			if o.form == "json" {
				err = printJSON(cmd.OutOrStdout(), v)
			} else {
				err = v.print(cmd)
			}
			if err == nil && v.Withdrawal != nil {
				err = errs.New(errs.Conflict, "the release is genuine and withdrawn: do not use it")
			}
			return err
		},
	}
	o.flags(c)
	c.Flags().StringArrayVar(&keys, "key", nil, "verifier key of the publisher, as NAME+HASH+KEY, or a file that holds it; required, and may be given for several")
	_ = c.MarkFlagRequired("key")
	return c
}

// verifiers reads keys, each as it is or from the file of that name.
func verifiers(keys []string) (note.Verifiers, error) {
	var all []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			text, unread := os.ReadFile(k)
			if unread == nil {
				v, err = note.NewVerifier(strings.TrimSpace(string(text)))
			}
		}
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "--key is neither a verifier key (NAME+HASH+KEY) nor a file that holds one")
		}
		all = append(all, v)
	}
	return note.VerifierList(all...), nil
}

// verified is what was found out about a download.
type verified struct {
	Release    string                  `json:"release"`
	Title      string                  `json:"title"`
	Publisher  string                  `json:"publisher"`
	Country    string                  `json:"country"`
	IssuedOn   publication.Day         `json:"issuedOn"`
	SignedBy   string                  `json:"signedBy"`
	Files      []string                `json:"files"` // that were compared
	Withdrawal *publication.Withdrawal `json:"withdrawal,omitempty"`
}

func verifyDownload(ctx context.Context, path string, keys note.Verifiers) (*verified, error) {
	folder, file := path, ""
	info, err := os.Stat(path)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "%s cannot be read: is it there, and may you read it?", filepath.Base(path))
	}
	if !info.IsDir() {
		folder, file = filepath.Dir(path), filepath.Base(path)
	}
	s, ref, err := publication.Download(ctx, folder)
	if err != nil {
		return nil, err
	}
	r, err := publication.Open(ctx, s, ref, keys)
	if err != nil {
		return nil, err
	}
	m := r.Manifest
	v := &verified{ref.String(), m.Title, m.Publisher, m.Country, m.IssuedOn, r.SignedBy, nil, r.Withdrawal}
	for _, f := range m.Files {
		if file == "" || file == f.Name {
			v.Files = append(v.Files, f.Name)
		}
	}
	switch file {
	case "":
		return v, r.Verify(ctx)
	case publication.ManifestFile, publication.SignatureFile, publication.WithdrawalFile:
		v.Files = []string{file} // Open has compared it
		return v, nil
	}
	return v, r.VerifyFile(ctx, file)
}

func (v *verified) print(cmd *cobra.Command) error {
	t := terminal.NewTable("what", "value")
	for _, row := range [][2]string{
		{"release", v.Release}, {"title", v.Title}, {"publisher", v.Publisher + " (" + v.Country + ")"}, {"issued on", string(v.IssuedOn)},
		{"signed by", v.SignedBy}, {"compared", strings.Join(v.Files, ", ")},
	} {
		t.Row(row[0], row[1])
	}
	if v.Withdrawal != nil {
		t.Row("withdrawn on", string(v.Withdrawal.On))
		t.Row("reason", v.Withdrawal.Reason)
	}
	if err := t.Write(cmd.OutOrStdout()); err != nil || v.Withdrawal != nil {
		return err
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), "\nevery byte that was compared is the publisher's")
	return err
}
