package local

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childEnv makes the test binary a process that appends until it is killed.
const childEnv = "DENKWAND_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		appendForever(dir)
	}
	goleak.VerifyTestMain(m)
}
