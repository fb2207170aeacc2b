package model

import (
	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/services/casework"
)

// WorkItem is an entry of a worklist with the rows that it is about, read through both
// walls.
type WorkItem struct {
	*casework.WorkItem
	Case     *ent.CaseFile
	Referral *ent.Referral
	Notice   *ent.Notice
}
