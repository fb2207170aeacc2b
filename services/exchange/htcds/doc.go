// Package htcds reads and writes case files in the layout of the Human Trafficking Case
// Data Standard 2.0 (HTCDS, by IOM, CC BY 4.0): its workbook and CSV with the same
// columns, and both with further fields of the standard and Sala's own x_ columns where
// the standard has none.
//
// It promises all or nothing: a file with any problem gives no row. Every problem
// found, up to a bound, is named by row and column and never by what the cell
// holds, nor whose it is (threats 52). The known defects of the standard's own
// template are read as its users fill it in: where code and label of an address
// column differ the label counts. Dates keep their text, calendar and precision
// (I3); names stay as written (I4). What it writes it reads back as the same rows, and a
// file in the template's layout holds nothing but the standard's words.
//
// It will not guess: an unknown value, header or calendar is refused. It neither
// stores nor matches anything, evaluates no formula and runs no macro.
package htcds
