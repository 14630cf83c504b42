package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/server/demo"
)

type demoCommand struct {
	Server      string  `default:"http://localhost:8080" help:"Server to play into."`
	CreateToken string  `placeholder:"TOKEN" help:"Token that the server asks for to make a board."`
	Session     string  `type:"existingfile" placeholder:"FILE" help:"Session file to play; the built-in one if not given."`
	Speed       float64 `default:"20" help:"1: as people work, an act each ten seconds; 20: in a minute; 0: as fast as it goes."`
	JSON        bool    `name:"json" help:"Print the outcome as JSON at the end, read back from the server."`
}

// Run plays a session and prints what came of it.
func (c *demoCommand) Run(ctx context.Context, out output) error {
	session := demo.Seed()
	if c.Session != "" {
		f, err := os.Open(c.Session)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		if session, err = demo.Read(f); err != nil {
			return fmt.Errorf("%s: %w", c.Session, err)
		}
	}
	start := time.Now()
	played, err := demo.Play(ctx, session, demo.Options{
		Server: c.Server, CreateToken: c.CreateToken, Speed: c.Speed,
		Progress: func(what string) { fmt.Fprintf(out.err, "%5.1f s  %s\n", time.Since(start).Seconds(), what) },
		Started: func(board client.Created) {
			fmt.Fprintf(out.err, "The board, for its owner:   %s\nRecovery code:              %s\n", board.Owner, board.Recovery)
		},
		Invited: func(link string) { fmt.Fprintf(out.err, "To look in as participant:  %s\n", link) },
	})
	if err != nil {
		return err
	}
	outcome := played.ByKey()
	if c.JSON {
		b, err := demo.JSON(outcome)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out.out, "%s\n", b)
		return err
	}
	fmt.Fprintf(out.out, "%d notes in %d clusters, %d in none.\n", outcome.Total.Notes, len(outcome.Clusters), outcome.Unclustered.Notes)
	for _, cluster := range outcome.Clusters {
		fmt.Fprintf(out.out, "%4d  %s\n", cluster.Notes, cluster.Title)
	}
	return nil
}
