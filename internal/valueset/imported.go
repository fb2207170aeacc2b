package valueset

import "io"

// ImportState is how far the import of a file has come.
type ImportState string

// The values of ImportState.
const (
	ImportStateOpen      ImportState = "OPEN"
	ImportStateCommitted ImportState = "COMMITTED"
	ImportStateUndone    ImportState = "UNDONE"
	ImportStateAbandoned ImportState = "ABANDONED"
)

var importStateSet = table[ImportState]{"ImportState", "how far the import of a file has come", "", []entry[ImportState]{
	{ImportStateOpen, "Rows are being sent; nothing of them is a case yet"},
	{ImportStateCommitted, "Every row of the file is a case"},
	{ImportStateUndone, "The cases that nobody had touched were taken back"},
	{ImportStateAbandoned, "Given up: its rows were wiped and none became a case"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ImportState) Values() []string { return importStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ImportState) Valid() bool { return importStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ImportState) Label() string { return importStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ImportState) MarshalGQL(w io.Writer) { importStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ImportState) UnmarshalGQL(in any) error { return importStateSet.unmarshal(in, v) }
