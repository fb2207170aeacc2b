package attack

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// Test01Signature: a token that nobody signed, or that was signed and then changed. Who
// reads tokens without checking takes each for the chief's. Each way to leave a signature
// out: devissuer's TestAttacksRefused.
func Test01Signature(t *testing.T) {
	t.Parallel()
	i := ownIssuer(t)
	v, sound := i.verifier(t), i.sign(t, i.claims(nil))
	if subject, ok := accepts(t, v, sound); !ok || subject != "worker" {
		t.Fatalf("a sound token is refused, so that nothing is shown")
	}
	encode := func(v any) string {
		raw, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	parts := strings.Split(sound, ".")
	chief := encode(i.claims(map[string]any{"sub": "chief"}))
	for name, raw := range map[string]string{
		"alg none":           encode(map[string]any{"alg": "none", "kid": "k", "typ": "at+jwt"}) + "." + chief + ".",
		"alg NoNe":           encode(map[string]any{"alg": "NoNe", "kid": "k", "typ": "at+jwt"}) + "." + chief + "." + parts[2],
		"signature stripped": parts[0] + "." + chief + ".",
		"payload exchanged":  parts[0] + "." + chief + "." + parts[2],
	} {
		var read struct{ Sub string }
		body, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
		if err != nil || json.Unmarshal(body, &read) != nil || read.Sub != "chief" {
			t.Errorf("%s: who does not check does not read the chief either: %v", name, err)
		}
		if subject, ok := accepts(t, v, raw); ok {
			t.Errorf("%s: taken for %s", name, subject)
		}
	}
}
