package protocol

// BoardCreate is a board's first entry and no other's.
type BoardCreate struct {
	Title    string `json:"title,omitempty"`
	Question string `json:"question,omitempty"`
	Language string `json:"language,omitempty"`
	Recovery []byte `json:"recovery"` // SHA-256 of the owner's recovery code
}

// Kind returns "board.create".
func (*BoardCreate) Kind() string { return "board.create" }

// Check checks the texts and the hash.
func (o *BoardCreate) Check() error {
	return firstError(checkLine(o.Title, MaxTitle), checkText(o.Question, MaxQuestion),
		checkLanguage(o.Language), checkHash(o.Recovery))
}

// BoardTitle titles the board.
type BoardTitle struct {
	Title string `json:"title"`
}

// Kind returns "board.title".
func (*BoardTitle) Kind() string { return "board.title" }

// Check checks the title.
func (o *BoardTitle) Check() error { return checkLine(o.Title, MaxTitle) }

// BoardQuestion sets the question that people think about.
type BoardQuestion struct {
	Question string `json:"question"`
}

// Kind returns "board.question".
func (*BoardQuestion) Kind() string { return "board.question" }

// Check checks the question.
func (o *BoardQuestion) Check() error { return checkText(o.Question, MaxQuestion) }

// BoardLanguage sets the language of what is written on the board (hyphenation, reading aloud).
type BoardLanguage struct {
	Language string `json:"language"` // BCP 47, for example "nl"
}

// Kind returns "board.language".
func (*BoardLanguage) Kind() string { return "board.language" }

// Check checks the tag's form.
func (o *BoardLanguage) Check() error { return checkLanguage(o.Language) }

// Backgrounds of a board.
const (
	BackgroundDots  = "dots"
	BackgroundLines = "lines"
	BackgroundPlain = "plain"
)

// BoardBackground sets what is drawn behind everything.
type BoardBackground struct {
	Background string `json:"background"` // BackgroundDots, BackgroundLines or BackgroundPlain
}

// Kind returns "board.background".
func (*BoardBackground) Kind() string { return "board.background" }

// Check refuses an unknown background.
func (o *BoardBackground) Check() error {
	switch o.Background {
	case BackgroundDots, BackgroundLines, BackgroundPlain:
		return nil
	}
	return CodeBadBackground.Errorf("%q", o.Background)
}

// BoardDelete closes the board for good: nobody can open it any more.
type BoardDelete struct{}

// Kind returns "board.delete".
func (*BoardDelete) Kind() string { return "board.delete" }

// Check accepts it.
func (*BoardDelete) Check() error { return nil }
