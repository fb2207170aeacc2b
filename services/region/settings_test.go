package region

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestEverySettingIsDocumented: each key that is read, in its order, and no other; with the
// default that it has.
func TestEverySettingIsDocumented(t *testing.T) {
	var read, documented []string
	var keys func(of reflect.Type, before string)
	keys = func(of reflect.Type, before string) {
		for i := range of.NumField() {
			f := of.Field(i)
			name := before + f.Tag.Get("yaml")
			read = append(read, name)
			if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
				keys(f.Type.Elem(), name+".")
			}
		}
	}
	keys(reflect.TypeFor[Configuration](), "")
	c, err := ParseConfiguration(nil)
	if err == nil {
		t.Fatal("a configuration of nothing is sound")
	}
	for _, s := range Settings() {
		documented = append(documented, s.Name)
		at := slices.IndexFunc(reflect.VisibleFields(reflect.TypeFor[Configuration]()), func(f reflect.StructField) bool { return f.Tag.Get("yaml") == s.Name })
		if at < 0 || s.Default == "" {
			continue
		}
		if got := fmt.Sprint(reflect.ValueOf(c).Elem().Field(at).Interface()); got != s.Default {
			t.Errorf("the default of %s is %s, documented %s", s.Name, got, s.Default)
		}
	}
	if !slices.Equal(read, documented) {
		t.Errorf("read are %v\ndocumented %v", read, documented)
	}
	text, err := os.ReadFile("../../docs/region-configuration.md")
	if err != nil || string(text) != Document() {
		t.Errorf("docs/region-configuration.md is not what `make generate` writes: %v", err)
	}
	if strings.Count(Document(), "\n| `") != len(documented) {
		t.Error("a setting has no line")
	}
}
