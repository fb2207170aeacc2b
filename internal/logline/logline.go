// Package logline is the form of what may be logged: JSON lines of a fixed message
// and attributes of a list.
//
// It promises that an attribute whose key is not on the list, or whose value has not
// the form that its key has, does not reach the log; that an error is told by its
// code and safe message only; and that what libraries log is told without their
// words. It does not look for names in a text: there is no free text.
package logline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"regexp"
	"runtime"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// form is what the value of a key must be; ok false withholds it.
type form func(slog.Value) (_ slog.Value, ok bool)

// forms lists the keys that may be logged.
var forms = map[string]form{
	"request":    text(`^([0-9a-fA-F-]{16,64}|req_[0-9a-z]{26})$`),
	"operation":  text(`^(query|mutation|none)$`),
	"outcome":    text(`^[A-Z_]{2,20}$`),
	"agencyKind": text(`^([A-Z_]{2,40}|none)$`),
	"status":     number,
	"ms":         number,
	"count":      number,
	"seconds":    number,
	"days":       number,
	"documents":  number,
	"address":    address, // that the program listens on
	"version":    text(`^(v[0-9][0-9A-Za-z.+-]{1,60}|\(devel\)|unknown)$`),
	"revision":   text(`^[0-9a-f]{16}$`), // of the policy
	"check":      word,
	"job":        word,
	"reason":     word,
	"setting":    word, // name of a key of the configuration
	"library":    word,
	"error":      failure,
	"stack":      frames,
}

func text(pattern string) form {
	p := regexp.MustCompile(pattern)
	return func(v slog.Value) (slog.Value, bool) {
		return v, v.Kind() == slog.KindString && p.MatchString(v.String())
	}
}

func number(v slog.Value) (slog.Value, bool) {
	switch v.Kind() {
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		return v, true
	}
	return v, false
}

// Word is a word of the program itself, never of its input.
type Word string

func word(v slog.Value) (slog.Value, bool) {
	w, ok := v.Any().(Word)
	return slog.StringValue(string(w)), ok
}

func address(v slog.Value) (slog.Value, bool) {
	a, ok := v.Any().(net.Addr)
	if !ok {
		return v, false
	}
	return slog.StringValue(a.String()), true
}

// failure tells an error of ours by its code and safe message, of a panic or another
// error nothing but its type: a driver's text may repeat a value.
func failure(v slog.Value) (slog.Value, bool) {
	err, ok := v.Any().(error)
	if !ok {
		return v, false
	}
	var ours *errs.Error
	if errors.As(err, &ours) {
		return slog.StringValue(ours.Kind.Code() + ": " + ours.Message), true
	}
	return slog.StringValue(fmt.Sprintf("%T", err)), true
}

// Frames is a stack without arguments: functions, files and lines of the program.
type Frames []string

func frames(v slog.Value) (slog.Value, bool) {
	_, ok := v.Any().(Frames)
	return v, ok
}

// Stack returns the stack of the caller, at most 40 frames. Unlike runtime/debug's it
// holds no arguments.
func Stack() Frames {
	pc := make([]uintptr, 40)
	all := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	var out Frames
	for {
		f, more := all.Next()
		out = append(out, fmt.Sprintf("%s %s:%d", f.Function, f.File, f.Line))
		if !more {
			return out
		}
	}
}

// New returns a logger that writes what may be logged to w, from level on.
func New(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(&handler{next: slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

// SetDefault makes l the logger of the whole process, also of libraries that log by
// the packages log and slog.
func SetDefault(l *slog.Logger) {
	slog.SetDefault(l)
	// slog.SetDefault leads package log into the handler with its text as message.
	log.SetFlags(0)
	log.SetOutput(Writer(l, "log"))
}

// Writer returns a writer for libraries that log lines of text: each line is told as
// one of the library's, at level WARN, without its words.
func Writer(l *slog.Logger, library string) io.Writer { return lines{l, library} }

type lines struct {
	log     *slog.Logger
	library string
}

func (w lines) Write(b []byte) (int, error) {
	w.log.LogAttrs(context.Background(), slog.LevelWarn, foreign, slog.String("library", w.library))
	return len(b), nil
}

// foreign is the message instead of one that is not this module's.
const foreign = "a library reported something"

const module = "github.com/sala-exchange/sala/"

type handler struct {
	next  slog.Handler
	group bool // what stands in a group is on no list
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// Handle implements slog.Handler. Messages of this module are fixed texts (the linter
// sloglint sees to it); those of others may be anything.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	message, from := r.Message, origin(r.PC)
	if !strings.HasPrefix(from, module) {
		message = foreign
	}
	out := slog.NewRecord(r.Time, r.Level, message, 0)
	var given []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		given = append(given, a)
		return true
	})
	out.AddAttrs(h.sift(given)...)
	if message == foreign && from != "" {
		out.AddAttrs(slog.String("library", from))
	}
	return h.next.Handle(ctx, out)
}

// origin is the package that logged, as an import path; empty where unknown.
func origin(pc uintptr) string {
	if pc == 0 {
		return ""
	}
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	slash := strings.LastIndexByte(f.Function, '/')
	if dot := strings.IndexByte(f.Function[slash+1:], '.'); dot >= 0 {
		return f.Function[:slash+1+dot]
	}
	return f.Function
}

// sift keeps what may be logged and counts what may not.
func (h *handler) sift(given []slog.Attr) []slog.Attr {
	out, withheld := make([]slog.Attr, 0, len(given)), 0
	for _, a := range given {
		may, known := forms[a.Key]
		if known && !h.group {
			if v, ok := may(a.Value.Resolve()); ok {
				out = append(out, slog.Attr{Key: a.Key, Value: v})
				continue
			}
		}
		withheld++
	}
	if withheld > 0 {
		out = append(out, slog.Int("withheld", withheld))
	}
	return out
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(given []slog.Attr) slog.Handler {
	return &handler{next: h.next.WithAttrs(h.sift(given)), group: h.group}
}

// WithGroup implements slog.Handler. The group's name is not kept.
func (h *handler) WithGroup(string) slog.Handler { return &handler{next: h.next, group: true} }
