package board

import "github.com/denkwand/denkwand/protocol"

// wall is what the board itself has.
type wall struct {
	Exists     bool   `json:"exists,omitempty"`
	Deleted    bool   `json:"deleted,omitempty"`
	Created    int64  `json:"created,omitempty"` // unix milliseconds
	Recovery   hash   `json:"recovery,omitzero"`
	Title      string `json:"title,omitempty"`
	Question   string `json:"question,omitempty"`
	Language   string `json:"language,omitempty"`
	Background string `json:"background,omitempty"`

	TitleAt      uint64 `json:"titleAt,omitempty"`
	QuestionAt   uint64 `json:"questionAt,omitempty"`
	LanguageAt   uint64 `json:"languageAt,omitempty"`
	BackgroundAt uint64 `json:"backgroundAt,omitempty"`
}

func (w *wall) weight() int {
	return 512 + written(w.Title) + written(w.Question) + written(w.Language) + written(w.Background)
}

// Exists reports whether there is a board: its first op was applied. A deleted board exists.
func (s *State) Exists() bool { return s.wall.Exists }

// Deleted reports whether the board was deleted.
func (s *State) Deleted() bool { return s.wall.Deleted }

func (s *State) boardCreate(op *protocol.BoardCreate) protocol.Code {
	if s.wall.Exists {
		return protocol.CodeTaken
	}
	s.wall = wall{
		Exists: true, Created: s.turn.entry.Time, Recovery: hash(op.Recovery),
		Title: op.Title, Question: op.Question, Language: op.Language, Background: protocol.BackgroundDots,
		TitleAt: s.seq, QuestionAt: s.seq, LanguageAt: s.seq, BackgroundAt: s.seq,
	}
	s.size += s.wall.weight()
	s.emit(protocol.Change{Board: s.wall.whole()})
	return ""
}

func (w *wall) whole() *protocol.BoardChange {
	v := *w
	return &protocol.BoardChange{Title: &v.Title, Question: &v.Question, Language: &v.Language,
		Background: &v.Background, Created: &v.Created}
}

// wallText is one of the board's texts: where it stands, since when, and how a change tells of it.
func (s *State) wallText(f field) (text *string, at *uint64, tell func(*string) protocol.BoardChange) {
	w := &s.wall
	switch f {
	case boardTitle:
		return &w.Title, &w.TitleAt, func(v *string) protocol.BoardChange { return protocol.BoardChange{Title: v} }
	case boardQuestion:
		return &w.Question, &w.QuestionAt, func(v *string) protocol.BoardChange { return protocol.BoardChange{Question: v} }
	case boardLanguage:
		return &w.Language, &w.LanguageAt, func(v *string) protocol.BoardChange { return protocol.BoardChange{Language: v} }
	}
	return &w.Background, &w.BackgroundAt, func(v *string) protocol.BoardChange { return protocol.BoardChange{Background: v} }
}

func (s *State) setWallText(f field, value string, stamp uint64) protocol.Code {
	text, at, tell := s.wallText(f)
	s.replaces(old{Field: f, Before: *at, Now: stamp, Text: *text})
	*at = stamp
	if *text != value {
		s.size += written(value) - written(*text)
		*text = value
		c := tell(&value)
		s.emit(protocol.Change{Board: &c})
	}
	return ""
}

func (s *State) boardTitle(op *protocol.BoardTitle) protocol.Code {
	return s.setWallText(boardTitle, op.Title, s.seq)
}

func (s *State) boardQuestion(op *protocol.BoardQuestion) protocol.Code {
	return s.setWallText(boardQuestion, op.Question, s.seq)
}

func (s *State) boardLanguage(op *protocol.BoardLanguage) protocol.Code {
	return s.setWallText(boardLanguage, op.Language, s.seq)
}

func (s *State) boardBackground(op *protocol.BoardBackground) protocol.Code {
	return s.setWallText(boardBackground, op.Background, s.seq)
}

func (s *State) boardDelete(*protocol.BoardDelete) protocol.Code {
	s.wall.Deleted = true
	s.emit(protocol.Change{Board: &protocol.BoardChange{Deleted: true}})
	return ""
}
