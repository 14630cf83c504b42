package protocol

import (
	"crypto/sha256"
	"unicode/utf8"
)

// The checks below return error as a nil interface when all is well, and an *Error otherwise.

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Length16 returns the length of s in UTF-16 code units, the measure of all text here.
func Length16(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

func checkPlace(x, y int64) error {
	if x < -MaxCoord || x > MaxCoord || y < -MaxCoord || y > MaxCoord {
		return CodeOutOfRange.Errorf("x and y lie within ±%d", MaxCoord)
	}
	return nil
}

func checkSize(w, h int64) error {
	if w < MinSize || w > MaxSize || h < MinSize || h > MaxSize {
		return CodeOutOfRange.Errorf("width and height are %d to %d", MinSize, MaxSize)
	}
	return nil
}

// checkText takes text of several lines: control characters other than line feed and tab are refused.
func checkText(s string, most int) error {
	if !utf8.ValidString(s) {
		return CodeTextInvalid.Err()
	}
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f {
			return CodeTextInvalid.Err()
		}
	}
	if n := Length16(s); n > most {
		return CodeTextTooLong.Errorf("%d characters, at most %d", n, most)
	}
	return nil
}

// checkLine takes one line.
func checkLine(s string, most int) error {
	for _, r := range s {
		if r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029' {
			return CodeTextInvalid.Errorf("one line")
		}
	}
	return checkText(s, most)
}

// checkName takes one line that others read as a label: direction overrides would let a name rewrite the text around it.
func checkName(s string) error {
	n := Length16(s)
	if n == 0 || n > MaxName {
		return CodeNameInvalid.Errorf("%d characters", n)
	}
	seen := false
	for _, r := range s {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c {
			return CodeNameInvalid.Errorf("a direction mark")
		}
		seen = seen || !blank(r)
	}
	if !seen {
		return CodeNameInvalid.Errorf("nothing that can be seen")
	}
	if checkLine(s, MaxName) != nil {
		return CodeNameInvalid.Errorf("a control character")
	}
	return nil
}

// blank reports whether nothing is to be seen of r. The list stands here because Unicode's own grows: two servers built
// at different times must refuse the same names.
func blank(r rune) bool {
	switch {
	case r == ' ', r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200d, r == 0x202f, r == 0x205f, r == 0x2060, r == 0x3000, r == 0xfeff:
		return true
	}
	return false
}

func checkColour(c, least uint8) error {
	if c < least || c > Colours {
		return CodeBadColour.Errorf("%d to %d", least, Colours)
	}
	return nil
}

func checkPattern(p, least uint8) error {
	if p < least || p > Patterns {
		return CodeBadPattern.Errorf("%d to %d", least, Patterns)
	}
	return nil
}

func checkTags(tags []string) error {
	if len(tags) > MaxTags {
		return CodeListTooLong.Errorf("%d tags, at most %d", len(tags), MaxTags)
	}
	for i, tag := range tags {
		if err := checkName(tag); err != nil {
			return err
		}
		for _, other := range tags[:i] {
			if tag == other {
				return CodeDuplicate.Errorf("a tag")
			}
		}
	}
	return nil
}

func checkIDs(ids []ID) error {
	if len(ids) > MaxList {
		return CodeListTooLong.Errorf("%d elements, at most %d", len(ids), MaxList)
	}
	seen := make(map[ID]struct{}, len(ids))
	for _, id := range ids {
		if _, twice := seen[id]; twice {
			return CodeDuplicate.Errorf("an id")
		}
		seen[id] = struct{}{}
	}
	return nil
}

func checkSome(ids []ID) error {
	if len(ids) == 0 {
		return CodeEmpty.Err()
	}
	return nil
}

func checkRings(rings []Ring) error {
	if len(rings) == 0 || len(rings) > MaxRings {
		return CodeListTooLong.Errorf("a target has 1 to %d rings", MaxRings)
	}
	seen := make(map[ID]struct{}, len(rings))
	for i, ring := range rings {
		if err := checkName(ring.Label); err != nil {
			return err
		}
		if ring.Size < MinRing || ring.Size > MaxSize {
			return CodeOutOfRange.Errorf("a ring's size is %d to %d", MinRing, MaxSize)
		}
		if i > 0 && ring.Size <= rings[i-1].Size {
			return CodeOutOfRange.Errorf("rings come smallest first, no two of one size")
		}
		if _, twice := seen[ring.ID]; twice {
			return CodeDuplicate.Errorf("a ring's id")
		}
		seen[ring.ID] = struct{}{}
	}
	return nil
}

// checkLanguage takes the form of a BCP 47 tag, not its meaning: letters and digits in parts of 1 to 8, joined by "-".
// Empty means that no language is set.
func checkLanguage(s string) error {
	if len(s) > MaxLanguage {
		return CodeBadLanguage.Err()
	}
	part := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '-' && part > 0 && i+1 < len(s):
			part = 0
		case part < 8 && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'):
			part++
		default:
			return CodeBadLanguage.Err()
		}
	}
	return nil
}

func checkHash(h []byte) error {
	if len(h) != sha256.Size {
		return CodeBadHash.Err()
	}
	return nil
}
