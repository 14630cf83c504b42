package storetest_test

import (
	"testing"

	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return storetest.NewMemory() })
}
