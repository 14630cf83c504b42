package api

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"
)

// tcpPair returns a wire over a TCP connection, and its other end.
func tcpPair(t *testing.T) (*wire, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = peer.Close(), conn.Close() })
	w := &wire{Conn: conn}
	w.turn = sync.NewCond(&w.mu)
	if w.raw, err = conn.(syscall.Conn).SyscallConn(); err != nil {
		t.Fatal(err)
	}
	return w, peer
}

// TestDeadlinesGoWithTheirWrite: a deadline left behind would fail every write without waiting once it has passed, and
// cut off a peer five seconds after the pong it was sent.
func TestDeadlinesGoWithTheirWrite(t *testing.T) {
	w, peer := tcpPair(t)
	soon := func() time.Time { return time.Now().Add(5 * time.Millisecond) }
	if _, err := w.write([]byte("pong"), soon()); err != nil {
		t.Fatal(err)
	}
	if err := w.writeAll([]byte("frame"), soon()); err != nil {
		t.Fatal(err)
	}
	for passed := soon().Add(5 * time.Millisecond); time.Now().Before(passed); {
		if n, err := w.tryWrite([]byte(".")); err != nil || n != 1 {
			t.Fatalf("tryWrite: %d, %v", n, err)
		}
	}
	if _, err := peer.Read(make([]byte, 9)); err != nil {
		t.Fatal(err)
	}
}

// TestControlFramesWaitForWholeFrames fills the socket inside a frame of the outbox: a pong waits until the frame is
// whole, and is let go when the connection ends.
func TestControlFramesWaitForWholeFrames(t *testing.T) {
	w, peer := tcpPair(t)
	big := make([]byte, 16<<20)
	n, err := w.tryWrite(big)
	if err != nil || n == 0 || n == len(big) {
		t.Fatalf("tryWrite: %d, %v", n, err)
	}
	pong := make(chan error, 1)
	go func() {
		_, err := w.Write([]byte("pong"))
		pong <- err
	}()
	read := make(chan byte, 1)
	go func() {
		all := make([]byte, 0, len(big)+4)
		for buf := make([]byte, 1<<20); len(all) < len(big)+4; {
			n, err := peer.Read(buf)
			all = append(all, buf[:n]...)
			if err != nil {
				break
			}
		}
		read <- all[len(all)-1]
	}()
	if err := w.writeAll(big[n:], time.Now().Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := <-pong; err != nil {
		t.Fatal(err)
	}
	if last := <-read; last != 'g' {
		t.Errorf("the last byte is %q", last)
	}

	w, _ = tcpPair(t)
	if n, err := w.tryWrite(big); err != nil || n == len(big) {
		t.Fatalf("tryWrite: %d, %v", n, err)
	}
	go func() {
		_, err := w.Write([]byte("pong"))
		pong <- err
	}()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-pong; err == nil {
		t.Error("a pong was written on a connection that ended inside a frame")
	}
}

func TestArrivalsForgetNobodyTooSoon(t *testing.T) {
	a := newArrivals(2, 3)
	now := time.Unix(1000, 0)
	one, neighbour := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::ffff")
	for range 3 { // one after the other: what is gone was made all the same
		leave, ok := a.enter(one, now)
		if !ok {
			t.Fatal("refused below the rate")
		}
		leave()
		leave()
	}
	if _, ok := a.enter(neighbour, now.Add(time.Millisecond)); ok {
		t.Error("the same /64 has a rate of its own")
	}
	if _, ok := a.enter(netip.MustParseAddr("192.0.2.1"), now); !ok {
		t.Error("another address was refused")
	}
	soon := netip.MustParseAddr("198.51.100.7")
	for range 3 { // shortly before addresses are looked through for those to forget
		leave, ok := a.enter(soon, now.Add(900*time.Millisecond))
		if !ok {
			t.Fatal("refused below the rate")
		}
		leave()
	}
	if _, ok := a.enter(soon, now.Add(1010*time.Millisecond)); ok {
		t.Error("was forgotten, and has a new rate")
	}
	later := now.Add(2 * time.Second)
	for range 2 {
		if _, ok := a.enter(one, later); !ok {
			t.Error("refused two seconds later")
		}
	}
	if _, ok := a.enter(one, later.Add(time.Minute)); ok {
		t.Error("a third connection at once")
	}
	if len(a.byAddr) != 2 {
		t.Errorf("%d addresses are remembered, want those two with connections", len(a.byAddr))
	}
}
