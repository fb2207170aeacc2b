package operation

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/present"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
)

// Extension is gqlgen's hook. All but Introspection are required.
type Extension struct {
	Desk Desk
	// Prepare makes the context of a begun operation ready for the resolvers.
	Prepare func(context.Context, *store.Op) context.Context
	// Introspection lets the schema be asked for.
	Introspection bool
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
} = (*Extension)(nil)

// ExtensionName implements gqlgen's interface.
func (*Extension) ExtensionName() string { return "SalaOperation" }

// Validate refuses an incomplete extension.
func (x *Extension) Validate(graphql.ExecutableSchema) error {
	if x.Desk == nil || x.Prepare == nil {
		return errs.New(errs.Invalid, "running operations needs a desk and resolvers")
	}
	return nil
}

// InterceptOperation runs the operation to its end and gives the one answer.
func (x *Extension) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	answer, err := x.run(ctx, next)
	// Whatever failed for want of time is told as that.
	if (err != nil || answer != nil && len(answer.Errors) > 0) && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = errs.New(errs.Unavailable, "the operation took longer than it may: ask for less; repeat a change with the same idempotency key, which stores it once")
	}
	if err != nil {
		answer = present.Refusal(ctx, err)
	}
	return graphql.OneShot(answer)
}

func (x *Extension) run(ctx context.Context, next graphql.OperationHandler) (*graphql.Response, error) {
	def := graphql.GetOperationContext(ctx).Operation
	scope, may, err := x.scope(ctx, def)
	if err != nil {
		return nil, err
	}
	ctx = context.WithValue(ctx, permissionsKey{}, may)
	readOnly := def.Operation != ast.Mutation
	if long(def) {
		// Its client may lose patience, or a proxy between: it asks again what became of it.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), store.LongestChange)
		defer cancel()
	}
	refused := &atomic.Bool{}
	ctx, op, err := x.Desk.Begin(context.WithValue(ctx, refusedKey{}, refused), scope, readOnly)
	if err != nil {
		return nil, err
	}
	defer op.Rollback()
	ctx = x.Prepare(ctx, op)
	answer := next(ctx)(ctx)
	if answer == nil && def.Operation == ast.Subscription && ctx.Err() == nil {
		return nil, nil // nothing has happened
	}
	if answer == nil {
		return nil, errs.New(errs.Unavailable, "the request ended before its answer: try again")
	}
	// Part of an answer beside an error would tell which part failed.
	if len(answer.Errors) > 0 {
		answer.Data = nil
		present.InOrder(answer.Errors)
		return answer, nil
	}
	kept := !readOnly && !refused.Load()
	if !kept {
		op.Rollback()
	}
	// The record of what a change shows is part of the change: where one fails, neither
	// is stored, and the caller may repeat it.
	if err := x.Desk.Disclose(ctx, op); err != nil {
		return nil, err
	}
	labelled(answer, op.Seen.Label())
	if kept {
		if err := op.Commit(ctx); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// labelled puts into an answer how careful its reader must be and what it obliges to, as
// FHIR's security labels go along with a resource (C9, D4, D6): extensions.security.
// An answer about nobody has none.
func labelled(answer *graphql.Response, l store.Label) {
	if l.Confidentiality == "" {
		return
	}
	if answer.Extensions == nil {
		answer.Extensions = map[string]any{}
	}
	answer.Extensions["security"] = struct {
		Confidentiality category.Confidentiality `json:"confidentiality"`
		Obligations     []string                 `json:"obligations"`
	}{l.Confidentiality, append([]string{}, l.Obligations...)}
}

// long says that an operation may take as long as a change may: a whole file becomes
// cases in one.
func long(def *ast.OperationDefinition) bool {
	return def.Operation == ast.Mutation && slices.Equal(roots(def.SelectionSet, nil), []string{"commitImport"})
}

// lists says that an operation asks for lists of cases.
func lists(def *ast.OperationDefinition) bool {
	return def.Operation == ast.Query && slices.ContainsFunc(roots(def.SelectionSet, nil), func(field string) bool { return field == "cases" || field == "worklist" })
}

// scope is what both walls will know of the operation, on the viewer's account
// alone.
func (x *Extension) scope(ctx context.Context, def *ast.OperationDefinition) (rule.Scope, Permissions, error) {
	var p Permissions
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return rule.Scope{}, p, err
	}
	purpose, err := purposeOf(def, graphql.GetOperationContext(ctx).Variables)
	if err != nil {
		return rule.Scope{}, p, err
	}
	if p, err = x.Desk.Permit(ctx, v, purpose); err != nil {
		return rule.Scope{}, p, err
	}
	if err := x.permitted(def, purpose == "", p); err != nil {
		return rule.Scope{}, Permissions{}, err
	}
	return rule.Scope{
		Mode: rule.Request, Agency: v.Agency, Member: v.Member, Purpose: purpose,
		Supervisor: p.Supervisor, CaseWork: p.CaseWork, CaseNotices: p.CaseNotices, Disclosures: p.ReadDisclosures, BreakGlass: p.BreakGlass,
		Administers: p.AdministerAgency, Platform: p.AdministerPlatform || p.OperatePlatform, Parties: p.ShutDown,
		Acknowledges: p.Acknowledges, Policy: v.Policy, Lists: lists(def), From: v.From,
	}, p, nil
}

// purposeOf reads @purpose(of:), empty where there is none.
func purposeOf(def *ast.OperationDefinition, vars map[string]any) (category.Purpose, error) {
	d := def.Directives.ForName("purpose")
	if d == nil {
		return "", nil
	}
	word, _ := d.ArgumentMap(vars)["of"].(string)
	p := category.Purpose(word)
	if !p.Valid() {
		return "", errs.New(errs.Invalid, "the purpose is none of the list: see the enum Purpose").WithFields("@purpose")
	}
	return p, nil
}

type permissionsKey struct{}

// PermissionsOf returns what the viewer of the operation may try; nothing outside one.
func PermissionsOf(ctx context.Context) Permissions {
	p, _ := ctx.Value(permissionsKey{}).(Permissions)
	return p
}

type refusedKey struct{}

// Refuse keeps the operation from storing anything, though it has an answer: user
// errors, a dry run.
func Refuse(ctx context.Context) {
	if r, ok := ctx.Value(refusedKey{}).(*atomic.Bool); ok {
		r.Store(true)
	}
}
