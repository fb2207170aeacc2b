package api

import (
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/policy"
)

// decisionsKept bounds the memory of decisions: some hundred bytes each.
const decisionsKept = 10_000

// decisions remembers what a policy permits. A policy answers from its input alone, so
// the same input has the same answer for as long as the program runs; the key is all of
// that input, so that nobody has another's answer (threats.md, row 20). Safe for
// concurrent use.
type decisions struct {
	kept *lru.Cache[string, operation.Permissions]
}

func newDecisions() *decisions {
	kept, err := lru.New[string, operation.Permissions](decisionsKept)
	if err != nil {
		panic("api: a memory of no size")
	}
	return &decisions{kept}
}

// keyOf writes the input as Go would: each field by its name, also one that is added
// later, text quoted so that no two texts or lists of texts read alike, and no list
// other than an empty one. The action is left empty: all of them are decided together.
func keyOf(r policy.Request) string { return fmt.Sprintf("%#v", r) }
