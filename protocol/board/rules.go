package board

import (
	"errors"
	"reflect"

	"github.com/denkwand/denkwand/protocol"
)

// rule is the meaning of a kind.
type rule struct {
	kind  string
	grows bool // refused when the board is full
	lets  bool // goes on when not even the reserve is left
	// server marks kinds that only the server writes: they never come under a writer's number.
	server bool
	needs  func(*State, protocol.Op) protocol.Role
	apply  func(*State, protocol.Op) protocol.Code
}

// rules are found by the op's Go type, which no two kinds share.
var rules = map[reflect.Type]*rule{}

// on registers a kind: the role it takes, whatever the op says, and what it does.
func on[T protocol.Op](role protocol.Role, apply func(*State, T) protocol.Code) *rule {
	return onBy(func(*State, T) protocol.Role { return role }, apply)
}

// onBy registers a kind whose role depends on what the op is about.
func onBy[T protocol.Op](needs func(*State, T) protocol.Role, apply func(*State, T) protocol.Code) *rule {
	var op T
	kind := op.Kind()
	r := &rule{
		kind:   kind,
		server: protocol.KindOf(kind).Server,
		needs:  func(s *State, op protocol.Op) protocol.Role { return needs(s, op.(T)) },
		apply:  func(s *State, op protocol.Op) protocol.Code { return apply(s, op.(T)) },
	}
	rules[reflect.TypeFor[T]()] = r
	return r
}

// adds says that the kind brings bytes onto the board.
func (r *rule) adds() { r.grows = true }

// always says that the kind brings people in, or takes things or people away: how much of it there can be is bounded
// otherwise, and a board on which it stopped would be lost to its owner.
func (r *rule) always() { r.lets = true }

// init is here because a batch's rule looks its parts up in the table that holds it.
func init() {
	const (
		anybody     = protocol.RoleNone // what the op itself says is enough
		viewer      = protocol.RoleViewer
		contributor = protocol.RoleContributor
		facilitator = protocol.RoleFacilitator
		owner       = protocol.RoleOwner
	)
	on(anybody, (*State).boardCreate)
	on(facilitator, (*State).boardTitle)
	on(facilitator, (*State).boardQuestion)
	on(facilitator, (*State).boardLanguage)
	on(facilitator, (*State).boardBackground)
	on(owner, (*State).boardDelete).always()

	onBy((*State).linkCreateNeeds, (*State).linkCreate).always()
	on(anybody, (*State).linkUse).always()
	onBy((*State).linkRevokeNeeds, (*State).linkRevoke).always()
	on(anybody, (*State).linkRecover).always()

	on(anybody, (*State).participantJoin).always()
	onBy((*State).participantRenameNeeds, (*State).participantRename)
	on(viewer, (*State).participantColour)
	onBy((*State).participantPerspectiveNeeds, (*State).participantPerspective)
	onBy((*State).participantLeaveNeeds, (*State).participantLeave).always()
	on(viewer, (*State).writerRegister).always()

	on(facilitator, (*State).perspectiveAdd).adds()
	on(facilitator, (*State).perspectiveRename)
	on(facilitator, (*State).perspectiveRecolour)

	on(contributor, (*State).noteCreate).adds()
	on(contributor, (*State).noteText)
	on(contributor, (*State).noteMove)
	on(contributor, (*State).noteResize)
	on(contributor, (*State).noteRecolour)
	on(contributor, (*State).noteTag).adds()
	on(contributor, (*State).noteFront)
	on(contributor, (*State).noteBack)
	on(contributor, (*State).noteDelete).always()
	on(contributor, (*State).noteRestore)

	on(contributor, (*State).clusterCreate).adds()
	on(contributor, (*State).clusterRename).adds()
	on(contributor, (*State).clusterMove)
	on(contributor, (*State).clusterAssign)
	on(contributor, (*State).clusterUnassign).always()
	on(contributor, (*State).clusterMerge)
	on(contributor, (*State).clusterDelete).always()

	on(facilitator, (*State).areaCreate).adds()
	on(facilitator, (*State).areaRename).adds()
	on(facilitator, (*State).areaMove)
	on(facilitator, (*State).areaResize)
	on(facilitator, (*State).areaRings).adds()
	on(facilitator, (*State).areaFront)
	on(facilitator, (*State).areaBack)
	on(facilitator, (*State).areaDelete).always()

	on(contributor, (*State).connectorCreate).adds()
	on(contributor, (*State).connectorLabel).adds()
	on(contributor, (*State).connectorDelete).always()

	on(contributor, (*State).batch)
	onBy((*State).undoNeeds, (*State).undo)
	onBy((*State).redoNeeds, (*State).redo)
	on(anybody, (*State).void)
}

// do holds an op against everything that is asked of every op, in this order, and then does it.
func (s *State) do(op protocol.Op) protocol.Code {
	r := rules[reflect.TypeOf(op)]
	if r == nil {
		panic("board: no rule for " + op.Kind())
	}
	if code := s.open(op); code != "" {
		return code
	}
	var refusal *protocol.Error
	if err := op.Check(); errors.As(err, &refusal) {
		return refusal.Code
	}
	if void, ok := op.(*protocol.Void); ok {
		return s.void(void) // closes its number whoever may still do what
	}
	needs := r.needs(s, op)
	if code := s.allowed(r, needs); code != "" {
		return code
	}
	if r.grows && s.full() || !r.lets && s.size > protocol.MaxState+reserve {
		return protocol.CodeBoardFull
	}
	if !s.spend(s.cost(op)) {
		return protocol.CodeTooMuch
	}
	code := r.apply(s, op)
	if code == "" && s.turn.record != nil {
		s.turn.record.Needs = max(s.turn.record.Needs, needs)
	}
	return code
}

// open says whether there is a board that ops can be about.
func (s *State) open(op protocol.Op) protocol.Code {
	if s.wall.Deleted {
		return protocol.CodeBoardDeleted
	}
	if _, first := op.(*protocol.BoardCreate); !first && !s.wall.Exists {
		return protocol.CodeMissing
	}
	return ""
}

// allowed is the one place where roles are compared.
func (s *State) allowed(r *rule, needs protocol.Role) protocol.Code {
	e := &s.turn.entry
	switch {
	case r.server && !e.Writer.IsZero():
		return protocol.CodeForbidden
	case e.Author.IsZero():
		return "" // the server
	case s.turn.by != nil && s.turn.by.Left:
		return protocol.CodeParticipantLeft
	case s.Role(e.Author) < needs:
		return protocol.CodeForbidden
	}
	return ""
}

// author returns the participant whose op this is, or zero for the server.
func (s *State) author() protocol.ID { return s.turn.entry.Author }

// void closes a number without doing anything.
func (s *State) void(op *protocol.Void) protocol.Code {
	if op.Reason != "" {
		return op.Reason
	}
	return protocol.CodeVoid
}

// batch does its parts one by one; a part that is refused leaves the others alone.
func (s *State) batch(op *protocol.Batch) protocol.Code {
	s.turn.batch = true
	parts := make([]protocol.Code, len(op.Ops))
	refused := false
	for i, part := range op.Ops {
		parts[i] = s.do(part.Op)
		refused = refused || parts[i] != ""
	}
	if refused {
		s.turn.parts = parts
	}
	return ""
}
