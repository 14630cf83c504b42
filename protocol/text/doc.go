// Package text merges what several people type into one note at the same time. Server, Go SDK and web client compute the
// same functions; protocol/board/testdata/vectors/text-*.json holds them to it.
//
// # The words
//
//   - T1 Units. Positions and lengths count UTF-16 code units, as a browser does: "é" as one code point is 1, as e and
//     U+0301 it is 2, an emoji outside the basic plane is 2, 👩‍🔬 is 5.
//   - T2 A change is a list of runs over the whole base text, from left to right: keep n units, delete n units, or insert
//     a string. As JSON it is an array: a positive integer keeps, a negative one deletes, a string inserts, so
//     [5,"abc",-2] keeps five units, inserts "abc" and deletes the last two. Keeps and deletes together are exactly the
//     base's length; the last keep is written too. [] is the change of the empty text into itself.
//   - T3 One spelling. No run is empty, no two neighbours are of one kind, and where an insert and a delete meet the
//     insert comes first. Another spelling is refused (ErrNotCanonical), never mended. JSON white space between elements
//     and any JSON escape inside a string are allowed; what AppendJSON writes is what JSON.stringify writes.
//   - T4 Limits. A change that is sent has at most MaxRuns runs (ErrTooManyRuns), and neither its base nor its result is
//     longer than MaxLen (ErrLength). How long a text may be is the board's rule: it asks ResultLen before Apply.
//   - T5 Inserted text is valid Unicode (ErrUnicode: invalid UTF-8, a surrogate without its partner, also when escaped)
//     and has no control characters (category Cc) other than \n and \t (ErrControl).
//   - T6 Boundaries. No run may begin or end inside a surrogate pair of the text (ErrSurrogate), so a text never holds half
//     a character. That is all the merge knows: accents and joined emoji may be taken apart, because what belongs
//     together changes from one Unicode version to the next and everyone must compute the same.
//
// Input with several faults gets the error of any one of them.
//
// # The functions
//
//   - T7 Apply refuses a text whose length is not the change's base length (ErrLength); otherwise it walks the text once.
//   - T8 Compose(a, b) is the one change that does what a and then b do: Apply(Compose(a, b)) is Apply(b) after Apply(a).
//   - T9 One place. Transform(earlier, later) rewrites later so that it applies after earlier, which has the lower Seq.
//     Where both insert at one place of the base, the earlier stands left. Other inserts stand in the order of
//     their places in the base, also when all that was between them is deleted.
//   - T10 What both delete is deleted once.
//   - T11 An insert inside a range that the other deletes survives: the delete goes around it.
//   - T12 Convergence. With (earlier', later') = TransformPair(earlier, later), applying earlier and later' gives the same
//     text as later and earlier'. Changes are transformed one at a time, in Seq order, by everyone: transforming over a
//     composition may place an insert elsewhere.
//   - T13 Invert gives the change back from the result to the base.
//   - T14 Diff is the smallest single replacement that turns one text into another. When it could stand at several
//     places ("aa" became "aaa"), it ends at the caret, or as near to it as it can; without a caret it stands as far right as it can.
//   - T15 ThreeWay carries what was done between base and mine over to theirs when the revisions between are gone. It
//     compares by words, trims equal ends inside a changed word, takes an edit that both made once, and otherwise merges
//     by T9 to T11 with theirs as the earlier. Only its author computes it, so a client may do this part in its own way.
//
// # The server
//
// T16. The sequencer holds the text, the current revision and the last changes as they were applied. A change names the
// revision it was made on. For every change applied since that revision, oldest first, the incoming one becomes
// Transform(applied, incoming). An outcome of more than MaxRuns runs is refused, and so is one whose ResultLen is more than a
// text may have; otherwise it is applied, kept, and sent to everyone in its transformed form. An unknown revision is
// refused as stale.
//
// # The writer
//
// T17. For each note a writer holds the text of the last revision it has heard of (base), at most one change on the
// way (sent), what was typed since (typed), and what the person sees (shown = base, sent, typed applied in turn).
//
//  1. Typing: shown becomes the new text; typed = Compose(typed, Diff(before, after, caret)).
//  2. When nothing is on the way and typed is not an identity: sent = typed, on the current revision; typed becomes an
//     identity. If it has more than MaxRuns runs, sent is Diff(base, shown) instead, which has at most four.
//  3. Another's change c arrives: base = Apply(base, c); (c1, sent) = TransformPair(c, sent); (c2, typed) =
//     TransformPair(c1, typed); shown = Apply(shown, c2). The arriving change is always the earlier.
//  4. One's own change arrives: base = Apply(base, change); nothing is on the way any more; go on with step 2.
//  5. One's own change is refused as stale or for its runs: with the board's present text as theirs, typed =
//     ThreeWay(base, shown, theirs); base = theirs; shown = Apply(theirs, typed); nothing is on the way any more; go on
//     with step 2. When it is refused for the length of the text, what was typed stays with its writer.
package text
