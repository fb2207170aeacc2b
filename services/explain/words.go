package explain

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/category"
)

// Language is one that explanations are written in.
type Language string

// The languages; the zero value is English. Each is a file of words/.
const (
	English Language = "en"
	Lao     Language = "lo"
)

//go:embed words/en.json words/lo.json
var files embed.FS

var catalogues = map[Language]map[string]string{English: catalogue(English), Lao: catalogue(Lao)}

// catalogue reads a file that is part of the program: one that cannot be read is a
// program that was not built right.
func catalogue(l Language) map[string]string {
	out := map[string]string{}
	raw, err := files.ReadFile("words/" + string(l) + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic("the words of explanations cannot be read: " + err.Error())
	}
	return out
}

// text is the text of a catalogue; one that a language lacks is English.
func text(l Language, key string) string {
	if t, ok := catalogues[l][key]; ok {
		return t
	}
	return catalogues[English][key]
}

// Name is what a category is called.
func Name(l Language, c category.Category) string { return text(l, "category."+string(c)) }

// State is what the state of an access is called; empty where there is no such state.
func State(l Language, state string) string { return text(l, "state."+state) }

// Purpose is what a purpose is called.
func Purpose(l Language, p category.Purpose) string { return text(l, "purpose."+string(p)) }

// Words says an answer in plain words, to the owner. never says that the purpose or the
// kind of agency opens no case whatever anybody says.
func Words(l Language, a Answer, never bool) string {
	var lines []string
	switch {
	case a.Open:
		lines = append(lines, until(text(l, openedBy(l, a.Access.Basis)), a.Access.Until))
		if a.Access.Unit != "" {
			lines = append(lines, text(l, "open.unit"))
		}
	case never:
		lines = append(lines, text(l, "closed.never"))
	case len(a.Needs) == 0:
		lines = append(lines, text(l, "closed.nothing"))
	default:
		lines = append(lines, text(l, "closed"))
		for i, n := range a.Needs {
			lines = append(lines, fmt.Sprintf("%d. %s", i+1, text(l, "need."+string(n))))
		}
		if a.Said != "" {
			lines = append(lines, text(l, "said."+string(a.Said)))
		}
	}
	if a.Category == category.Suspect && !never {
		lines = append(lines, text(l, "note.SUSPECT"))
	}
	return strings.Join(lines, "\n")
}

func openedBy(l Language, basis string) string {
	if key := "open." + basis; text(l, key) != "" {
		return key
	}
	return "open.other"
}

// Yours says to whoever asks what is open to them, and of what is not open nothing but how
// to ask for it: the words are alike whether or not there is anything.
func Yours(l Language, open bool, end int64) string {
	if !open {
		return text(l, "yours.withheld")
	}
	return until(text(l, "yours.open"), end)
}

// Inside says to one of the owner's people that something is open to others of them: to those
// who are assigned, beyond what a supervisor is shown (D5).
func Inside(l Language) string { return text(l, "closed.inside") }

// until puts a moment (UTC microseconds) into a text.
func until(t string, end int64) string {
	return strings.ReplaceAll(t, "{until}", time.UnixMicro(end).UTC().Format("2006-01-02 15:04 MST"))
}
