package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/denkwand/denkwand/client"
	"github.com/denkwand/denkwand/protocol"
)

// link is what a person is invited by: https://host/b/<board>#<secret>.
var link string

// Join a board by a link (https://host/b/<board>#<secret>), write a note, and leave when it is saved.
func ExampleJoin() {
	ctx := context.Background()
	member, err := client.Join(ctx, link, client.JoinOptions{Name: "Noor"})
	if err != nil {
		log.Fatal(err)
	}
	board, err := client.Dial(ctx, member.Options())
	if err != nil {
		log.Fatal(err)
	}
	note := &protocol.NoteCreate{Note: protocol.RandomID(), Rev: protocol.RandomID(),
		W: 200 * protocol.Unit, H: 120 * protocol.Unit, Text: "Minder vergaderen"}
	if _, err := board.DoSaved(ctx, note); err != nil {
		log.Fatal(err)
	}
	board.View(func(v *client.View) {
		n, _ := v.Note(note.Note)
		author, _ := v.Participant(n.Author)
		fmt.Printf("%s: %s\n", author.Name, n.Text)
	})
	fmt.Println("closed:", board.Close(ctx))
	// Output:
	// Noor: Minder vergaderen
	// closed: <nil>
}

// Two people type in one note. Each names the text they were looking at; both keep what they typed.
func ExampleBoard_Edit() {
	ctx := context.Background()
	open := func(name string) *client.Board {
		member, err := client.Join(ctx, link, client.JoinOptions{Name: name})
		if err != nil {
			log.Fatal(err)
		}
		board, err := client.Dial(ctx, member.Options())
		if err != nil {
			log.Fatal(err)
		}
		return board
	}
	noor, sam := open("Noor"), open("Sam")
	defer noor.Close(ctx)
	defer sam.Close(ctx)

	note := protocol.RandomID()
	if _, err := noor.Do(ctx, &protocol.NoteCreate{Note: note, Rev: protocol.RandomID(),
		W: 200 * protocol.Unit, H: 120 * protocol.Unit, Text: "tijd"}); err != nil {
		log.Fatal(err)
	}
	shows := func(board *client.Board, want string) {
		changed, stop := board.Watch()
		defer stop()
		for text, _ := board.Text(note); text != want; text, _ = board.Text(note) {
			<-changed
		}
	}
	shows(sam, "tijd")
	if _, err := noor.Edit(note, "tijd", "Meer tijd"); err != nil {
		log.Fatal(err)
	}
	if _, err := sam.Edit(note, "tijd", "tijd samen"); err != nil {
		log.Fatal(err)
	}
	shows(noor, "Meer tijd samen")
	shows(sam, "Meer tijd samen")
	text, _ := sam.Text(note)
	fmt.Println(text)
	// Output: Meer tijd samen
}

// A program ends before all is saved. What it leaves is stored as JSON, and another program goes on with it.
func ExampleBoard_Outbox() {
	ctx := context.Background()
	member, err := client.Join(ctx, link, client.JoinOptions{Name: "Noor"})
	if err != nil {
		log.Fatal(err)
	}
	board, err := client.Dial(ctx, member.Options())
	if err != nil {
		log.Fatal(err)
	}
	note := protocol.RandomID()
	if _, err := board.Do(ctx, &protocol.NoteCreate{Note: note, Rev: protocol.RandomID(),
		W: 200 * protocol.Unit, H: 120 * protocol.Unit, Text: "Minder"}); err != nil {
		log.Fatal(err)
	}
	if _, err := board.Edit(note, "Minder", "Minder vergaderen"); err != nil {
		log.Fatal(err)
	}
	now, cancel := context.WithCancel(ctx)
	cancel()
	_ = board.Close(now) // what is not saved by now stays in Outbox

	var kept struct {
		Secret string
		Outbox []client.Queued
	}
	_, kept.Secret = board.Writer()
	kept.Outbox = board.Outbox()
	stored, err := json.Marshal(kept)
	if err != nil {
		log.Fatal(err)
	}

	if err := json.Unmarshal(stored, &kept); err != nil {
		log.Fatal(err)
	}
	options := member.Options()
	options.WriterSecret, options.Outbox = kept.Secret, kept.Outbox
	if board, err = client.Dial(ctx, options); err != nil {
		log.Fatal(err)
	}
	if err := board.Flush(ctx); err != nil {
		log.Fatal(err)
	}
	text, _ := board.Text(note)
	fmt.Println(text)
	fmt.Println("closed:", board.Close(ctx))
	// Output:
	// Minder vergaderen
	// closed: <nil>
}

// A refusal is final and has a code; everything else is still on its way.
func ExampleRefusedError() {
	ctx := context.Background()
	member, err := client.Join(ctx, link, client.JoinOptions{Name: "Noor"})
	if err != nil {
		log.Fatal(err)
	}
	board, err := client.Dial(ctx, member.Options())
	if err != nil {
		log.Fatal(err)
	}
	defer board.Close(ctx)

	_, err = board.Do(ctx, &protocol.NoteDelete{Note: protocol.RandomID()})
	var refused *client.RefusedError
	if errors.As(err, &refused) {
		fmt.Println(refused.Code)
	}
	// Output: missing
}
