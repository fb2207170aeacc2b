package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// tries is how many references are drawn: with a million cases one in a hundred is
// taken, so that many taken ones in a row mean a broken generator.
const tries = 20

// freshReference draws references until one is not taken (I5). It looks under the
// policy role, since other agencies' cases are not the viewer's to see, and says
// nothing of them. Two that are registered at the same moment with one reference are
// told apart by the database: the later is refused.
func freshReference(ctx context.Context, op *store.Op, draw func() string) (string, error) {
	for range tries {
		ref := draw()
		taken, err := op.CaseFile.Query().Where(casefile.Reference(ref)).Exist(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return "", outward(err, "finding a free reference")
		}
		if !taken {
			return ref, nil
		}
	}
	return "", errs.New(errs.Unavailable, "no free case reference was found: try again")
}
