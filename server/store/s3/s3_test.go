package s3

import (
	"fmt"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/denkwand/denkwand/server/store"
	"github.com/denkwand/denkwand/server/store/s3/s3test"
	"github.com/denkwand/denkwand/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func at(endpoint string) Config {
	return Config{Endpoint: endpoint, Bucket: s3test.Bucket, AccessKey: s3test.AccessKey, SecretKey: s3test.SecretKey}
}

func open(t *testing.T, config Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestContractInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, at(s3test.Memory(t))) })
}

// One bucket holds a store for each test, told apart by the prefix alone.
func TestContractOnGateway(t *testing.T) {
	gate := s3test.Gate(t)
	var tests atomic.Int64
	storetest.Run(t, func(t *testing.T) store.Store {
		config := at(gate.Endpoint)
		config.Prefix = fmt.Sprintf("store/%d", tests.Add(1))
		return open(t, config)
	})
}
