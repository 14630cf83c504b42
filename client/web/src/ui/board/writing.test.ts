import { describe, expect, it } from "vitest";
import { RefusedError } from "../../core";
import { limits } from "../../protocol.gen";
import { type Box, pastedNotes, Writing } from "./writing";

/** A textarea as the standard has it, as far as Writing uses it. */
class Field implements Box {
  selectionStart: number;
  selectionEnd: number;
  selectionDirection: "forward" | "backward" | "none" = "none";
  constructor(public value: string) {
    this.selectionStart = this.selectionEnd = value.length;
  }
  setRangeText(text: string, start: number, end: number): void {
    this.value = this.value.slice(0, start) + text + this.value.slice(end);
    const moved = (p: number) => (p > end ? p + text.length - (end - start) : p > start ? start + text.length : p);
    this.selectionStart = moved(this.selectionStart);
    this.selectionEnd = moved(this.selectionEnd);
  }
  setSelectionRange(start: number, end: number): void {
    this.selectionStart = start;
    this.selectionEnd = end;
  }
  /** types at the caret */
  put(text: string): void {
    this.value = this.value.slice(0, this.selectionStart) + text + this.value.slice(this.selectionEnd);
    this.selectionStart = this.selectionEnd = this.selectionStart + text.length;
  }
}

/** A note that the field writes in, with a second writer. */
function open(text: string) {
  const field = new Field(text);
  const note = { text: text as string | undefined, typed: [] as [string, string, number][], refuse: false };
  const writing = new Writing(field, {
    text: () => note.text,
    type: (was, now, caret) => {
      if (note.refuse) throw new RefusedError("text_too_long");
      note.typed.push([was, now, caret]);
      note.text = note.text === was ? now : `${note.text ?? ""}${now.slice(was.length)}`; // appended typing only
    },
  });
  const other = (to: string) => {
    note.text = to;
    writing.follow();
  };
  return { field, note, writing, other };
}

describe("writing", () => {
  it("tells what was typed and where the caret is", () => {
    const { field, note, writing } = open("aa");
    field.setSelectionRange(1, 1);
    field.put("a");
    writing.input();
    expect(note.typed).toEqual([["aa", "aaa", 2]]);
  });

  it("takes others' words in without moving the caret's place", () => {
    const { field, other } = open("wie doet wat");
    field.setSelectionRange(3, 8);
    other("En wie doet wat");
    other("En wie doet dan wat");
    expect(field.value).toBe("En wie doet dan wat");
    expect(field.value.slice(field.selectionStart, field.selectionEnd)).toBe(" doet");
  });

  it("takes in a deletion around the caret", () => {
    const { field, other } = open("een twee drie");
    field.setSelectionRange(6, 6);
    other("een drie");
    expect([field.value, field.selectionStart]).toEqual(["een drie", 4]);
  });

  it("does not touch the field while an input method is at work, and then sends before it takes in", () => {
    const { field, note, writing, other } = open("a");
    writing.compositionStart();
    field.put("に");
    writing.input();
    other("a!");
    expect([field.value, note.typed.length]).toEqual(["aに", 0]);
    writing.compositionEnd();
    expect(note.typed).toEqual([["a", "aに", 2]]);
    expect(field.value).toBe("a!に");
  });

  it("keeps what is refused in the field, leaves it alone, and sends it with the next", () => {
    const { field, note, writing, other } = open("a");
    note.refuse = true;
    field.put("bc");
    expect(() => writing.input()).toThrow("text_too_long");
    other("a?");
    expect([field.value, writing.ahead]).toEqual(["abc", true]);
    note.refuse = false;
    note.text = "a";
    field.put("d");
    writing.input();
    expect(note.typed).toEqual([["a", "abcd", 4]]);
    expect(writing.ahead).toBe(false);
  });

  it("keeps the words of a note that is gone", () => {
    const { field, note, writing } = open("woorden");
    note.text = undefined;
    writing.follow();
    expect(field.value).toBe("woorden");
  });
});

describe("a field that goes", () => {
  it("sends the word that an input method is still at, and its end no second time", () => {
    const { field, note, writing } = open("");
    writing.compositionStart();
    field.put("Vertrouwen");
    writing.input();
    expect(writing.finish()).toBeUndefined();
    writing.compositionEnd();
    expect(note.typed).toEqual([["", "Vertrouwen", 10]]);
  });

  it("gives back what was refused, and what its note is not there for", () => {
    const { field, note, writing } = open("a");
    note.refuse = true;
    field.put("bc");
    expect(writing.finish()).toEqual({ text: "abc", code: "text_too_long" });
    note.refuse = false;
    expect(writing.finish()).toBeUndefined();
    note.text = undefined;
    expect(writing.finish()).toEqual({ text: "abc", code: "gone" });
    field.setRangeText(" ", 0, 3);
    expect(writing.finish()).toBeUndefined();
  });
});

describe("a paste", () => {
  it("breaks its lines where a slide does, in the field and as notes", () => {
    const { field, note, writing } = open("");
    field.put("Kop\u000bregel\u0007\ttwee");
    writing.input();
    expect(field.value).toBe("Kop\nregel\ttwee");
    expect(note.text).toBe(field.value);
    expect(pastedNotes("a\u000bb\fc")).toEqual(["a", "b", "c"]);
  });

  it("makes several notes of a line that one cannot hold, and cuts no letter in two", () => {
    const long = `${"x".repeat(limits.maxNoteText - 1)}😀y`;
    expect(pastedNotes(`een\n${long}`)).toEqual(["een", "x".repeat(limits.maxNoteText - 1), "😀y"]);
  });

  it("makes notes of three lines or more, without their bullets", () => {
    expect(pastedNotes("- een\n\n* twee\r\n3. drie\n")).toEqual(["een", "twee", "drie"]);
    expect(pastedNotes("een\ntwee\n\n")).toEqual([]);
    expect(pastedNotes("2026 was een jaar\n-5 graden\n– drie")).toEqual(["2026 was een jaar", "-5 graden", "drie"]);
  });
});
