package client_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/denkwand/denkwand/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(withWall{m}) }

// withWall runs the tests while a server serves the board that the examples' link leads to.
type withWall struct{ m *testing.M }

func (w withWall) Run() int {
	server := client.ServeWall()
	defer server.Close()
	link = server.Link
	return w.m.Run()
}
