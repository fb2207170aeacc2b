package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// builtins are the only functions that a policy may call: pure ones over its
// input. Whatever reaches a network, a clock, randomness, the environment or the
// compiler is absent, and so is what a later OPA adds.
var builtins = []string{
	"abs", "and", "array.concat", "array.slice", "assign", "ceil", "concat", "contains", "count",
	"div", "endswith", "eq", "equal", "floor", "gt", "gte", "internal.member_2", "internal.member_3",
	"intersection", "is_array", "is_boolean", "is_null", "is_number", "is_object",
	"is_set", "is_string", "lower", "lt", "lte", "max", "min", "minus", "mul",
	"neq", "numbers.range", "object.filter", "object.get", "object.keys", "object.remove",
	"object.subset", "object.union", "object.union_n", "or", "plus", "rem", "round", "sort", "split",
	"startswith", "sum", "trim", "type_name", "union", "upper",
}

// capabilities is what the compiler lets a policy use.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return !slices.Contains(builtins, b.Name) })
	c.AllowNet = []string{}
	return c
}

// compile makes a Policy of Rego modules by path, and checks that it answers. Whatever is
// wrong with them is an error of kind Invalid.
func compile(sources map[string][]byte) (_ *Policy, err error) {
	const doing = "compiling the policy"
	defer func() {
		if r := recover(); r != nil {
			err = errs.New(errs.Invalid, doing+": the policy engine panicked")
		}
	}()
	caps := capabilities()
	modules := map[string]*ast.Module{}
	for path, source := range sources {
		m, err := ast.ParseModuleWithOpts(path, string(source), ast.ParserOptions{Capabilities: caps, RegoVersion: ast.RegoV1})
		if err != nil {
			return nil, notCompiled(err, doing)
		}
		modules[path] = m
	}
	c := ast.NewCompiler().WithCapabilities(caps).WithStrict(true)
	if c.Compile(modules); c.Failed() {
		return nil, notCompiled(c.Errors, doing)
	}
	p := &Policy{prepared: map[string]rego.PreparedEvalQuery{}, revision: revision(sources), limit: evaluationLimit}
	p.numbers, p.orderly = numbersIn(c.Modules)
	for _, entrypoint := range []string{accessEntrypoint, actEntrypoint} {
		p.prepared[entrypoint], err = rego.New(rego.Query(entrypoint), rego.Compiler(c), rego.Capabilities(caps),
			rego.StrictBuiltinErrors(true), rego.SetRegoVersion(ast.RegoV1)).PrepareForEval(context.Background())
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, doing+": an entrypoint cannot be prepared")
		}
	}
	if err := p.selfCheck(); err != nil {
		return nil, err
	}
	return p, nil
}

// notCompiled names the place of the first of what the compiler found, and its kind. The
// message of the compiler stays in the cause: it repeats what the module says.
func notCompiled(err error, doing string) error {
	const hint = "`opa check --strict` tells what it is, unless it is a function that no policy may call, as http.send and time.now_ns are"
	var faults ast.Errors
	_ = errors.As(err, &faults)
	if len(faults) == 0 || faults[0].Location == nil {
		return errs.Wrap(err, errs.Invalid, "%s: a module does not compile; %s", doing, hint)
	}
	first := faults[0]
	return errs.Wrap(err, errs.Invalid, "%s: module %s, row %d, does not compile (%s); %s",
		doing, strings.TrimPrefix(first.Location.File, "/"), first.Location.Row, first.Code, hint)
}

// revision is over the contents in a fixed order, each with its own digest, so
// that no two sets of modules read alike; paths do not count.
func revision(sources map[string][]byte) string {
	digests := make([]string, 0, len(sources))
	for _, source := range sources {
		d := sha256.Sum256(source)
		digests = append(digests, string(d[:]))
	}
	slices.Sort(digests)
	h := sha256.New()
	for _, d := range digests {
		h.Write([]byte(d))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// selfCheck evaluates both entrypoints on the least input that is valid, so that
// a policy which leaves one undefined keeps the program from starting, and so
// does one that lets nobody in particular do something (threats.md, row 40).
func (p *Policy) selfCheck() error {
	ctx := context.Background()
	if _, err := p.Access(ctx, &rule.Facts{Case: rule.CaseFacts{ID: "c", Owner: "a", Kind: "OTHER", AdultFrom: -1}}); err != nil {
		return errs.Wrap(err, errs.Invalid, "checking the policy: %s gives no answer", accessEntrypoint)
	}
	d, err := p.Act(ctx, Request{})
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "checking the policy: %s gives no answer", actEntrypoint)
	}
	if d.Allow || d.Supervisor || len(d.Purposes) > 0 {
		return errs.New(errs.Invalid, "checking the policy: %s lets an empty request pass", actEntrypoint)
	}
	return nil
}
