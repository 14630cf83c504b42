package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/denkwand/denkwand/protocol"
	"github.com/denkwand/denkwand/server/journal"
)

// Limits of what is kept, uncompressed. They are enforced before anything of that size is allocated.
const (
	MaxSegment  = 8 << 20   // bytes of a segment's or a pack's frames
	MaxSnapshot = 128 << 20 // bytes of a snapshot's state
)

// kind is what an object is; the byte that says so in its envelope.
type kind byte

const (
	kindSegment  kind = 'g'
	kindPack     kind = 'p'
	kindSnapshot kind = 's'
)

func (k kind) folder() string {
	switch k {
	case kindSegment:
		return "seg"
	case kindPack:
		return "pack"
	default:
		return "snap"
	}
}

// The envelope, all numbers big-endian:
//
//	"dnkw"  kind 1  version 1  length of the header 2  of the content, uncompressed 4  of the content, compressed 4
//	header  content, one zstd frame  CRC32C of everything before 4
//
// The checksum is the last four bytes in every version, so that a flipped version is damage and not a newer version.
const (
	magic       = "dnkw"
	version     = 1
	envelopeLen = len(magic) + 1 + 1 + 2 + 4 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// The one way to compress: whole blobs at the default level. Two at a time, because each holds up to 20 MiB.
var compressor = sync.OnceValue(func() *zstd.Encoder {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2),
		zstd.WithWindowSize(maxWindow), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true))
	if err != nil {
		panic("archive: zstd options: " + err.Error())
	}
	return enc
})

// The one way to decompress: into a slice that already has its size, and not a byte more.
var decompressor = sync.OnceValue(func() *zstd.Decoder {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxSnapshot), zstd.WithDecoderMaxWindow(maxWindow),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic("archive: zstd options: " + err.Error())
	}
	return dec
})

const maxWindow = 8 << 20

// wrap puts header and content into an envelope.
func wrap(k kind, header, content []byte) []byte {
	packed := compressor().EncodeAll(content, nil)
	b := make([]byte, 0, envelopeLen+len(header)+len(packed)+crc32.Size)
	b = append(b, magic...)
	b = append(b, byte(k), version)
	b = binary.BigEndian.AppendUint16(b, uint16(len(header)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(content)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(packed)))
	b = append(b, header...)
	b = append(b, packed...)
	return appendSum(b)
}

// unwrap checks an envelope and returns its header and content. headerLen is the kind's, limit its content's.
func unwrap(k kind, blob []byte, headerLen, limit int) (header, content []byte, err error) {
	rest, ok := cutSum(blob)
	switch {
	case !ok:
		return nil, nil, errors.New("its checksum is wrong")
	case len(rest) < envelopeLen || string(rest[:len(magic)]) != magic || rest[4] != byte(k):
		return nil, nil, fmt.Errorf("it is not a %s object", k.folder())
	case rest[5] != version:
		return nil, nil, ErrNewer
	}
	h := int(binary.BigEndian.Uint16(rest[6:]))
	raw := uint64(binary.BigEndian.Uint32(rest[8:]))
	packed := uint64(binary.BigEndian.Uint32(rest[12:]))
	rest = rest[envelopeLen:]
	if h != headerLen || uint64(len(rest)) != uint64(h)+packed {
		return nil, nil, errors.New("its lengths do not add up")
	}
	if raw > uint64(limit) {
		return nil, nil, fmt.Errorf("it claims %d bytes, at most %d", raw, limit)
	}
	content, err = decompressor().DecodeAll(rest[h:], make([]byte, 0, raw))
	if err != nil || uint64(len(content)) != raw {
		return nil, nil, errors.New("it does not decompress")
	}
	return rest[:h], content, nil
}

// segment is a sealed run of groups, in a slot or, merged from several, in a pack.
type segment struct {
	board   protocol.ID
	created int64 // unix milliseconds; decides when a pack's slots may go
	prev    journal.Chain
	groups  []journal.Group // at least one
}

func (s *segment) first() uint64      { return s.groups[0].First }
func (s *segment) last() uint64       { return s.head().Seq }
func (s *segment) head() journal.Head { return s.groups[len(s.groups)-1].Head() }

// chainAt returns the link behind the group that ends at seq; ok is false if none in the segment does.
func (s *segment) chainAt(seq uint64) (journal.Chain, bool) { return chainAt(s.groups, seq) }

func chainAt(groups []journal.Group, seq uint64) (journal.Chain, bool) {
	for _, g := range groups {
		if g.Last == seq {
			return g.Chain, true
		}
	}
	return journal.Chain{}, false
}

// A segment's header: board 16, created 8, first epoch 8, last epoch 8, first 8, last 8, previous chain 20, chain 20.
// A frame: length of the rest 4, CRC32C of what follows 4, epoch 8, first 8, last 8, time 8, previous chain 20,
// chain 20, body.
const (
	segmentHeaderLen = 16 + 5*8 + 2*len(journal.Chain{})
	frameHeadLen     = 4 + crc32.Size
	frameFixedLen    = 4*8 + 2*len(journal.Chain{})
)

// frameLen is what a group takes of MaxSegment.
func frameLen(g journal.Group) int { return frameHeadLen + frameFixedLen + len(g.Body) }

// encodeSegment writes groups that were checked to be linked and to fit.
func encodeSegment(k kind, board protocol.ID, created int64, groups []journal.Group) []byte {
	s := segment{groups: groups}
	header := make([]byte, 0, segmentHeaderLen)
	header = append(header, board[:]...)
	for _, n := range []uint64{uint64(created), groups[0].Epoch, s.head().Epoch, s.first(), s.last()} {
		header = binary.BigEndian.AppendUint64(header, n)
	}
	header = append(header, groups[0].Prev[:]...)
	end := s.head().Chain
	header = append(header, end[:]...)

	size := 0
	for _, g := range groups {
		size += frameLen(g)
	}
	content := make([]byte, 0, size)
	for _, g := range groups {
		content = appendFrame(content, g)
	}
	return wrap(k, header, content)
}

func appendFrame(b []byte, g journal.Group) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(crc32.Size+frameFixedLen+len(g.Body)))
	b = binary.BigEndian.AppendUint32(b, 0) // the checksum, below
	for _, n := range []uint64{g.Epoch, g.First, g.Last, uint64(g.Time)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(b, g.Prev[:]...)
	b = append(b, g.Chain[:]...)
	b = append(b, g.Body...)
	binary.BigEndian.PutUint32(b[start+4:], checksum(b[start+frameHeadLen:]))
	return b
}

// decodeSegment reads a segment or pack and verifies everything that it says of itself: checksums, seqs without holes,
// and each group's link. The bodies share one allocation.
func decodeSegment(k kind, board protocol.ID, blob []byte) (*segment, error) {
	header, content, err := unwrap(k, blob, segmentHeaderLen, MaxSegment)
	if err != nil {
		return nil, err
	}
	s := &segment{}
	header = header[copy(s.board[:], header):]
	var n [5]uint64 // created, first epoch, last epoch, first, last
	for i := range n {
		n[i], header = binary.BigEndian.Uint64(header), header[8:]
	}
	s.created = int64(n[0])
	header = header[copy(s.prev[:], header):]
	chain := journal.Chain(header)
	if s.board != board {
		return nil, errors.New("it belongs to another board")
	}
	if n[3] == 0 {
		return nil, errors.New("its first seq is 0")
	}
	head := journal.Head{Epoch: n[1], Seq: n[3] - 1, Chain: s.prev}
	for len(content) > 0 {
		var g journal.Group
		if g, content, err = cutFrame(content); err != nil {
			return nil, err
		}
		if len(s.groups) == 0 {
			head.Time = g.Time // nothing here says when the group before was
		}
		if !follows(g, head) {
			return nil, fmt.Errorf("the group at seq %d does not follow the one before it", g.First)
		}
		head = g.Head()
		s.groups = append(s.groups, g)
	}
	if len(s.groups) == 0 || s.groups[0].Epoch != n[1] || head.Epoch != n[2] || head.Seq != n[4] || head.Chain != chain {
		return nil, errors.New("its header and its groups do not agree")
	}
	return s, nil
}

// follows is Group.Follows, and the epoch does not go back.
func follows(g journal.Group, h journal.Head) bool { return g.Epoch >= h.Epoch && g.Follows(h) }

// cutFrame takes the first frame off b.
func cutFrame(b []byte) (g journal.Group, rest []byte, err error) {
	if len(b) < frameHeadLen+frameFixedLen {
		return g, nil, errors.New("a frame is cut short")
	}
	length := uint64(binary.BigEndian.Uint32(b))
	if length < uint64(crc32.Size+frameFixedLen) || length > uint64(len(b)-4) {
		return g, nil, errors.New("a frame's length is wrong")
	}
	frame, rest := b[frameHeadLen:4+length], b[4+length:]
	if binary.BigEndian.Uint32(b[4:]) != checksum(frame) {
		return g, nil, errors.New("a frame's checksum is wrong")
	}
	g.Epoch = binary.BigEndian.Uint64(frame)
	g.First = binary.BigEndian.Uint64(frame[8:])
	g.Last = binary.BigEndian.Uint64(frame[16:])
	g.Time = int64(binary.BigEndian.Uint64(frame[24:]))
	frame = frame[32:]
	frame = frame[copy(g.Prev[:], frame):]
	frame = frame[copy(g.Chain[:], frame):]
	g.Body = frame[:len(frame):len(frame)]
	if len(g.Body) > journal.MaxGroupBytes {
		return g, nil, fmt.Errorf("the group at seq %d has %d bytes", g.First, len(g.Body))
	}
	return g, rest, nil
}
