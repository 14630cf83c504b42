// Package board is the meaning of Denkwand's words: a pure state machine that says what each op does to a board. It has
// no clock, no randomness, no input or output, no goroutine and no log, so that server, replay, export and tests
// compute the same from the same entries.
//
// A State is one board. Apply takes its entries in order and answers with a Verdict and with the changes that came of
// the entry; Project decides what of a change an audience may see. DESIGN.md beside this file has the rules that every
// change to the package must keep.
package board
