package main

import (
	"context"
	"fmt"

	"github.com/denkwand/denkwand/client"
)

// greet says where things are. On a fresh data directory it makes a first board and shows its links, which are stored
// nowhere and so cannot be shown again.
func (c *serveCommand) greet(ctx context.Context, out output, fresh bool) {
	w := out.out
	fmt.Fprintf(w, "Denkwand is running:  %s\n", c.PublicURL)
	if own := "http://localhost:" + portOf(c.Listen); fresh && c.CreateToken == "" && c.PublicURL == own {
		if first, err := c.firstBoard(ctx); err != nil {
			fmt.Fprintf(out.err, "the first board could not be made: %v\n", err)
		} else {
			fmt.Fprintf(w, "Your first board:     %s   for you alone: whoever has it owns the board\n", first.Owner)
			fmt.Fprintf(w, "Its recovery code:    %s   print it: it is shown only now\n", first.Recovery)
		}
	}
	fmt.Fprintf(w, "Make boards:          %s   ask a question, get the links\n", c.PublicURL)
	fmt.Fprintf(w, "See it work:          denkwand demo --server %s\n", c.PublicURL)
	fmt.Fprintf(w, "Data:                 %s   every change is on disk before it is called saved\n", c.Data)
	fmt.Fprintf(w, "Stop:                 Ctrl+C. Nothing is lost.\n")
}

func (c *serveCommand) firstBoard(ctx context.Context) (client.Created, error) {
	return client.CreateBoard(ctx, c.PublicURL, client.NewBoard{Title: "First board"})
}
