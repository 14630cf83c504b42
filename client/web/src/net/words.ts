/** What of an op a person wrote, and which notes it is about: so that no words are lost with an op that the board refuses. */
import type { Queued } from "../core";
import type { ID, NoteText, Op, Runs } from "../protocol.gen";
import { apply } from "../text";

/** What the person wrote in an op, "" if nothing. */
export function wordsOf(op: Op): string {
  switch (op.kind) {
    case "note.create":
      return op.text ?? "";
    case "note.text":
      return inserted(op.runs);
    case "note.tag":
      return op.tags.join(", ");
    case "board.title":
    case "cluster.rename":
    case "area.rename":
      return op.title;
    case "cluster.create":
    case "area.create":
      return op.title ?? "";
    case "board.question":
      return op.question;
    case "perspective.add":
    case "perspective.rename":
      return op.label;
    case "connector.label":
      return op.label;
    case "connector.create":
      return op.label ?? "";
    case "batch":
      return joined(op.ops.map(wordsOf));
    default:
      return "";
  }
}

/** Texts under one another; of empty ones nothing is seen. */
export function joined(texts: Iterable<string>): string {
  return [...texts].filter((text) => text !== "").join("\n\n");
}

function inserted(runs: Runs): string {
  return runs.filter((run) => typeof run === "string").join(" … ");
}

/** Adds the notes that an op is about. */
export function notesOf(op: Op, into: Set<ID>): void {
  if (op.kind === "batch") for (const part of op.ops) notesOf(part, into);
  else if ("note" in op) into.add(op.note);
}

/**
 * Everything written in an outbox, as plain text: each note's text once, as its writer saw it, where that is known.
 * `seen` is a note's text as it is shown, if it is.
 */
export function wordsLeft(outbox: readonly Queued[], seen: (note: ID) => string | undefined): string {
  const out = new Map<ID | Op, string>();
  for (const { op, typing } of outbox) {
    if (op.kind === "note.text" && typing && out.get(op.note) === undefined) out.set(op.note, typing.before);
    add(op, out, seen);
  }
  return joined(out.values());
}

function add(op: Op, out: Map<ID | Op, string>, seen: (note: ID) => string | undefined): void {
  if (op.kind === "batch") {
    for (const part of op.ops) add(part, out, seen);
  } else if (op.kind === "note.create" || op.kind === "note.text") {
    const text = seen(op.note) ?? (op.kind === "note.create" ? (op.text ?? "") : typed(op, out.get(op.note)));
    out.set(op.note, text);
  } else {
    out.set(op, wordsOf(op));
  }
}

/** What a change makes of the text it was made on, if that is known; else what it says itself. */
function typed(op: NoteText, before: string | undefined): string {
  if (before !== undefined) {
    try {
      return apply(before, op.runs);
    } catch {
      // made on another text: its own words follow
    }
  }
  return joined([before ?? "", inserted(op.runs)]);
}
