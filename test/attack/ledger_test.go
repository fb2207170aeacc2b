package attack

import (
	"testing"

	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/world"
)

func disclosureSequence(t *testing.T, w *world.World) (int, error) {
	return disclosure.Sequence(t.Context(), w.Store)
}
