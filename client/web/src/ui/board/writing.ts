/**
 * What is typed in a text field becomes changes of a note, and what others type meanwhile comes into the field, without
 * the caret moving or an input method losing its half-made word. The field's value is never set: parts of it are.
 */
import { type Code, limits, type Runs } from "../../protocol.gen";
import { difference, mapCaret, plain } from "../../text";
import { codeOf } from "../sentence";

/** The parts of a textarea that this needs. */
export interface Box {
  readonly value: string;
  readonly selectionStart: number;
  readonly selectionEnd: number;
  readonly selectionDirection: "forward" | "backward" | "none";
  setRangeText(text: string, start: number, end: number, mode: "preserve"): void;
  setSelectionRange(start: number, end: number, direction: "forward" | "backward" | "none"): void;
}

export interface WritingOptions {
  /** The note's text, own typing included; undefined: the note is gone. */
  text(): string | undefined;
  /** The person made `now` of `was`, and the caret stands at `caret`. Throws if that can never be. */
  type(was: string, now: string, caret: number): void;
}

/** What is in the field and not in the note, and why. */
export interface Left {
  readonly text: string;
  readonly code: Code;
}

export class Writing {
  /** what the field had when it and the note's text were last the same */
  #shown: string;
  #composing = false;

  constructor(
    private readonly box: Box,
    private readonly options: WritingOptions,
  ) {
    this.#shown = box.value;
  }

  /** Whether the field has something that the note has not: an input method at work, or what was refused. */
  get ahead(): boolean {
    return this.box.value !== this.#shown;
  }

  get empty(): boolean {
    return this.box.value.trim() === "";
  }

  /** The field's value became another. Throws what `type` throws; the text then stays in the field and goes with the next. */
  input(): void {
    if (!this.#composing) this.#send();
  }

  compositionStart(): void {
    this.#composing = true;
  }

  /** Only now is what the input method made sent; then comes what others typed meanwhile. */
  compositionEnd(): void {
    this.#composing = false;
    this.#send();
  }

  /**
   * Before the field goes: what an input method is still at is sent as it stands, since it may never say that it is done.
   * Returns what the note does not have then.
   */
  finish(): Left | undefined {
    let code: Code | undefined;
    try {
      this.compositionEnd();
      if (this.options.text() === undefined) code = "gone";
    } catch (thrown) {
      code = codeOf(thrown);
    }
    return code && !this.empty ? { text: this.box.value, code } : undefined;
  }

  /** The note's text may have become another. */
  follow(): void {
    const text = this.options.text();
    if (this.#composing || this.ahead || text === undefined || text === this.#shown) return;
    const { selectionStart, selectionEnd, selectionDirection } = this.box;
    const runs = difference(this.#shown, text);
    this.#edit(runs);
    this.box.setSelectionRange(mapCaret(selectionStart, runs), mapCaret(selectionEnd, runs), selectionDirection);
    this.#shown = text;
  }

  #edit(runs: Runs): void {
    for (const { at, length, insert } of edits(runs)) this.box.setRangeText(insert, at, at + length, "preserve");
  }

  #send(): void {
    // A slide's line breaks and the like, which no note can hold, become what it can.
    const { value } = this.box;
    const clean = plain(value);
    if (clean !== value) this.#edit(difference(value, clean));
    const now = this.box.value;
    if (now !== this.#shown) {
      const was = this.#shown;
      this.options.type(was, now, this.box.selectionStart);
      this.#shown = now;
    }
    this.follow();
  }
}

interface Edit {
  readonly at: number;
  readonly length: number;
  readonly insert: string;
}

/** What the runs do, last first, so that each is at its place in the text as it still is. */
function edits(runs: Runs): Edit[] {
  const found: { at: number; length: number; insert: string }[] = [];
  let at = 0;
  let open: { at: number; length: number; insert: string } | undefined;
  for (const run of runs) {
    if (typeof run === "number" && run > 0) {
      at += run;
      open = undefined;
      continue;
    }
    if (!open) {
      open = { at, length: 0, insert: "" };
      found.push(open);
    }
    if (typeof run === "string") {
      open.insert += run;
    } else {
      open.length -= run;
      at -= run;
    }
  }
  return found.reverse();
}

/** The lines that a paste would make notes of, what is too long for one in several; none when there are fewer than three. */
export function pastedNotes(text: string): string[] {
  const lines = plain(text)
    .split("\n")
    .flatMap(pieces)
    .map((line) => line.replace(/^\s*(?:[-*•‣◦–]|\d{1,3}[.)])\s+/, "").trim())
    .filter((line) => line !== "");
  return lines.length >= 3 ? lines : [];
}

/** A text in pieces that a note can hold, no letter cut in two. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > limits.maxNoteText) {
    const cut = limits.maxNoteText;
    const at = /[\ud800-\udbff]/.test(rest.charAt(cut - 1)) ? cut - 1 : cut;
    found.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...found, rest];
}
