package client

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/denkwand/denkwand/protocol"
)

// Join a board by a link, write a note, and leave when it is saved.
func ExampleJoin() {
	server := serveWall()
	defer server.close()
	ctx := context.Background()

	member, err := Join(ctx, server.link, JoinOptions{Name: "Noor"})
	if err != nil {
		log.Fatal(err)
	}
	board, err := Dial(ctx, member.Options())
	if err != nil {
		log.Fatal(err)
	}
	_, err = board.DoSaved(ctx, &protocol.NoteCreate{Note: protocol.RandomID(), Rev: protocol.RandomID(),
		W: 200 * protocol.Unit, H: 120 * protocol.Unit, Text: "Minder vergaderen"})
	if err != nil {
		log.Fatal(err)
	}
	board.View(func(v *View) {
		for _, note := range v.Notes() {
			author, _ := v.Participant(note.Author)
			fmt.Printf("%s: %s\n", author.Name, note.Text)
		}
	})
	fmt.Println("closed:", board.Close(ctx))
	// Output:
	// Noor: Minder vergaderen
	// closed: <nil>
}

// Two people type in one note. Each names the text they were looking at; both keep what they typed.
func ExampleBoard_Edit() {
	server := serveWall()
	defer server.close()
	ctx := context.Background()
	open := func(name string) *Board {
		member, err := Join(ctx, server.link, JoinOptions{Name: name})
		if err != nil {
			log.Fatal(err)
		}
		board, err := Dial(ctx, member.Options())
		if err != nil {
			log.Fatal(err)
		}
		return board
	}
	noor, sam := open("Noor"), open("Sam")
	note := protocol.RandomID()
	_, err := noor.Do(ctx, &protocol.NoteCreate{Note: note, Rev: protocol.RandomID(),
		W: 200 * protocol.Unit, H: 120 * protocol.Unit, Text: "tijd"})
	if err != nil {
		log.Fatal(err)
	}
	shows := func(b *Board, want string) {
		changed, stop := b.Watch()
		defer stop()
		for text, _ := b.Text(note); text != want; text, _ = b.Text(note) {
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
	_ = noor.Close(ctx)
	_ = sam.Close(ctx)
	// Output: Meer tijd samen
}

// A refusal is final and has a code; everything else is still on its way.
func ExampleRefusedError() {
	server := serveWall()
	defer server.close()
	ctx := context.Background()
	member, err := Join(ctx, server.link, JoinOptions{Name: "Noor"})
	if err != nil {
		log.Fatal(err)
	}
	board, err := Dial(ctx, member.Options())
	if err != nil {
		log.Fatal(err)
	}
	defer board.Close(ctx)

	_, err = board.Do(ctx, &protocol.NoteDelete{Note: protocol.RandomID()})
	var refused *RefusedError
	if errors.As(err, &refused) {
		fmt.Println(refused.Code)
	}
	// Output: missing
}
