package htcds

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

const (
	spreadsheetML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packages      = "http://schemas.openxmlformats.org/package/2006/"
	contentType   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// workbookParts are the parts of a workbook of one sheet, but for the sheet. Its one
// style of cells shows text, and says that it was meant as text: a cell that begins
// with = stays what it is when somebody edits it.
var workbookParts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="` + packages + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + contentType + `sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + contentType + `worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + contentType + `styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="` + packages + `relationships">` +
		`<Relationship Id="rId1" Type="` + relationships + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="` + spreadsheetML + `" xmlns:r="` + relationships + `">` +
		`<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packages + `relationships">` +
		`<Relationship Id="rId1" Type="` + relationships + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + relationships + `/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet xmlns="` + spreadsheetML + `"><fonts count="1"><font/></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>` +
		`<cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1" quotePrefix="1"/></cellXfs></styleSheet>`},
}

// writeRow writes the n-th row of the sheet; blank cells are left out. The first row,
// that of the codes, is hidden as in the template.
func writeRow(w io.Writer, n int, cells []string) error {
	var b strings.Builder
	row := strconv.Itoa(n)
	b.WriteString(`<row r="` + row + `"`)
	if n == 1 {
		b.WriteString(` hidden="1"`)
	}
	b.WriteString(`>`)
	for i, c := range cells {
		if c == "" {
			continue
		}
		b.WriteString(`<c r="` + letter(i) + row + `" s="1" t="inlineStr"><is><t xml:space="preserve">`)
		if err := xml.EscapeText(&b, []byte(held(c))); err != nil {
			return err
		}
		b.WriteString(`</t></is></c>`)
	}
	b.WriteString(`</row>`)
	_, err := io.WriteString(w, b.String())
	return err
}
