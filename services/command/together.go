package command

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
)

// together writes a file and files of JSON that explain it, all of them or none, and never
// over another file. The file comes last, so it never lies there without them.
func together(path string, write func(io.Writer) error, explain func(sha256 string) map[string]any) error {
	f, err := partial(path)
	if err != nil {
		return err
	}
	defer discard(f)
	sum := sha256.New()
	if err := write(io.MultiWriter(f, sum)); err != nil {
		return keptKind(err)
	}
	var kept []string
	undo := func() {
		for _, p := range kept {
			_ = os.Remove(p)
		}
	}
	for beside, what := range explain(hex.EncodeToString(sum.Sum(nil))) {
		if err := keepJSON(beside, what); err != nil {
			undo()
			return err
		}
		kept = append(kept, beside)
	}
	if err := keep(f, path); err != nil {
		undo()
		return err
	}
	return nil
}

func keepJSON(path string, what any) error {
	raw, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		return errs.Wrap(err, errs.Internal, "writing what explains the file failed")
	}
	f, err := partial(path)
	if err != nil {
		return err
	}
	defer discard(f)
	if _, err := f.Write(append(raw, '\n')); err != nil {
		return unwritable(err)
	}
	return keep(f, path)
}

// keptKind leaves errors that say what is wrong as they are; what remains is the disk's.
func keptKind(err error) error {
	if errs.KindOf(err) != errs.Internal {
		return err
	}
	return unwritable(err)
}

// absent refuses to write where something is already, before a long run.
func absent(paths ...string) error {
	for _, p := range paths {
		if _, err := os.Lstat(p); !os.IsNotExist(err) {
			return errs.New(errs.Invalid, "one of the files to write is there already: choose another name with -o")
		}
	}
	return nil
}

// pace is how often a long run says how far it is.
const pace = 2 * time.Second

// paced tells of a long run now and then; of a short one, nothing.
func paced(w io.Writer) aggregate.Progress {
	last := time.Now()
	return func(stage string, done, total int) {
		if time.Since(last) >= pace {
			last = time.Now()
			_, _ = fmt.Fprintf(w, "%s: %d of %d\n", stage, done, total)
		}
	}
}
