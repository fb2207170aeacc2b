// Package annotation is what a schema says of itself beside its fields: which
// category or class it is (design: one category, one table) and which field of
// the Human Trafficking Case Data Standard (HTCDS 2.0) a column carries.
//
// It holds words only and decides nothing.
package annotation

import (
	"reflect"

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

// SealedName is the key under which the generator finds what a schema seals.
const SealedName = "SalaSealed"

// Content is what the rows of a schema hold under seal: the type whose JSON is
// sealed in the column "sealed", and its fields for the data dictionary.
type Content struct {
	Type   string        `json:"type"`
	Fields []SealedField `json:"fields"`
}

// SealedField is one field of a sealed content.
type SealedField struct {
	Field   string `json:"field"`
	Type    string `json:"type"`
	HTCDS   string `json:"htcds"`
	Meaning string `json:"meaning"`
}

// Name implements schema.Annotation.
func (Content) Name() string { return SealedName }

// Sealed says that the rows of a schema hold the content, a struct, under seal. Its
// fields carry the tags json (name), meaning, and htcds where the standard has them.
func Sealed(content any) schema.Annotation {
	t := reflect.TypeOf(content)
	c := Content{Type: t.Name()}
	for i := range t.NumField() {
		f := t.Field(i)
		c.Fields = append(c.Fields, SealedField{
			Field: f.Tag.Get("json"), Type: f.Type.String(), HTCDS: f.Tag.Get("htcds"), Meaning: f.Tag.Get("meaning"),
		})
	}
	return c
}

// Field is the annotation of a column.
type Field struct {
	HTCDS string `json:"htcds,omitempty"`
}

// Name implements schema.Annotation.
func (Field) Name() string { return FieldName }

// HTCDS names the field of HTCDS 2.0 that the column carries.
func HTCDS(field string) schema.Annotation { return Field{HTCDS: field} }
