/**
 * The board as the page thinks of it: what is to be looked at ({@link Wall}), what a person can do ({@link Acts}), and what
 * follows from where things lie. No network, no clock of its own, no Svelte. Places and sizes are in 1/64 of a board unit.
 */
import type { Change, ID, Op, Ref } from "../protocol.gen";
import type { Area, Note, Session, Ticket, Touched, Unsubscribe, Wall } from "./types";

export type * from "./types";

/** What of the protocol's core a {@link LiveWall} is made from. */
export interface Source {
  readonly view: unknown;
  readonly me: Ref;
}

export interface Point {
  x: number;
  y: number;
}
export interface Box extends Point {
  w: number;
  h: number;
}

/** The live board: the copy, and on it what one did oneself and the board has not answered yet. */
export declare class LiveWall {
  /** `now` gives unix milliseconds, for when a note that waits was made */
  constructor(now?: () => number);
  /** Takes what became of the core: changes of its copy (or "all"), its pending ops, and notes that were typed in. */
  update(core: Source, changes: readonly Change[] | "all", typed?: Iterable<ID>): void;
}
/** The board at an earlier moment. */
export declare class PastWall {
  static at(changes: readonly Change[]): PastWall;
  /** goes one moment on */
  apply(changes: readonly Change[]): void;
  /** becomes another moment */
  rebase(changes: readonly Change[]): void;
}
/** An entry of the board as REST tells of it. */
export interface Step {
  seq: number;
  time: number;
  by: Ref;
  kind: string;
  code?: string;
  changes: Change[];
}
export interface Loader {
  state(seq: number): Promise<{ seq: number; changes: Change[] }>;
  changes(from: number): Promise<{ entries: Step[]; next?: number }>;
}
/** Looking back: a clock that walks through a board's entries. */
export declare class Player {
  constructor(load: Loader, frame?: (run: (now: number) => void) => void);
  readonly wall: Wall;
  /** all that happened, oldest first, as far as it is loaded */
  readonly steps: readonly Step[];
  /** the number of the last entry that the wall shows */
  readonly seq: number;
  /** unix ms that the wall shows */
  readonly time: number;
  readonly playing: boolean;
  readonly speed: number;
  skipSilence: boolean;
  open(): Promise<void>;
  seek(seq: number): Promise<void>;
  seekTime(time: number): Promise<void>;
  next(): Promise<void>;
  previous(): Promise<void>;
  play(speed?: number): void;
  pause(): void;
  histogram(bins: number): number[];
  subscribe(listener: () => void): Unsubscribe;
}

export type PlaceTarget = { ring: ID } | { cluster: ID } | { beside: ID };
/** What a person does, as ops. Several objects are one batch, so one undo step. */
export declare class Acts {
  constructor(session: Session);
  newNote(at: { x: number; y: number; w?: number; h?: number; text?: string; colour?: number; cluster?: ID }): ID;
  moveNotes(to: ReadonlyMap<ID, Point>): void;
  resize(note: ID, box: Box): void;
  recolour(notes: Iterable<ID>, colour: number): void;
  tag(note: ID, tags: readonly string[]): void;
  duplicate(notes: Iterable<ID>, offset?: Point): ID[];
  front(ids: Iterable<ID>): void;
  back(ids: Iterable<ID>): void;
  remove(notes: Iterable<ID>): void;
  restore(notes: Iterable<ID>): void;
  cluster(notes: Iterable<ID>, title?: string): ID;
  rename(cluster: ID, title: string): void;
  moveCluster(cluster: ID, dx: number, dy: number): void;
  assign(cluster: ID, notes: Iterable<ID>): void;
  free(notes: Iterable<ID>): void;
  merge(into: ID, from: ID): void;
  dissolve(cluster: ID): void;
  place(notes: Iterable<ID>, target: PlaceTarget): void;
  connect(from: ID, to: ID, label?: string): ID;
  label(connector: ID, label: string): void;
  removeObjects(ids: Iterable<ID>): void;
  frame(box: Box, title?: string): ID;
  target(centre: Point, rings: readonly { label: string; size: number }[], title?: string): ID;
  titleArea(area: ID, title: string): void;
  moveArea(area: ID, to: Point): void;
  resizeFrame(area: ID, box: Box): void;
  setRings(area: ID, rings: readonly { id?: ID; label: string; size: number }[]): void;
  addPerspective(label: string, pair?: { colour?: number; pattern?: number; after?: ID }): ID;
  renamePerspective(perspective: ID, label: string): void;
  recolourPerspective(perspective: ID, colour: number, pattern: number): void;
  title(title: string): void;
  question(question: string): void;
  language(language: string): void;
  background(background: "dots" | "lines" | "plain"): void;
  renameMe(name: string): void;
  colourMe(colour: number): void;
  perspectiveMe(perspective: Ref): void;
  renamePerson(person: ID, name: string): void;
  perspectiveOfPerson(person: ID, perspective: Ref): void;
  removePerson(person: ID): void;
}
/** Gives a board without areas its target, when its owner opens it first. Says whether it did. */
export declare function setUpBoard(session: Session, words: { core: string; further: string; title?: string }): boolean;

/** One's own acts, newest last, and what was taken back of them. */
export declare class UndoStack {
  /** `nameOf` says which number an op has now, undefined if it has none yet */
  constructor(nameOf: (ticket: Ticket) => { n: number; writer?: ID } | undefined);
  /** an own act was submitted */
  did(ticket: Ticket, op: Op): void;
  /** a person types in a note; the ops come later by `sent` */
  typed(note: ID): void;
  /** typing of a note was submitted under a ticket; `submit` is called if it was taken back already */
  sent(note: ID, ticket: Ticket, submit: (op: Op) => Ticket): void;
  /** the board did nothing of it */
  refused(ticket: Ticket): void;
  undo(submit: (op: Op) => Ticket): boolean;
  redo(submit: (op: Op) => Ticket): boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

/** the ring a point lies in, "" for none (O4) */
export declare function ringAt(wall: Pick<Wall, "areas">, x: number, y: number): Ref;
/** areas as they lie, the front one first */
export declare function areasFrontFirst(wall: Pick<Wall, "areas">): Readonly<Area>[];
/** convex hull around boxes with `air` around them (12 board units), clockwise */
export declare function hull(boxes: Iterable<Box>, air?: number): Point[];
/** the same, to be drawn: the corners cut into short lines of a circle of `radius` */
export declare function roundedHull(boxes: Iterable<Box>, air?: number, radius?: number): Point[];
export declare function bounds(boxes: Iterable<Box>): Box | undefined;
/** a free place near a wished one, on the 22 grid, beside notes and cluster titles */
export declare function freePlace(wall: Wall, near: Point, w: number, h: number, without?: ReadonlySet<ID>): Point;
/** the notes by cluster (top left one first), then by row and column; notes of no cluster last */
export declare function readingOrder(wall: Wall): ID[];
/** clusters as they are read */
export declare function clusterOrder(wall: Wall): ID[];
export type Direction = "left" | "right" | "up" | "down";
export declare function nearestNote(wall: Wall, from: ID, direction: Direction): ID | undefined;
/** where a moved box comes to lie against others, and the lines that say why */
export interface Snap {
  dx: number;
  dy: number;
  lines: { axis: "x" | "y"; at: number; from: number; to: number }[];
}
export declare function snap(moving: Box, others: Iterable<Box>, within: number): Snap;

export interface Face {
  colour: number;
  pattern: number;
  label: string;
  perspective: Ref;
}
/** by perspective; without one the note's own colour, and the pattern of the same number */
export declare function perspectiveOf(wall: Wall, note: Pick<Note, "perspective" | "colour">): Face;

export interface Found {
  kind: "note" | "cluster" | "area" | "participant";
  id: ID;
  text: string;
}
/** everything that has all words of the query, best first; upper case and accents do not matter */
export declare function search(wall: Wall, query: string, limit?: number): Found[];

export interface Counts {
  notes: number;
  byPerspective: Record<string, number>;
  byRing: Record<string, number>;
  cells: Record<string, Record<string, number>>;
}
export interface Tally {
  clusters: (Counts & { key: ID; title: string })[];
  unclustered: Counts;
  total: Counts;
}
export declare function tally(wall: Wall): Tally;
/** rings of all targets, front target first, smallest first */
export declare function ringsOf(wall: Wall): { id: ID; label: string; area: ID }[];

export interface OutcomeWords {
  cluster: string;
  unnamed: string;
  unclustered: string;
  total: string;
  notes: string;
  text: string;
  perspective: string;
  ring: string;
  author: string;
  tags: string;
  none: string;
  question: string;
}
export declare function outcomeMarkdown(wall: Wall, words: OutcomeWords): string;
/** RFC 4180 in UTF-8 with a byte order mark, one row a note, safe to open in a spreadsheet */
export declare function outcomeCSV(wall: Wall, words: OutcomeWords): string;

/** a fresh random id */
export declare function newID(): ID;
export declare function noChange(touched: Touched): boolean;
