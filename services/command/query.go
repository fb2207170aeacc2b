package command

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
)

func queryCommand() *cobra.Command {
	var s session
	var texts, values []string
	c := &cobra.Command{
		Use: "query FILE|-", Short: "Run a GraphQL document and print its data as JSON; the purpose stands in the document", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := documentOf(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			vars, err := variables(texts, values)
			if err != nil {
				return err
			}
			c, err := s.client(cmd.Context())
			if err != nil {
				return err
			}
			var data json.RawMessage
			if _, err := c.Do(cmd.Context(), document, vars, &data); err != nil {
				return err
			}
			return printJSON(cmd.OutOrStdout(), data)
		},
	}
	s.flags(c)
	c.Flags().StringArrayVar(&texts, "var", nil, "variable as name=text; may be repeated")
	c.Flags().StringArrayVar(&values, "var-json", nil, "variable as name=JSON; may be repeated")
	return c
}

// maxDocument bounds a document in bytes; the server takes less.
const maxDocument = 1 << 20

func documentOf(path string, in io.Reader) (string, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", errs.Wrap(err, errs.Invalid, "the document cannot be read: check its path")
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil || len(raw) > maxDocument {
		return "", errs.New(errs.Invalid, "the document cannot be read, or is longer than %d bytes", maxDocument)
	}
	return string(raw), nil
}

// variables reads name=text and name=JSON. An error names the variable, never its
// value.
func variables(texts, values []string) (map[string]any, error) {
	out := map[string]any{}
	put := func(name string, v any) error {
		if _, twice := out[name]; twice || name == "" {
			return errs.New(errs.Invalid, "a variable is given twice or without a name: write --var name=text once each")
		}
		out[name] = v
		return nil
	}
	for _, t := range texts {
		name, text, ok := strings.Cut(t, "=")
		if !ok {
			return nil, errs.New(errs.Invalid, "--var is name=text")
		}
		if err := put(name, text); err != nil {
			return nil, err
		}
	}
	for _, t := range values {
		name, text, ok := strings.Cut(t, "=")
		if !ok || !json.Valid([]byte(text)) {
			return nil, errs.New(errs.Invalid, "--var-json is name=JSON")
		}
		if err := put(name, json.RawMessage(text)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// printJSON prints a value indented, and so that a terminal obeys nothing of it.
func printJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return errs.Wrap(err, errs.Internal, "the answer cannot be written as JSON")
	}
	_, err := w.Write(terminal.JSON(b.Bytes()))
	return err
}
