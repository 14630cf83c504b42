// Package protocol is the words of Denkwand: what both ends of a connection must agree on. One file per noun holds the
// ops about it; frame.go holds the messages, change.go what clients are told, error.go every code with its sentence.
// SPEC.md beside it is the protocol for people who write a client in another language.
//
// The package has no behaviour beyond reading and writing these words strictly. What an op means is protocol/board's.
package protocol
