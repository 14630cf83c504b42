package store

import (
	"fmt"
	"strings"
)

// CheckName returns ErrName unless name is one that a blob may have. Every implementation asks it first, so nothing
// that climbs out of its folder or hides in it ever reaches a file system or a bucket.
func CheckName(name string) error {
	if len(name) > MaxName {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrName, len(name), MaxName)
	}
	for segment := range strings.SplitSeq(name, "/") {
		if !IsSegment(segment) {
			return fmt.Errorf("%w: %q", ErrName, name)
		}
	}
	return nil
}

// CheckPrefix returns ErrName unless some name may begin with prefix. The empty prefix is every name's.
func CheckPrefix(prefix string) error {
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return CheckName(prefix + "x") // the next segment may still be anything
	}
	return CheckName(prefix)
}

// IsSegment reports whether s may stand between two slashes of a name.
func IsSegment(s string) bool {
	if s == "" || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}
