package protocol

// Limits that both ends must know. What the server may set otherwise is told in the welcome frame (Limits).
// Lengths of text are counted in UTF-16 code units, as JavaScript counts them.
const (
	MaxNoteText     = 10_000    // a note's text
	MaxTitle        = 500       // a board's or an area's title
	MaxQuestion     = 2_000     // a board's question
	MaxClusterTitle = 300       // a cluster's title
	MaxName         = 60        // a participant's name, a perspective's, ring's, tag's or connector's label
	MaxLanguage     = 35        // a language tag (BCP 47)
	MaxTags         = 16        // tags on a note
	MaxEmoji        = 16        // a reaction
	MaxRings        = 32        // rings of a target
	MaxList         = 256       // elements of any list in a frame
	MaxPerspectives = 64        // perspectives of a board: colour and pattern are a unique pair up to here
	MaxLinks        = 1_000     // links of a board, withdrawn ones included
	MaxFrame        = 64 << 10  // bytes of a frame to the server
	MaxBasePart     = 256 << 10 // bytes of a base message, uncompressed
	MaxChanges      = 256 << 10 // bytes of a changes frame
	MaxOutstanding  = 64        // ops a writer may have submitted and not yet seen acked

	MaxObjects      = 20_000   // live notes, clusters, areas and connectors of a board
	MaxState        = 64 << 20 // bytes of a board's state, canonical encoding; past it nothing is added
	MaxParticipants = 10_000   // people who ever joined a board
	MaxTargets      = 256      // live targets of a board: every note that moves is held against each
	MaxWriters      = 64       // writers of one participant; the oldest goes
	MaxWork         = 24_000   // objects one entry may touch: any op on all of a board, but not two of them in one batch

	Colours  = 8 // colours 1..8 of the palette
	Patterns = 8 // patterns 1..8 of the palette
)

// Geometry is integer, in 1/64 of a board unit, so that a distance is exact in every language, JavaScript's doubles
// included.
const (
	Unit     = 64        // one board unit (a CSS pixel at 100 %)
	MaxCoord = 1 << 25   // |x| and |y| of anything
	MinSize  = 16 * Unit // width and height of a note or frame, least
	MaxSize  = 1 << 22   // width and height of a note or frame, and a ring's half-width, most
	MinRing  = 16 * Unit // a ring's half-width, least
)

// Limits are the server's settings that a client must respect, as told in welcome. All are per second or counts.
type Limits struct {
	Frame       int `json:"frame"`       // bytes of a frame to the server
	Ops         int `json:"ops"`         // ops a second of one connection
	Burst       int `json:"burst"`       // ops at once after a pause
	Signals     int `json:"signals"`     // signals a second of one connection
	Outstanding int `json:"outstanding"` // ops submitted and not yet acked
	Objects     int `json:"objects"`     // live objects of the board
	NoteText    int `json:"noteText"`    // UTF-16 units of a note's text
}
