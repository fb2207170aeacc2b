// Package annotation is what a schema says of itself beside its fields: which
// category or class it is (design: one category, one table) and which field of
// the Human Trafficking Case Data Standard (HTCDS 2.0) a column carries.
//
// It holds words only and decides nothing.
package annotation

import (
	"entgo.io/ent/schema"

	"github.com/sala-exchange/sala/internal/category"
)

// Name is the key under which the generator finds the schema's annotation.
const Name = "Sala"

// FieldName is the key under which the generator finds a field's annotation.
const FieldName = "SalaField"

// Kind is the annotation of a schema: exactly one of Category and Class.
type Kind struct {
	Category category.Category `json:"category,omitempty"`
	Class    category.Class    `json:"class,omitempty"`
}

// Name implements schema.Annotation.
func (Kind) Name() string { return Name }

// Category marks a schema as holding data of one category.
func Category(c category.Category) schema.Annotation { return Kind{Category: c} }

// Class marks a schema as being about no person's case.
func Class(c category.Class) schema.Annotation { return Kind{Class: c} }

// Field is the annotation of a column.
type Field struct {
	HTCDS string `json:"htcds,omitempty"`
}

// Name implements schema.Annotation.
func (Field) Name() string { return FieldName }

// HTCDS names the field of HTCDS 2.0 that the column carries.
func HTCDS(field string) schema.Annotation { return Field{HTCDS: field} }
