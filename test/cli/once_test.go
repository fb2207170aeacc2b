package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sala-exchange/sala/services/command"
)

// TestAFlagIsGivenOnce: of every command, each flag that holds one value refuses a second
// one, of which pflag by itself keeps the last without a word; one that may be repeated
// does not.
func TestAFlagIsGivenOnce(t *testing.T) {
	one, many := 0, 0
	eachCommand(command.Root(), func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Changed { // of the group, and seen there
				return
			}
			f.Changed = true
			value := map[string]string{"bool": "true", "duration": "1s"}[f.Value.Type()]
			if value == "" {
				value = "1"
			}
			if err := f.Value.Set(value); err != nil {
				t.Fatalf("%s --%s: %v", c.CommandPath(), f.Name, err)
			}
			err := f.Value.Set(value)
			_, list := f.Value.(pflag.SliceValue)
			if list = list || f.Value.Type() == "values"; list {
				many++
			} else {
				one++
			}
			if (err == nil) != list {
				t.Errorf("%s --%s, given twice: %v", c.CommandPath(), f.Name, err)
			}
		})
	})
	if one < 100 || many < 20 {
		t.Errorf("%d flags of one value and %d of many were looked at", one, many)
	}
}

func eachCommand(c *cobra.Command, look func(*cobra.Command)) {
	look(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, look)
	}
}

// TestAFlagThatStandsTwiceIsNamed, and its values are not: as a mistake of the command line.
func TestAFlagThatStandsTwiceIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, flag := range map[string]string{
		"agency init --code lwu --name L --kind UNION --issuer https://canary.example --issuer https://b.example": "--issuer",
		"--database sqlite:canary migrate status --database sqlite:canary":                                        "--database",
		"agency init -f canary --filename other":                                                                  "--filename",
		"agency init --overwrite --overwrite=false":                                                               "--overwrite",
	} {
		var out, said bytes.Buffer
		code := command.Execute(t.Context(), strings.Fields(args), &out, &said)
		if code != command.ExitUsage || strings.Contains(said.String(), "canary") || !strings.Contains(said.String(), flag+" stands twice") {
			t.Errorf("%s: %d, %s%s", args, code, out.String(), said.String())
		}
	}
}
