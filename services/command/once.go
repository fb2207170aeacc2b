package command

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// once makes every flag of the tree that holds one value refuse a second one: by itself
// pflag keeps the last without a word. Neither pflag nor cobra has a setting for that; a
// Value that counts is what its maintainers advise
// (https://github.com/spf13/cobra/issues/1186, https://github.com/spf13/cobra/issues/2355).
func once(c *cobra.Command) {
	for _, set := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			if _, is := f.Value.(*onceValue); !is && !takesMany(f.Value) {
				f.Value = &onceValue{Value: f.Value}
			}
		})
	}
	for _, sub := range c.Commands() {
		once(sub)
	}
}

func takesMany(v pflag.Value) bool {
	if s, is := v.(*setting); is {
		return s.key.List
	}
	_, is := v.(pflag.SliceValue)
	return is
}

var errTwice = errors.New("the flag stands twice")

// onceValue is a flag's value that is set at most once.
type onceValue struct {
	pflag.Value
	set bool
}

// Set implements pflag.Value.
func (v *onceValue) Set(text string) error {
	if v.set {
		return errTwice
	}
	v.set = true
	return v.Value.Set(text)
}
