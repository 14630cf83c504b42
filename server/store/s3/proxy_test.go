package s3

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// fault is what befalls one request on its way.
type fault int

const (
	none       fault = iota
	cutRequest       // half of it arrives, then the connection is cut
	cutAnswer        // it is carried out, then the connection is cut before the answer
	halfAnswer       // it is carried out, and its answer is cut in the middle
	holdAnswer       // it is carried out, and its answer never comes
)

// proxy stands between a store and its server, on TCP.
type proxy struct {
	endpoint string
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	plan     func(method string) fault // asked once for each request
	requests []string                  // methods, in order of arrival
	conns    map[net.Conn]bool
	closed   bool
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{
		endpoint: "http://" + l.Addr().String(),
		target:   strings.TrimPrefix(target, "http://"),
		listener: l,
		conns:    map[net.Conn]bool{},
	}
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// faults lets each befall one of the next requests, in order; those after them pass.
func (p *proxy) faults(list ...fault) {
	p.decide(func(string) fault {
		if len(list) == 0 {
			return none
		}
		f := list[0]
		list = list[1:]
		return f
	})
}

func (p *proxy) decide(plan func(method string) fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan, p.requests = plan, nil
}

// seen returns the methods of the requests since the last plan.
func (p *proxy) seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.requests, " ")
}

func (p *proxy) arrived(method string) fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, method)
	if p.plan == nil {
		return none
	}
	return p.plan(method)
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		if !p.keep(client, server) {
			return
		}
		p.running.Go(func() { p.carry(client, server) })
	}
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.closed {
			c.Close()
		}
		p.conns[c] = true
	}
	return !p.closed
}

func (p *proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// carry serves one connection: a request, then its answer, then the next.
func (p *proxy) carry(client, server net.Conn) {
	var mu sync.Mutex
	asked, current := false, none
	end := func() { client.Close(); server.Close() }
	var both sync.WaitGroup
	both.Go(func() {
		defer end()
		copyBy(server, client, func(chunk []byte) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			if !asked {
				method, _, _ := bytes.Cut(chunk, []byte(" "))
				asked, current = true, p.arrived(string(method))
			}
			if current == cutRequest {
				return chunk[:len(chunk)/2], errors.New("cut")
			}
			return chunk, nil
		})
	})
	both.Go(func() {
		defer end()
		copyBy(client, server, func(chunk []byte) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = false
			switch current {
			case cutAnswer:
				return nil, errors.New("cut")
			case halfAnswer:
				return chunk[:len(chunk)-1], errors.New("cut")
			case holdAnswer:
				return nil, nil
			}
			return chunk, nil
		})
	})
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, client)
	delete(p.conns, server)
}

// copyBy copies what pass leaves of each chunk, until it or a connection says no.
func copyBy(to io.Writer, from io.Reader, pass func(chunk []byte) ([]byte, error)) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			chunk, cut := pass(buffer[:n])
			if _, err := to.Write(chunk); err != nil || cut != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
