package serve

import (
	"testing"

	"github.com/sala-exchange/sala/services/configuration"
)

// TestTheKeyOfAFlagStandsAlone: a key-encryption key that the command line names is not
// joined by those of the environment, which would still unwrap.
func TestTheKeyOfAFlagStandsAlone(t *testing.T) {
	for what, c := range map[string]struct {
		flags    map[string][]string
		file     string
		services int
	}{
		"nothing by flag": {nil, "env.json", 1},
		"a file by flag":  {map[string][]string{"keyFile": {"flag.json"}}, "flag.json", 0},
		"a service":       {map[string][]string{"kms": {"hashivault://flag"}}, "", 1},
		"both":            {map[string][]string{"keyFile": {"flag.json"}, "kms": {"hashivault://a", "hashivault://b"}}, "flag.json", 2},
	} {
		v, p := configuration.Resolve(configuration.Inputs{Flags: c.flags,
			Environ: []string{"SALA_KEY_STORE=folder:keys", "SALA_KEY_FILE=env.json", "SALA_KMS=hashivault://env"}})
		if len(p) > 0 {
			t.Fatal(p)
		}
		place, err := KeyPlace(v)
		if err != nil || place.Store != "folder:keys" || place.File != c.file || len(place.KMS) != c.services {
			t.Errorf("%s: %+v, %v", what, place, err)
		}
	}
	for what, flags := range map[string]map[string][]string{
		"no store": {"keyFile": {"kek.json"}}, "no key": {"keyStore": {"folder:keys"}},
	} {
		v, _ := configuration.Resolve(configuration.Inputs{Flags: flags})
		if place, err := KeyPlace(v); err == nil {
			t.Errorf("%s: %+v", what, place)
		}
	}
}
