package store

import (
	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/rule"
)

// CaseByID asks for one case that a viewer names by its id. Hidden or not there, it takes
// the same statement, rows and time: see rule.CaseByID. Whatever a viewer names a case by
// its id for goes through here.
func (o *Op) CaseByID(id string) *ent.CaseFileQuery {
	q := o.CaseFile.Query()
	if o.Scope.Mode == rule.Request && !o.store.walls.WithoutApplication {
		return q.Where(rule.CaseByID(o.Scope, id))
	}
	return q.Where(casefile.ID(id))
}
