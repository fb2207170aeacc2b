package v1alpha1

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Digest is the SHA-256 of the definition, in hexadecimal digits.
func (s *ReleaseScheduleSpec) Digest() string {
	sum := sha256.Sum256([]byte(s.Definition))
	return hex.EncodeToString(sum[:])
}

// asked is what of a definition a schedule is held against. The program that builds reads
// all of it, and strictly.
type asked struct {
	Name       string `yaml:"name"`
	Method     string `yaml:"method"`
	Audience   string `yaml:"audience"`
	Rate       bool   `yaml:"rate"`
	Parameters struct {
		Epsilon float64 `yaml:"epsilon"`
		Delta   float64 `yaml:"delta"`
	} `yaml:"parameters"`
}

// Refusal says why the definition cannot be built by this schedule, and is empty where
// nothing is in the way that can be seen without the database.
func (s *ReleaseScheduleSpec) Refusal() (Code, string) {
	var d asked
	if err := yaml.Unmarshal([]byte(s.Definition), &d); err != nil || d.Name == "" || d.Method == "" {
		return CodeDefinition, "the definition is no YAML with a name and a method: `sala release plan FILE` says what is wrong"
	}
	switch {
	case d.Method == "series" || d.Rate:
		return CodeDefinition, "the definition needs a further file (a series, or numbers of inhabitants): a person builds it"
	case d.Audience != s.Audience:
		return CodeAudience, "the definition is for another audience than spec.audience"
	case d.Method != "private" && d.Method != "synthetic":
		return "", ""
	case s.PrivacyBudget == nil:
		return CodeBudget, "the definition spends privacy budget, and spec.privacyBudget allows none"
	}
	epsilon, delta := s.PrivacyBudget.Numbers()
	if d.Parameters.Epsilon > epsilon || d.Parameters.Delta > delta {
		return CodeBudget, "the definition asks for a greater ε or δ than spec.privacyBudget allows"
	}
	return "", ""
}

// Numbers are ε and δ; 0 where the budget is none, or no number.
func (b *PrivacyBudget) Numbers() (epsilon, delta float64) {
	if b == nil {
		return 0, 0
	}
	epsilon, e1 := strconv.ParseFloat(b.Epsilon, 64)
	delta, e2 := strconv.ParseFloat(b.Delta, 64)
	if e1 != nil || e2 != nil {
		return 0, 0
	}
	return epsilon, delta
}
