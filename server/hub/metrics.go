package hub

import "sync/atomic"

// Metrics counts what a hub does. All fields may be read at any time from any goroutine; none ever blocks.
type Metrics struct {
	// Gauges.
	Boards  atomic.Int64 // boards in memory
	Conns   atomic.Int64 // connections that are attached to a board
	Writers atomic.Int64 // connections whose socket is full, with a goroutine that waits for it

	// Ops.
	Ops         atomic.Int64 // entries applied
	Noops       atomic.Int64 // entries applied that did nothing
	Groups      atomic.Int64 // groups appended
	AppendNanos atomic.Int64 // time from append to its answer, summed
	Refused     Refusals     // ops that the door did not take, by code

	// Fan-out.
	Flushes     atomic.Int64 // flushes of a board that sent something
	Frames      atomic.Int64 // frames handed to connections
	Bytes       atomic.Int64 // bytes handed to transports
	Writes      atomic.Int64 // writes that brought them there
	FanOutNanos atomic.Int64 // time of fan-outs, summed
	FanOuts     atomic.Int64 // fan-outs
	Bases       atomic.Int64 // bases encoded
	Resumed     atomic.Int64 // welcomes that went on from a position
	Rebased     atomic.Int64 // welcomes with a whole state

	// What went wrong.
	Slow        atomic.Int64 // connections closed because they could not keep up
	Rewinds     atomic.Int64 // connections whose copy was not on the board's history
	Quarantines atomic.Int64 // boards set aside
	SealErrors  atomic.Int64 // failed sealings
}

// Refusals counts ops that the door did not take.
type Refusals struct {
	RateLimited atomic.Int64
	Busy        atomic.Int64
	StorageFull atomic.Int64
	Draining    atomic.Int64
}
