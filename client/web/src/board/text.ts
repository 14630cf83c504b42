/**
 * How a text stands on a note. The canvas and the editor over it must agree, so both use the same font, the same line
 * height and the same breaks: after spaces, after a hyphen or dash between letters, at a soft hyphen, between ideographs. A
 * word wider than a line is hyphenated; anywhere else within a word only at the smallest size. Lengths are in board units.
 */

import { syllables } from "./syllables";

/** How a text stands on a note. */
export interface FittedText {
  size: number;
  lines: string[];
  /** the note's drawn height */
  height: number;
  /** not all of it is in `lines` */
  clipped: boolean;
}

/** Width of a text at a font size. */
export type Measure = (text: string, size: number) => number;

export const lineHeight = 1.24;
const sizes = [22, 20, 18, 16, 14] as const;
const smallest = 14;
/** a note whose text does not fit at the smallest size grows down by this */
const growStep = 22;
/** the pattern strip's part of the height */
export const stripPart = 0.068;

export const fontFamily = '"Inter Variable", Inter, system-ui, sans-serif';
export const noteFont = (size: number): string => `480 ${size}px ${fontFamily}`;

export const notePadding = (w: number): number => (w >= 150 ? 13 : 8);

/** Where the text stands within a note w wide and h high. */
export function noteTextBox(w: number, h: number): { x: number; y: number; w: number; h: number } {
  const pad = notePadding(w);
  const y = pad - 3;
  return { x: pad, y, w: Math.max(1, w - 2 * pad), h: Math.max(1, h - y - h * stripPart - 4) };
}

/** A part of a line that stays together; `gap` is the white space behind it, which may hang over the edge. */
interface Piece {
  word: string;
  gap: string;
  /** shown when the line ends here: the hyphen of a soft hyphen */
  end: string;
}

/** what a line may break before and after: ideographs, and emoji with all that belongs to them */
const emoji = "\\p{Extended_Pictographic}(?:\\ufe0f|[\\u{1f3fb}-\\u{1f3ff}])*";
const ideographs = "\\u2e80-\\u2fff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff00-\\uffef";
const alone = new RegExp(`${emoji}(?:\\u200d${emoji})*|[${ideographs}]`, "gu");
const exotic = /[\u2300-\uffff]|\p{Extended_Pictographic}/u;
const hyphen = /[^\s\-\u2010-\u2015][-\u2010\u2012-\u2014](?=\p{L})/gu;
let graphemes: Intl.Segmenter | undefined;

/** What a reader takes for letters, for words that must be broken. */
function lettersOf(word: string): string[] {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(graphemes.segment(word), (s) => s.segment);
}

interface Part {
  word: string;
  end: string;
}

/** Cuts a word after its hyphens, at its soft hyphens and around its ideographs. */
function partsOf(word: string): Part[] {
  const parts: Part[] = [];
  const softly = word.split("\u00ad");
  softly.forEach((soft, i) => {
    let from = 0;
    const add = (to: number, end = ""): void => {
      if (to > from || end) parts.push({ word: soft.slice(from, to), end });
      from = to;
    };
    const cuts = [...soft.matchAll(hyphen)].map((m) => m.index + m[0].length);
    if (exotic.test(soft)) for (const m of soft.matchAll(alone)) cuts.push(m.index, m.index + m[0].length);
    for (const cut of cuts.sort((a, b) => a - b)) add(cut);
    add(soft.length, i < softly.length - 1 ? "-" : "");
  });
  return parts;
}

/** a word with anything but letters and digits may have places to break */
const breakable = /[^a-z0-9\u00c0-\u024f.,:;!?()'"]/i;

function piecesOf(paragraph: string): Piece[] {
  const pieces: Piece[] = [];
  for (const m of paragraph.matchAll(/([^ \t]*)([ \t]*)/g)) {
    const [whole, word = "", gap = ""] = m;
    if (!whole) continue;
    const parts = breakable.test(word) ? partsOf(word) : [{ word, end: "" }];
    parts.forEach((p, i) => {
      pieces.push({ word: p.word, end: p.end, gap: i === parts.length - 1 ? gap : "" });
    });
  }
  return pieces;
}

/** Sets texts with one measure, remembering widths. */
export class Typesetter {
  readonly #measure: Measure;
  readonly #widths = new Map<number, Map<string, number>>();
  readonly #fits = new Map<string, FittedText>();
  /** widths of letters at the smallest size by their UTF-16 unit, a little too wide; NaN: not measured */
  readonly #letters = new Float32Array(0x300).fill(Number.NaN);
  /** the paragraph that was cut last: it is tried at several sizes */
  #cut: { text: string; pieces: Piece[] } = { text: "", pieces: [] };

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  /** Forgets what was measured: the font is another now. */
  forget(): void {
    this.#widths.clear();
    this.#fits.clear();
    this.#letters.fill(Number.NaN);
  }

  width(text: string, size: number): number {
    const widths = this.#widths.get(size) ?? new Map<string, number>();
    this.#widths.set(size, widths);
    let width = widths.get(text);
    if (width === undefined) {
      width = this.#measure(text, size);
      if (widths.size > 20000) widths.clear();
      widths.set(text, width);
    }
    return width;
  }

  /**
   * Breaks a text into lines not wider than w. Undefined if it takes more than `most` lines or, unless words may be
   * broken, if a word is wider than w.
   */
  wrap(text: string, w: number, size: number, most: number, breakWords: boolean): string[] | undefined {
    const lines: string[] = [];
    for (const paragraph of text.split("\n")) {
      if (!this.#wrapParagraph(paragraph, w, size, most, breakWords, lines)) return undefined;
    }
    return lines.length > most ? undefined : lines;
  }

  #wrapParagraph(text: string, w: number, size: number, most: number, breakWords: boolean, lines: string[]): boolean {
    let line = "";
    let used = 0;
    let end = "";
    const close = (): void => {
      lines.push(line.trimEnd() + end);
      line = "";
      used = 0;
      end = "";
    };
    if (this.#cut.text !== text) this.#cut = { text, pieces: piecesOf(text) };
    for (const piece of this.#spread(this.#cut.pieces, w, size)) {
      const width = this.width(piece.word, size);
      const needed = width + (piece.end ? this.width(piece.end, size) : 0);
      if (used + needed > w && line !== "") close();
      if (lines.length > most) return false;
      if (width > w) {
        if (!breakWords) return false;
        for (const letter of lettersOf(piece.word)) {
          const one = this.width(letter, size);
          if (used + one > w && line !== "") close();
          line += letter;
          used += one;
          if (lines.length > most) return false;
        }
      } else {
        line += piece.word;
        used += width;
      }
      end = piece.end;
      if (piece.gap) {
        line += piece.gap;
        used += this.width(piece.gap, size);
        end = "";
      }
    }
    end = "";
    close();
    return true;
  }

  /** The pieces, with those that are wider than a line in their syllables. */
  *#spread(pieces: readonly Piece[], w: number, size: number): Iterable<Piece> {
    for (const piece of pieces) {
      const parts = this.width(piece.word, size) > w ? syllables(piece.word) : [];
      if (parts.length < 2) yield piece;
      else {
        for (const [i, word] of parts.entries()) {
          yield i < parts.length - 1 ? { word, gap: "", end: "-" } : { ...piece, word };
        }
      }
    }
  }

  /**
   * The drawn height of a note w wide and h high, without laying the text out if its letters alone say that it fits: a
   * board of thousands is measured at once, and most of its texts are short.
   */
  height(text: string, w: number, h: number): number {
    const box = noteTextBox(w, h);
    const rows = Math.floor(box.h / (smallest * lineHeight));
    const lines = this.#wrapLoosely(text, box.w);
    return lines <= rows ? h : this.fit(text, w, h).height;
  }

  /** The width of a letter by itself; kerning and rounding make no text 2 % wider than its letters. */
  #unitWidth(unit: number): number {
    const known = this.#letters[unit] as number;
    if (!Number.isNaN(known)) return known;
    const width = this.#measure(String.fromCharCode(unit), smallest) * 1.02;
    this.#letters[unit] = width;
    return width;
  }

  /** How many lines a text takes at the smallest size at most, by the widths of its letters; Infinity: it must be laid out. */
  #wrapLoosely(text: string, w: number): number {
    let lines = 1;
    let used = 0;
    let word = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      // Line ends, soft hyphens, marks and pairs are not worth their own rules here.
      if (unit < 0x20 || unit === 0xad || unit >= 0x300) return Infinity;
      const width = this.#unitWidth(unit);
      if (unit !== 0x20) {
        word += width;
        if (word > w) return Infinity;
        if (used + word <= w) continue;
        lines++;
        used = 0;
      } else {
        used += word + width;
        word = 0;
      }
    }
    return lines;
  }

  /** Fits a text on a note w wide and h high. */
  fit(text: string, w: number, h: number): FittedText {
    const key = `${w} ${h} ${text}`;
    const known = this.#fits.get(key);
    if (known) return known;
    if (this.#fits.size > 8000) this.#fits.clear();
    const fitted = this.#fit(text, w, h);
    this.#fits.set(key, fitted);
    return fitted;
  }

  #fit(text: string, w: number, h: number): FittedText {
    const linesIn = (height: number, size: number): number =>
      Math.floor(noteTextBox(w, height).h / (size * lineHeight) + 0.02);
    const width = noteTextBox(w, h).w;
    for (const size of sizes) {
      const lines = this.wrap(text, width, size, linesIn(h, size), false);
      if (lines) return { size, lines, height: h, clipped: false };
    }
    const tallest = 2 * h;
    const all = this.wrap(text, width, smallest, linesIn(tallest, smallest), true);
    if (all) {
      let height = h;
      while (linesIn(height, smallest) < all.length) height = Math.min(tallest, height + growStep);
      return { size: smallest, lines: all, height, clipped: false };
    }
    // One line is left for the words that open the rest.
    const room = Math.max(1, linesIn(tallest, smallest) - 1);
    return { size: smallest, lines: this.#first(text, width, room), height: tallest, clipped: true };
  }

  /** The first lines of a text that has more. */
  #first(text: string, w: number, room: number): string[] {
    const lines: string[] = [];
    for (const paragraph of text.split("\n")) {
      if (!this.#wrapParagraph(paragraph, w, smallest, room, true, lines)) break;
      if (lines.length >= room) break;
    }
    return lines.slice(0, room);
  }
}

let shared: Typesetter | undefined;

/** Sets the measure all texts are laid out with, instead of the canvas's. */
export function useMeasure(measure: Measure): void {
  shared = new Typesetter(measure);
}

/** The page's typesetter; its measure is the canvas's, without rounding to whole pixels, so that it holds at every zoom. */
export function typesetter(): Typesetter {
  if (!shared) useMeasure(canvasMeasure());
  return shared as Typesetter;
}

function canvasMeasure(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) throw new Error("no 2d canvas");
  context.textRendering = "geometricPrecision";
  let set = 0;
  return (text, size) => {
    if (set !== size) {
      context.font = noteFont(size);
      set = size;
    }
    return context.measureText(text).width;
  };
}

/** Fits a text on a note w wide and h high (board units), as it is drawn. */
export const fitText = (text: string, w: number, h: number): FittedText => typesetter().fit(text, w, h);
