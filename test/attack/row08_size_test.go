package attack

import (
	"runtime"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Test08Size: a token of ten megabytes and one of a million dots cost the library many
// times their size; they are refused by their size before anything is taken apart. Deep
// JSON and compressed tokens: devissuer's TestAttacksRefused.
func Test08Size(t *testing.T) {
	i := ownIssuer(t)
	v, sound := i.verifier(t), i.sign(t, i.claims(nil))
	if _, ok := accepts(t, v, sound); !ok { // which has the issuer's keys fetched
		t.Fatal("a sound token is refused, so that nothing is shown")
	}
	parts := strings.Split(sound, ".")
	cost := func(f func()) int64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return int64(after.TotalAlloc - before.TotalAlloc)
	}
	for name, raw := range map[string]string{
		"ten megabytes":  parts[0] + "." + strings.Repeat("A", 10<<20) + "." + parts[2],
		"a million dots": strings.Repeat(".", 1_000_000),
	} {
		taken := cost(func() {
			_, _ = jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
			_ = strings.Split(raw, ".") // as readers of tokens do
		})
		refused := cost(func() {
			if _, ok := accepts(t, v, raw); ok {
				t.Errorf("%s: accepted", name)
			}
		})
		if taken < int64(len(raw)) || refused > 1<<20 {
			t.Errorf("%s: %d bytes to take it apart, %d to refuse it", name, taken, refused)
		}
	}
}
