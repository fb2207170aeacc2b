package command

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
)

// documentsCommand is about the file of registered documents, on the server's side: who
// may change it decides what may be asked at all.
func documentsCommand() *cobra.Command {
	c := &cobra.Command{Use: "documents", Short: "Register the GraphQL documents that a server answers"}
	var path string
	c.PersistentFlags().StringVar(&path, "documents", "documents.json", "file of registered documents, the server's setting documents")
	c.AddCommand(documentsRegister(&path), documentsList(&path), documentsRemove(&path), documentsOwn())
	return c
}

func documentsRegister(path *string) *cobra.Command {
	return &cobra.Command{
		Use: "register FILE...", Short: "Check documents against the schema and the limits, and add them to the file; all of them or none",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := document.ReadOrNone(*path)
			if err != nil {
				return err
			}
			told := terminal.NewTable("id", "operation", "state")
			for _, name := range args {
				text, err := documentOf(name, cmd.InOrStdin())
				if err != nil {
					return err
				}
				if err := graph.CheckDocument(text); err != nil {
					return fmt.Errorf("document %s: %w", name, err)
				}
				id, added := set.Add(text)
				told.Row(id, nameOf(text), map[bool]string{true: "registered", false: "was registered already"}[added])
			}
			if err := set.Write(*path); err != nil {
				return err
			}
			return told.Write(cmd.OutOrStdout())
		},
	}
}

func documentsList(path *string) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the registered documents, and say which of them the schema answers no longer", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := document.Read(*path)
			if err != nil {
				return err
			}
			told := terminal.NewTable("id", "operation", "state")
			for _, id := range set.IDs() {
				text, _ := set.Text(id)
				state := "good"
				if graph.CheckDocument(text) != nil {
					state = "not answered by this program's schema: register it anew, mended, and remove this one"
				}
				told.Row(id, nameOf(text), state)
			}
			return told.Write(cmd.OutOrStdout())
		},
	}
}

func documentsRemove(path *string) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID...", Short: "Take documents out of the file", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := document.Read(*path)
			if err != nil {
				return err
			}
			for _, id := range args {
				if !set.Remove(id) {
					return errs.New(errs.Invalid, "one of these ids is not in the file: nothing was removed")
				}
			}
			return set.Write(*path)
		},
	}
}

func documentsOwn() *cobra.Command {
	return &cobra.Command{
		Use: "own FILE", Short: "Write the documents of this program's own command line to a file, for a server of another version", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err == nil {
				return errs.New(errs.Conflict, "there is such a file already: name another")
			}
			return document.Owned().Write(args[0])
		},
	}
}

// nameOf is the name of a document's operation, or what kind it is.
func nameOf(text string) string {
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil || len(doc.Operations) == 0 {
		return "-"
	}
	if name := doc.Operations[0].Name; name != "" {
		return name
	}
	return string(doc.Operations[0].Operation)
}
