// Package client takes part in Denkwand boards from Go: programs, bots, tests, imports.
//
// Join makes a person of a link, Dial opens that person's board, and the Board that comes back stays live until Close: it
// comes back after broken connections, submits again what was not saved, and keeps a copy of the board to read (View).
//
//	member, err := client.Join(ctx, link, client.JoinOptions{Name: "Noor"})
//	board, err := client.Dial(ctx, member.Options())
//	_, err = board.DoSaved(ctx, &protocol.NoteCreate{Note: protocol.RandomID(), …})
//	err = board.Close(ctx)
//
// An op is acked when the board has it and saved when it is durable. A time-out says nothing about an op: it stays in the
// outbox and is submitted again, under its number, until both are told. What the rules refuse is a *RefusedError. What a
// program leaves unsaved, Outbox returns, to be stored as JSON and gone on with by the next.
//
// Beneath the Board lies Core, the same rules without goroutine, clock or network, for who brings a transport of their
// own. DESIGN.md beside this file says how the parts fit.
package client
