// Package fiction makes up persons and their cases for demonstrations and for
// checking the importer: HTCDS 2.0 workbooks as an agency would fill them in.
//
// It promises that the same seed gives the same cell contents, that the sheets
// have the layout of the standard's own template with the defects of its header,
// and that nothing in them can reach anybody: every name is put together from
// lists, telephone numbers lie in the unassigned country code 999 and e-mail
// addresses under example.org. It shares no code with the importer, so that
// reading its output is an independent check; it reads no real data and will not
// write anywhere.
package fiction
