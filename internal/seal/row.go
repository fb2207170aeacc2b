package seal

import "encoding/binary"

// Row is what a sealed text is bound to: it opens in its place only.
type Row struct {
	Entity      string // the Ent schema's name, as "Identity"
	ID          string // the row's id
	Case        string // the case's id; its key seals the row
	Contributor string // the agency that recorded the row
}

// Each purpose of associated data has a name and a version of its own, so that nothing
// sealed for one opens as another.
const (
	rowPurpose = "sala row 1"
	keyPurpose = "sala case key 1"
)

// associated are the bytes that a sealed row is bound to.
func (r Row) associated() []byte {
	return bind(rowPurpose, r.Entity, r.ID, r.Case, r.Contributor)
}

// wrapBound are the bytes that the wrapped key of a case is bound to.
func wrapBound(caseID string) []byte { return bind(keyPurpose, caseID) }

// bind writes each part behind its length, so that no two lists of parts give the same
// bytes.
func bind(parts ...string) []byte {
	size := 0
	for _, p := range parts {
		size += 4 + len(p)
	}
	out := make([]byte, 0, size)
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}
