package text

import "unicode/utf8"

// NoCaret tells Diff that nobody knows where the typing happened.
const NoCaret = -1

// Diff returns the smallest single replacement that turns before into after (T14). caret is where the caret stands in
// after, in UTF-16 units, or NoCaret; it decides only between equally small replacements, so that a repeated letter is
// inserted or deleted where the person did it. The change has at most four runs. It is ErrUnicode or ErrControl when
// after may not stand in a text (T5).
func Diff(before, after string, caret int) (Change, error) {
	if err := Check(after); err != nil {
		return Change{}, err
	}
	return replace(before, []hunk{replacement(before, after, caret)}), nil
}

// hunk is one replacement: the bytes from..to of a text become s.
type hunk struct {
	from, to int
	s        string
}

// replace returns the change that replaces hunks of text. They stand in order and do not overlap.
func replace(text string, hunks []hunk) Change {
	var b builder
	done := 0
	for _, h := range hunks {
		b.keep(Len16(text[done:h.from]))
		b.delete(Len16(text[h.from:h.to]))
		b.insert(h.s, Len16(h.s))
		done = h.to
	}
	b.keep(Len16(text[done:]))
	return b.change()
}

// replacement returns the smallest hunk that turns before into after.
func replacement(before, after string, caret int) hunk {
	prefix, suffix := commonPrefix(before, after), commonSuffix(before, after)
	if shorter := min(len(before), len(after)); prefix+suffix > shorter {
		// The shorter text is all prefix and suffix: a pure insert or delete, which may slide. Every place between the
		// two ends is possible, and a place that is a character boundary in one text is one in the other.
		first := shorter - suffix
		if caret != NoCaret {
			inserted := len(after) - shorter
			prefix = max(first, min(prefix, offset(after, caret)-inserted))
		}
		suffix = shorter - prefix
	}
	return hunk{from: prefix, to: len(before) - suffix, s: after[prefix : len(after)-suffix]}
}

// offset returns the byte offset of a place given in UTF-16 units: the end when s is shorter, the start of the character
// when the place is inside one.
func offset(s string, place int) int {
	for i := range len(s) {
		if place -= width[s[i]]; place < 0 {
			return i
		}
	}
	return len(s)
}

// commonPrefix returns how many bytes a and b share at their start, in whole characters.
func commonPrefix(a, b string) int {
	n, i := min(len(a), len(b)), 0
	for i < n && a[i] == b[i] {
		i++
	}
	for i > 0 && i < len(a) && !utf8.RuneStart(a[i]) { // then b is inside the same character
		i--
	}
	return i
}

// commonSuffix returns how many bytes a and b share at their end, in whole characters.
func commonSuffix(a, b string) int {
	n, i := min(len(a), len(b)), 0
	for i < n && a[len(a)-1-i] == b[len(b)-1-i] {
		i++
	}
	for i > 0 && !utf8.RuneStart(a[len(a)-i]) {
		i--
	}
	return i
}
