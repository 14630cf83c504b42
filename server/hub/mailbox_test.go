package hub

import (
	"testing"
	"testing/synctest"

	"github.com/denkwand/denkwand/server/journal"
)

func TestWhatWakesARestingRoom(t *testing.T) {
	woken := func(b *mailbox) bool {
		select {
		case <-b.wake:
			return true
		default:
			return false
		}
	}
	b := newMailbox()
	if b.put(nil, false); !woken(b) {
		t.Error("mail does not wake")
	}
	b.rest(true)
	if b.put(nil, false); woken(b) {
		t.Error("the second message wakes")
	}
	b.take(nil)
	b.rest(true)
	for n := 1; n < journal.MaxGroupEntries; n++ {
		if b.put(nil, false); woken(b) {
			t.Fatalf("message %d wakes a room that rests", n)
		}
	}
	if b.put(nil, false); !woken(b) {
		t.Error("what fills a group does not wake")
	}
	if b.put(nil, true); !woken(b) {
		t.Error("an answer of the journal does not wake")
	}
	if b.take(nil); !b.put(nil, false) || !woken(b) {
		t.Error("mail that comes while the room works is not looked at")
	}
	if b.rest(true); b.resting {
		t.Error("a room rests over mail")
	}
}

func TestFullMailboxHoldsClientsBackAndNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newMailbox()
		for range maxMail {
			b.put(nil, false)
		}
		put := make(chan bool, 1)
		go func() { put <- b.put(nil, false) }()
		synctest.Wait()
		if len(put) != 0 || !b.put(nil, true) {
			t.Fatal("the bound holds for all or for none")
		}
		if mail := b.take(nil); len(mail) != maxMail+1 || !<-put {
			t.Fatalf("%d messages", len(mail))
		}
		if b.close(true) || !b.close(false) || b.put(nil, true) {
			t.Fatal("a box with mail in it was closed, or a closed one took some")
		}
	})
}
