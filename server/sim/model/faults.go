package model

// Fault is a rule that is broken on purpose. Faults may be combined.
type Fault uint64

// The planted faults, each beside the rule that it breaks.
const (
	NoFence         Fault = 1 << iota // M1
	EpochInName                       // M2
	RangeInName                       // M2
	PutReplaces                       // M3
	ForeignAdopted                    // M4
	IdleUnseen                        // M4
	StoreAhead                        // M4
	PackDeletesNow                    // M5
	PackCutsSlot                      // M5
	NoListAfterPut                    // M6
	StaleAdopted                      // M6
	StalePacked                       // M6
	SavedBeforeRead                   // M7
	DurableBlind                      // M7
	DurableBySeq                      // M7
	TrimEarly                         // M8
	NoDedupe                          // M9
	GapTaken                          // M9
	AckBlind                          // M10
	HintBlind                         // M10
	ReadBlind                         // M10
	EpochCounted                      // M11: loses nothing, see DESIGN.md
	BaseOwnHead                       // M12
	OpenBlind                         // M13
	StreamUnread                      // M13
	StreamFollowed                    // M13
	NothingHeld                       // M14
	HeldAboveBase                     // M14
	HeldOnce                          // M14
	DroppedAtAck                      // M15
	NumberReused                      // M16
	WriterReplaced                    // M16
	ResumeBySeq                       // M17
)

// Planted are the broken rules that chance finds soon, with what is wrong and what a schedule shows of it. The others,
// which take rarer schedules, are in TestStories and TestFoundSeeds.
var Planted = []struct {
	Name   string
	Faults Fault
	Wrong  string
	Sign   string
}{
	{"append-without-fence", NoFence | AckBlind, "the sequencer appends to whatever it has, and the appender takes the place it is told", "does not follow"},
	{"epoch-in-name", EpochInName, "two histories have two names for one slot", "lost"},
	{"range-in-name", RangeInName, "slots of two histories overlap", "lost"},
	{"rename", PutReplaces, "the last put of a name wins, in place of the first", "saved and is lost"},
	{"foreign-adopted", ForeignAdopted, "a taken slot is taken for one's own, whatever its chain", "saved and is lost"},
	{"pack-cuts-slot", PackCutsSlot, "a pack ends inside a slot, and hides the rest of it", "merging changed"},
	{"saved-before-read", SavedBeforeRead, "what was sent to the store is called saved before it is read back", "saved and is lost"},
	{"no-dedupe", NoDedupe, "a number takes effect each time it comes", "doubled"},
	{"gap-taken", GapTaken, "a number takes effect before its turn, and those before it never", "lost"},
	{"ack-by-place", AckBlind, "one's own group is applied because its first seq is next", "does not follow"},
	{"hint-without-chain", HintBlind, "a published group is applied because its first seq is next", "does not follow"},
	{"read-without-chain", ReadBlind, "groups of the stream are applied because their seqs are next", "does not follow"},
	{"base-at-own-head", BaseOwnHead, "a repairer begins the epoch at what it has itself", "saved and is lost"},
	{"open-blind", OpenBlind, "a repairer begins an epoch whatever the sequencer has got meanwhile", "acked and is lost"},
	{"nothing-held", NothingHeld, "what stood on a chain that was left is forgotten", "acked and is lost"},
	{"held-above-base", HeldAboveBase, "of a chain that was left only what stood above the store's end is held", "acked and is lost"},
	{"held-once", HeldOnce, "what is held is sent once, whatever becomes of it", "not at rest"},
	{"dropped-at-ack", DroppedAtAck, "a client forgets what is acked and not saved", "not at rest"},
	{"number-reused", NumberReused, "who gives an op up uses its number for another", "saved and is lost"},
	{"writer-replaced", WriterReplaced, "a client whose registration was lost submits again as another writer", "doubled"},
	{"resume-by-seq", ResumeBySeq, "a client's position is a seq", "does not see"},
}

// breaks reports whether a rule is broken in this run.
func (w *world) breaks(f Fault) bool { return w.planted&f != 0 }
