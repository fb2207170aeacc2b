package model

import (
	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/internal/valueset"
)

// InterestsSigner is one who has signed a decision in somebody's best interests, or has to.
type InterestsSigner struct {
	Agency   *ent.Agency
	MemberID string
	Capacity valueset.SignatureCapacity
	SignedOn *int64 // UTC microseconds; nil while it is not signed
}
