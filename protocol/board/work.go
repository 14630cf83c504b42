package board

import "github.com/denkwand/denkwand/protocol"

// runsPerWork is how many runs of text changes, looked at while one is rewritten over another, weigh as much as an
// object that is touched: both take about a microsecond.
const runsPerWork = 16

// spend counts work of the entry that is being applied. It reports false, and counts nothing, when that would be more
// than one entry may do: then the op must be refused before it has changed anything.
func (s *State) spend(work int) bool {
	if s.work+work > protocol.MaxWork {
		return false
	}
	s.work += work
	return true
}

// cost is the most objects that an op touches, or goes through, before it is known how it ends. Any single op costs
// less than protocol.MaxWork, because a board holds no more; so only a part of a batch can be too much. An undo costs
// what it restores, which is no more than the op cost that it undoes; what text changes cost is found on the way.
func (s *State) cost(op protocol.Op) int {
	switch op := op.(type) {
	case *protocol.NoteResize, *protocol.AreaResize:
		return 2 // values: its place and its size
	case *protocol.NoteDelete:
		return 1 + len(s.arrows[op.Note])
	case *protocol.NoteRestore:
		if t := s.dead[op.Note]; t != nil {
			return 1 + len(t.Arrows)
		}
	case *protocol.ClusterCreate:
		return 1 + len(op.Notes)
	case *protocol.ClusterAssign:
		return 1 + len(op.Notes)
	case *protocol.ClusterUnassign:
		return 1 + len(op.Notes)
	case *protocol.ClusterMove:
		return 1 + s.clusterCost(op.Cluster)
	case *protocol.ClusterMerge:
		return 1 + s.clusterCost(op.From) + len(s.arrows[op.From])
	case *protocol.ClusterDelete:
		return 1 + s.clusterCost(op.Cluster) + len(s.arrows[op.Cluster])
	case *protocol.AreaDelete:
		return 1 + len(s.arrows[op.Area])
	case *protocol.ParticipantRename:
		if s.names[op.Name] != nil {
			return 1 + len(s.names) // every number behind the name may be taken too
		}
	case *protocol.LinkRevoke:
		return 1 + len(s.order)
	}
	return 1
}

func (s *State) clusterCost(id protocol.ID) int {
	if c := s.clusters[id]; c != nil {
		return len(c.notes)
	}
	return 0
}
