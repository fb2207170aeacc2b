package attack

import (
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// TestBitsAreThoseOfTheCategories: the second wall knows every category by its bit, and no
// other word.
func TestBitsAreThoseOfTheCategories(t *testing.T) {
	w := world.OnPostgres(t, server, world.Options{})
	bits := func(words string) (n int64) {
		t.Helper()
		if err := w.Root().QueryRowContext(t.Context(), "SELECT sala_bits($1::jsonb)", words).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	all, list := int64(0), ""
	for _, c := range category.All() {
		if got, want := bits(fmt.Sprintf("[%q]", c)), int64(c.Bit()); got != want {
			t.Errorf("%s is %d, want %d", c, got, want)
		}
		all, list = all|int64(c.Bit()), list+fmt.Sprintf("%q,", c)
	}
	if got := bits("[" + list + `"OTHER", "` + string(category.Identity) + `"]`); got != all {
		t.Errorf("all categories and another word are %d, want %d", got, all)
	}
	for _, none := range []string{"[]", "null", `"IDENTITY"`, `{"IDENTITY": 1}`, "[1]"} {
		if got := bits(none); got != 0 {
			t.Errorf("%s is %d, want 0", none, got)
		}
	}
	var null int64
	if err := w.Root().QueryRowContext(t.Context(), "SELECT sala_bits(NULL)").Scan(&null); err != nil || null != 0 {
		t.Errorf("nothing is %d, want 0: %v", null, err)
	}
}
