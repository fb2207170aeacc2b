package command

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/terminal"
)

// interactive reports whether somebody at a terminal can be asked.
func interactive(in io.Reader) bool {
	f, is := in.(*os.File)
	return is && term.IsTerminal(int(f.Fd()))
}

// dialogue asks one question after another and takes no answer that is wrong.
type dialogue struct {
	in  *bufio.Reader
	out io.Writer
}

func newDialogue(in io.Reader, out io.Writer) *dialogue {
	return &dialogue{bufio.NewReader(in), out}
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 4096

// ask asks until take has no objection. An empty answer is the standard one.
func (d *dialogue) ask(question, standard string, take func(answer string) error) error {
	for {
		prompt := question
		if standard != "" {
			prompt += " [" + standard + "]"
		}
		_, _ = fmt.Fprintf(d.out, "%s: ", prompt)
		line, err := d.in.ReadString('\n')
		if err != nil || len(line) > maxAnswer {
			return errs.New(errs.Invalid, "the dialogue ended before all was answered: nothing was written")
		}
		answer := strings.TrimSpace(line)
		if answer == "" {
			answer = standard
		}
		if err = take(answer); err == nil {
			return nil
		}
		_, _ = fmt.Fprintf(d.out, "  %s\n", terminal.Visible(err.Error()))
	}
}

// list asks for one entry after another until an empty answer.
func (d *dialogue) list(question string, take func(answer string) error) error {
	for more := true; more; {
		if err := d.ask(question, "", func(answer string) error {
			if answer == "" {
				more = false
				return nil
			}
			return take(answer)
		}); err != nil {
			return err
		}
	}
	return nil
}

// yes asks a question to which yes alone is yes.
func (d *dialogue) yes(question string) (bool, error) {
	said := false
	err := d.ask(question+" (yes or no)", "no", func(answer string) error {
		if answer != "yes" && answer != "no" {
			return errs.New(errs.Invalid, "answer yes or no")
		}
		said = answer == "yes"
		return nil
	})
	return said, err
}
