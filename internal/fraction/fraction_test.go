package fraction

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

type inner struct {
	L     int `yaml:"l"`
	Share float64
}

type outer struct {
	K      int            `yaml:"k"`
	Sizes  []int          `yaml:"sizes"`
	Bounds [][]int        `yaml:"bounds"`
	By     map[string]int `yaml:"by"`
	Inner  *inner         `yaml:"inner"`
	Plain  int
	inner  `yaml:",inline"`
}

func TestLine(t *testing.T) {
	for text, want := range map[string]int{
		"k: 5\nsizes: [1, 2]\ninner: {l: 2, share: 0.5}\nshare: 0.5\n": 0,
		"k: 5.9":                       1,
		"k: 5.0":                       1,
		"sizes: [1, 2.5]":              1,
		"k: 1\nbounds:\n- [1]\n- [.5]": 4,
		"by: {a: 1e-3}":                1,
		"k: 2\ninner:\n  l: 2.5":       3,
		"plain: 0.5":                   1,
		"l: 2.5":                       1,
		"a: &a 2.5\nk: *a":             1,
		"unknown: 2.5":                 0,
		"":                             0,
		"- 1.5":                        0,
		"k: [":                         0,
	} {
		if got := Line([]byte(text), &outer{}); got != want {
			t.Errorf("%q: line %d, not %d", text, got, want)
		}
	}
	var cut struct {
		K int `yaml:"k"`
	}
	if err := yaml.Unmarshal([]byte("k: 5.9"), &cut); err != nil || cut.K != 5 {
		t.Errorf("the decoder no longer cuts (%v, %d): this package is not needed any more", err, cut.K)
	}
}
