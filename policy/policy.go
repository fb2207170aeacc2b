// Package policy decides, in Rego, who may see what of a case (access/) and who
// may do what at all (act/). It is the only importer of OPA.
//
// It promises that an answer is whole or an error: an undefined, malformed or
// late result, a panic of the engine and a bundle that is not signed by a known
// key are errors, never an empty answer and never a permission. A Policy answers
// from its input alone: no clock, no network, no store. The zero Policy refuses.
//
// It will not read or write facts or accesses, hold personal data, or fall back
// to another policy where the one it was given does not load.
package policy

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

//go:embed access/access.rego access/agreements.rego access/children.rego access/glass.rego access/legal.rego access/onward.rego access/statements.rego access/words.rego act/act.rego
var embedded embed.FS

// The entrypoints: what every policy must define.
const (
	accessEntrypoint = "data.sala.access.access"
	actEntrypoint    = "data.sala.act.decision"
)

// evaluationLimit bounds one evaluation. A hundred referrals take some tens of
// milliseconds; what takes this long is broken, and the transaction holds a lock.
const evaluationLimit = 5 * time.Second

// Policy is one compiled revision. It is safe for concurrent use.
type Policy struct {
	prepared map[string]rego.PreparedEvalQuery // by entrypoint
	revision string
	limit    time.Duration
	numbers  []int64 // that it names
	orderly  bool    // with numbers it does only what orderly.go says
}

var _ rule.Evaluator = (*Policy)(nil)

// Embedded returns the policy that this program was built with. It fails where
// that policy does not compile or does not pass its self-check.
func Embedded() (*Policy, error) {
	modules := map[string][]byte{}
	err := fs.WalkDir(embedded, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		modules[path], err = embedded.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "reading the built-in policy")
	}
	return compile(modules)
}

// Revision names the policy by its content: the first 16 hexadecimal digits of a
// SHA-256 over its modules. The same modules have the same revision whether they
// were built in or came in a bundle. It is empty for the zero Policy.
func (p *Policy) Revision() string {
	if p == nil {
		return ""
	}
	return p.revision
}

// Access returns every access that follows from the facts, in a fixed order. The policy
// sees stand-ins for public ids, so it decides alike on cases that differ in these alone.
// Any doubt about the result is an error of kind Unavailable, which must fail the
// transaction that asked.
func (p *Policy) Access(ctx context.Context, f *rule.Facts) ([]rule.Access, error) {
	const doing = "deciding who may see the case"
	if f == nil {
		return nil, errs.New(errs.Internal, doing+": no facts")
	}
	s, err := rule.ShapeOf(f)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, doing+": the facts cannot be written")
	}
	decided, err := p.decide(ctx, s)
	if err != nil {
		return nil, err
	}
	return s.Named(decided), nil
}

// decide returns what follows from a shape, with its stand-ins.
func (p *Policy) decide(ctx context.Context, s *rule.Shape) ([]rule.Access, error) {
	const doing = "deciding who may see the case"
	v, err := p.evaluate(ctx, doing, accessEntrypoint, factsValue(s.Facts()))
	if err != nil {
		return nil, err
	}
	accesses, err := readAccesses(v)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, doing+": the policy's answer is malformed; load a sound policy")
	}
	return accesses, nil
}

// evaluate runs one prepared query on the input and returns its one value.
func (p *Policy) evaluate(ctx context.Context, doing, entrypoint string, input ast.Value) (v ast.Value, err error) {
	if p == nil {
		return nil, errs.New(errs.Unavailable, "%s: no policy is loaded", doing)
	}
	query, ok := p.prepared[entrypoint]
	if !ok {
		return nil, errs.New(errs.Unavailable, "%s: no policy is loaded", doing)
	}
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, errs.New(errs.Unavailable, "%s: the policy engine panicked; load a sound policy", doing)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	rs, err := query.Eval(ctx, rego.EvalParsedInput(input), rego.EvalGenerateJSON(keepValue))
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "%s: the policy could not be evaluated", doing)
	}
	if err := ctx.Err(); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "%s: the policy took too long", doing)
	}
	if len(rs) != 1 || len(rs[0].Expressions) != 1 {
		return nil, errs.New(errs.Unavailable, "%s: the policy leaves the answer undefined; look for malformed facts", doing)
	}
	v, ok = rs[0].Expressions[0].Value.(ast.Value)
	if !ok {
		return nil, errs.New(errs.Unavailable, "%s: the policy's answer is malformed; load a sound policy", doing)
	}
	return v, nil
}

// keepValue hands the engine's own value on, which readAccesses reads without a
// detour through JSON.
func keepValue(t *ast.Term, _ *rego.EvalContext) (any, error) { return t.Value, nil }
