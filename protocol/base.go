package protocol

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/denkwand/denkwand/protocol/strictjson"
)

// baseOverhead is more than the members of a Base around its changes take, position included.
const baseOverhead = 512

// baseLevel packs ids, which are random, by a tenth better than the fastest level does, at 8 ms instead of 6 for a megabyte:
// a base is packed once for all who wait for it.
const baseLevel = 5

// EncodeBase returns the binary messages that bring a whole state: gzip of a Base each, at most MaxBasePart bytes before
// compression, at least one message. Position at, of at most 256 bytes, stands in the last.
func EncodeBase(seq uint64, at string, changes []Change) ([][]byte, error) {
	var body []byte
	ends := []int{0} // of each part's changes in body
	for i := range changes {
		start := len(body)
		body = append(body, ',')
		body = AppendChange(body, &changes[i])
		if len(body)-start > MaxBasePart-baseOverhead {
			return nil, fmt.Errorf("protocol: a change of %d bytes does not fit a base", len(body)-start)
		}
		if len(body)-ends[len(ends)-1] > MaxBasePart-baseOverhead {
			ends = append(ends, start)
		}
	}
	ends = append(ends, len(body))
	zip, err := gzip.NewWriterLevel(nil, baseLevel)
	if err != nil {
		return nil, err
	}
	parts := make([][]byte, len(ends)-1)
	for i := range parts {
		head := Base{Part: i + 1, Of: len(parts), Seq: seq}
		if head.Part == head.Of {
			head.At = at
		}
		var packed bytes.Buffer
		zip.Reset(&packed)
		inner := bytes.TrimPrefix(body[ends[i]:ends[i+1]], []byte(","))
		for _, text := range [][]byte{appendBaseHead(nil, &head), inner, []byte("]}")} {
			if _, err := zip.Write(text); err != nil {
				return nil, err
			}
		}
		if err := zip.Close(); err != nil {
			return nil, err
		}
		parts[i] = packed.Bytes()
	}
	return parts, nil
}

// appendBaseHead appends a Base up to and with the bracket that opens its changes.
func appendBaseHead(dst []byte, b *Base) []byte {
	dst = strictjson.AppendInt(append(dst, `{"part":`...), int64(b.Part))
	dst = strictjson.AppendInt(append(dst, `,"of":`...), int64(b.Of))
	dst = strictjson.AppendUint(append(dst, `,"seq":`...), b.Seq)
	if b.At != "" {
		dst = strictjson.AppendString(append(dst, `,"at":`...), b.At)
	}
	return append(dst, `,"changes":[`...)
}

// DecodeBase reads a binary message, for a client. Like DecodeServerFrame it passes over members that are not known. It
// unpacks at most MaxBasePart bytes. The error is an *Error with CodeMalformed.
func DecodeBase(b []byte) (*Base, error) {
	zip, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, CodeMalformed.Errorf("%v", err)
	}
	text, err := io.ReadAll(io.LimitReader(zip, MaxBasePart+1))
	if err != nil {
		return nil, CodeMalformed.Errorf("%v", err)
	}
	if len(text) > MaxBasePart {
		return nil, CodeMalformed.Errorf("a base of more than %d bytes", MaxBasePart)
	}
	base := new(Base)
	if err := strictjson.UnmarshalWith(text, base, fromServer); err != nil {
		return nil, refusal(err)
	}
	return base, nil
}
