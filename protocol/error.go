package protocol

import "fmt"

// Code is the short word that names what went wrong. It is what programs compare; the sentence beside it is for people.
type Code string

// Error is a refusal that may be told to whoever caused it.
type Error struct {
	Code   Code
	Detail string // what exactly, in words; never someone else's content
}

// Error returns the code's sentence with the detail.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Code.Sentence()
	}
	return e.Code.Sentence() + " (" + e.Detail + ")"
}

// Errorf makes an error of this code with a detail.
func (c Code) Errorf(format string, args ...any) *Error {
	return &Error{Code: c, Detail: fmt.Sprintf(format, args...)}
}

// Err makes an error of this code without a detail.
func (c Code) Err() *Error { return &Error{Code: c} }

// Sentence returns what a person is told.
func (c Code) Sentence() string {
	if meaning, ok := Codes[c]; ok {
		return meaning.Sentence
	}
	return "Something went wrong."
}

// Close returns the WebSocket close code that goes with this code; 0 if it does not close a connection.
// 4000–4499 mean come back after the delay that the bye frame names, 4500–4999 mean do not.
func (c Code) Close() int { return Codes[c].Close }

// Refusals of an op for what it says, whatever the board's state (Check).
const (
	CodeOutOfRange    Code = "out_of_range"
	CodeTextTooLong   Code = "text_too_long"
	CodeTextInvalid   Code = "text_invalid"
	CodeNameInvalid   Code = "name_invalid"
	CodeListTooLong   Code = "list_too_long"
	CodeEmpty         Code = "empty"
	CodeDuplicate     Code = "duplicate"
	CodeSameObject    Code = "same_object"
	CodeSameRevision  Code = "same_revision"
	CodeBadColour     Code = "bad_colour"
	CodeBadPattern    Code = "bad_pattern"
	CodeBadForm       Code = "bad_form"
	CodeBadRole       Code = "bad_role"
	CodeBadLanguage   Code = "bad_language"
	CodeBadBackground Code = "bad_background"
	CodeBadHash       Code = "bad_hash"
	CodeKindAlone     Code = "kind_alone"
)

// Refusals of an op by the board's state (Apply).
const (
	CodeForbidden       Code = "forbidden"
	CodeMissing         Code = "missing"
	CodeGone            Code = "gone"
	CodeTaken           Code = "taken"
	CodeBoardFull       Code = "board_full"
	CodeBoardDeleted    Code = "board_deleted"
	CodeStale           Code = "stale"
	CodeTextRange       Code = "text_range"
	CodeTextSurrogate   Code = "text_surrogate"
	CodeHasPerspectives Code = "has_perspectives"
	CodeNothingToUndo   Code = "nothing_to_undo"
	CodeUnchanged       Code = "unchanged"
	CodeVoid            Code = "void"
	CodeRepeat          Code = "repeat"
	CodeConflict        Code = "conflict"
	CodeGap             Code = "gap"
	CodeWriterUnknown   Code = "writer_unknown"
	CodeLinkUnknown     Code = "link_unknown"
	CodeLinkRevoked     Code = "link_revoked"
	CodeLinkExpired     Code = "link_expired"
	CodeLinkFull        Code = "link_full"
	CodeLastOwner       Code = "last_owner"
	CodeParticipantLeft Code = "participant_left"
	CodeTooMuch         Code = "too_much"
)

// What the door says: not now (notnow), come back (bye 4000–4499) or do not (bye 4500–4999), and REST problems.
const (
	CodeRateLimited    Code = "rate_limited"
	CodeBusy           Code = "busy"
	CodeStorageFull    Code = "storage_full"
	CodeDraining       Code = "draining"
	CodeSlow           Code = "slow"
	CodeReplaced       Code = "replaced"
	CodeRestart        Code = "restart"
	CodeTooMany        Code = "too_many"
	CodeBoardsFull     Code = "boards_full"
	CodeUnavailable    Code = "unavailable"
	CodeInternal       Code = "internal"
	CodeRewound        Code = "rewound"
	CodeMalformed      Code = "malformed"
	CodeUnknownKind    Code = "unknown_kind"
	CodeServerKind     Code = "server_kind"
	CodeFrameTooLarge  Code = "frame_too_large"
	CodeBinary         Code = "binary"
	CodeProtocol       Code = "protocol"
	CodeHelloFirst     Code = "hello_first"
	CodeTokenUnknown   Code = "token_unknown"
	CodeAccessLost     Code = "access_lost"
	CodeRemoved        Code = "removed"
	CodeQuarantined    Code = "quarantined"
	CodeBoardUnknown   Code = "board_unknown"
	CodeOrigin         Code = "origin"
	CodeHost           Code = "host"
	CodePasswordNeeded Code = "password_needed"
	CodePasswordWrong  Code = "password_wrong"
	CodeGuesses        Code = "too_many_guesses"
	CodeCreateToken    Code = "create_token"
	CodeBadRequest     Code = "bad_request"
	CodeNoSuchMoment   Code = "no_such_moment"
)

// Meaning is what a code says to a person, and whether it closes the connection.
type Meaning struct {
	Sentence string
	Close    int // WebSocket close code, 0: none
}

// Codes is the whole table. SPEC.md and the TypeScript client are held against it.
var Codes = map[Code]Meaning{
	CodeOutOfRange:    {Sentence: "A number lies outside what a board can hold."},
	CodeTextTooLong:   {Sentence: "The text is too long. It is still with you: shorten it and send it again."},
	CodeTextInvalid:   {Sentence: "The text has characters that cannot be shown."},
	CodeNameInvalid:   {Sentence: "A name is one line of 1 to 60 characters, some of them visible, without control or direction marks."},
	CodeListTooLong:   {Sentence: "The list has too many elements."},
	CodeEmpty:         {Sentence: "There is nothing in it."},
	CodeDuplicate:     {Sentence: "One thing stands in it twice."},
	CodeSameObject:    {Sentence: "It takes two different objects."},
	CodeSameRevision:  {Sentence: "A text change makes a new revision."},
	CodeBadColour:     {Sentence: "That colour is not in the palette."},
	CodeBadPattern:    {Sentence: "That pattern is not in the palette."},
	CodeBadForm:       {Sentence: "That is not a form this object can have."},
	CodeBadRole:       {Sentence: "That is not a role."},
	CodeBadLanguage:   {Sentence: "That is not a language tag."},
	CodeBadBackground: {Sentence: "That is not a background."},
	CodeBadHash:       {Sentence: "A hash has 32 bytes."},
	CodeKindAlone:     {Sentence: "That op cannot be part of a batch."},

	CodeForbidden:       {Sentence: "Your role does not allow that."},
	CodeMissing:         {Sentence: "There is no such object on this board."},
	CodeGone:            {Sentence: "It was deleted meanwhile. Your text is still with you."},
	CodeTaken:           {Sentence: "That id is taken already."},
	CodeBoardFull:       {Sentence: "The board is full. Your text is still with you: copy it or ask for room."},
	CodeBoardDeleted:    {Sentence: "The board was deleted by its owner.", Close: 4506},
	CodeStale:           {Sentence: "It builds on something too old; your client does it again on the newest."},
	CodeTextRange:       {Sentence: "The change does not fit the text it names."},
	CodeTextSurrogate:   {Sentence: "The change would cut a character in two."},
	CodeHasPerspectives: {Sentence: "On a board with perspectives a note has its perspective's colour."},
	CodeNothingToUndo:   {Sentence: "There is nothing of yours left to take back there."},
	CodeUnchanged:       {Sentence: "It is like that already."},
	CodeVoid:            {Sentence: "It was given up."},
	CodeRepeat:          {Sentence: "That was done before."},
	CodeConflict:        {Sentence: "That number was used for something else; your client submits it again under a new one."},
	CodeGap:             {Sentence: "An op before this one is missing; your client sends them again in order."},
	CodeWriterUnknown:   {Sentence: "This outbox is not known here any more; your client submits it again as a new one.", Close: 4007},
	CodeLinkUnknown:     {Sentence: "This link does not exist. Check that you copied all of it."},
	CodeLinkRevoked:     {Sentence: "This link was withdrawn. What you wrote is still on the board."},
	CodeLinkExpired:     {Sentence: "This link has expired. Ask your facilitator for a new one."},
	CodeLinkFull:        {Sentence: "As many people as this link is for have joined already."},
	CodeLastOwner:       {Sentence: "The last owner's link cannot be withdrawn: make another first."},
	CodeParticipantLeft: {Sentence: "That person has left the board."},
	CodeTooMuch:         {Sentence: "That is too much at once; do it in several steps."},

	CodeRateLimited: {Sentence: "That was too fast. It is sent again in a moment."},
	CodeBusy:        {Sentence: "The board is busy. It is sent again in a moment.", Close: 4000},
	CodeStorageFull: {Sentence: "The server cannot save right now. It is sent again when it can."},
	CodeDraining:    {Sentence: "The server is about to restart. It is sent again afterwards.", Close: 4001},
	CodeSlow:        {Sentence: "Your connection could not keep up; it is made anew.", Close: 4002},
	CodeReplaced:    {Sentence: "This outbox is open in another connection.", Close: 4003},
	CodeRestart:     {Sentence: "The server is restarting.", Close: 4004},
	CodeTooMany:     {Sentence: "There are too many connections. Yours is tried again in a moment.", Close: 4005},
	CodeBoardsFull:  {Sentence: "Too many boards are open on this server. Try again in a moment.", Close: 4006},
	CodeUnavailable: {Sentence: "The board cannot be read right now. Nothing is lost; it is tried again.", Close: 4008},
	CodeInternal:    {Sentence: "That failed and was not saved. Try again.", Close: 4009},
	CodeRewound:     {Sentence: "The board went back to an earlier moment; your unsaved work is sent again."},

	CodeMalformed:     {Sentence: "The message could not be read.", Close: 4500},
	CodeUnknownKind:   {Sentence: "The message names something this server does not know.", Close: 4501},
	CodeServerKind:    {Sentence: "Only the server may do that.", Close: 4502},
	CodeFrameTooLarge: {Sentence: "The message is too large.", Close: 1009},
	CodeBinary:        {Sentence: "The server takes text messages only.", Close: 1003},
	CodeProtocol:      {Sentence: "The message came out of order.", Close: 4503},
	CodeHelloFirst:    {Sentence: "A connection begins with hello, within ten seconds.", Close: 4504},
	CodeTokenUnknown:  {Sentence: "You are not on this board. Open the link you were given.", Close: 4505},
	CodeAccessLost:    {Sentence: "The link you came by was withdrawn. What you wrote is still on the board.", Close: 4507},
	CodeRemoved:       {Sentence: "A facilitator removed you from this board. Your notes stay.", Close: 4508},
	CodeQuarantined:   {Sentence: "This board is set aside for repair. Ask whoever runs the server.", Close: 4509},
	CodeBoardUnknown:  {Sentence: "There is no such board.", Close: 4510},

	CodeOrigin:         {Sentence: "This page may not talk to this server."},
	CodeHost:           {Sentence: "The server is not known by that name."},
	CodePasswordNeeded: {Sentence: "This link needs a password."},
	CodePasswordWrong:  {Sentence: "That is not the password of this link."},
	CodeGuesses:        {Sentence: "Too many wrong links or passwords. Try again in a while."},
	CodeCreateToken:    {Sentence: "Making boards needs a token on this server."},
	CodeBadRequest:     {Sentence: "The request could not be read."},
	CodeNoSuchMoment:   {Sentence: "The board has no such moment."},
}
