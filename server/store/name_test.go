package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/denkwand/denkwand/server/store"
)

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "a/b", "A-z_0.9/x..y", "b/1/seg/00000000000000000001", strings.Repeat("n", store.MaxName)} {
		if err := store.CheckName(name); err != nil {
			t.Errorf("CheckName(%q) = %v, want nil", name, err)
		}
	}
	for _, name := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".a", "a/.tmp", "a b", "a\x00", "a\\b", "é", "a\n",
		"a:b", "a%2fb", strings.Repeat("n", store.MaxName+1),
	} {
		if err := store.CheckName(name); !errors.Is(err, store.ErrName) {
			t.Errorf("CheckName(%q) = %v, want ErrName", name, err)
		}
	}
}

func TestCheckPrefix(t *testing.T) {
	for _, prefix := range []string{"", "a", "a/", "a/b", "a/b-"} {
		if err := store.CheckPrefix(prefix); err != nil {
			t.Errorf("CheckPrefix(%q) = %v, want nil", prefix, err)
		}
	}
	for _, prefix := range []string{"/", "..", "../", "a//", ".", "a/.", "a b", strings.Repeat("n", store.MaxName) + "/"} {
		if err := store.CheckPrefix(prefix); !errors.Is(err, store.ErrName) {
			t.Errorf("CheckPrefix(%q) = %v, want ErrName", prefix, err)
		}
	}
}
