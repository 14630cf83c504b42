/**
 * The words between the canvas and the page. Two kinds of lengths cross this border: what a person looks at (camera,
 * screen places, boxes to lay something over) is in board units or CSS pixels; what changes the wall (handlers) is in
 * whole 1/64 units, ready for an op or a signal.
 */
import type { ID, Ref, Role } from "../protocol.gen";

/** A place; the unit is said where it is used. */
export interface Place {
  x: number;
  y: number;
}

/** A rectangle by its left top; the unit is said where it is used. */
export interface Box extends Place {
  w: number;
  h: number;
}

/** What is shown: the board place (board units) at the left top of the canvas and how large a unit is (CSS px). */
export interface CameraPlace extends Place {
  z: number;
}

export type Corner = "nw" | "ne" | "se" | "sw";

/** What lies under a point, topmost first. */
export type Hit =
  | { kind: "none" }
  | { kind: "note"; id: ID }
  /** the words under a text that does not fit */
  | { kind: "readAll"; id: ID }
  | { kind: "handle"; id: ID; corner: Corner }
  | { kind: "title"; id: ID }
  /** of a cluster: on its line, or in the empty space within */
  | { kind: "hull"; id: ID; edge: boolean }
  | { kind: "connector"; id: ID }
  /** the line or label of a target's ring; only when areas may be arranged */
  | { kind: "ring"; area: ID; ring: ID }
  /** the edge or title of a frame, the core line of a target; only when areas may be arranged */
  | { kind: "area"; id: ID };

/** The words the canvas itself writes, in the person's language. */
export interface BoardWords {
  unnamed: string;
  readAll: string;
  /** beside the name of who types */
  typing: string;
  /** on the label of a ring under a dragged note */
  inRing(label: string, innermost: boolean): string;
  /** in a hull over which notes are held */
  joins: string;
  /** instead of so many pointers */
  crowd(count: number): string;
}

export interface BoardOptions {
  words: BoardWords;
  /** "past" is sepia and flat, without hands */
  look?: "live" | "past";
  /** default: what the device asks for (prefers-reduced-motion) */
  reducedMotion?: boolean;
  /** default: what the device asks for (forced-colors) */
  forcedColours?: boolean;
  /** whether frames and targets can be grabbed; targets are locked by default */
  arrange?: boolean;
  /** whether notes can be grabbed; handles and lifting depend on it */
  edit?: boolean;
  /** others' pointers: all, as the crowd rules say (default), or none */
  cursors?: "auto" | "all" | "none";
  /** device pixels per CSS pixel; default: the window's */
  dpr?: number;
}

/** What a person may have under the pointer while dragging. */
export interface Over {
  ring: Ref;
  cluster: Ref;
  /** a note under the pointer for 400 ms */
  note: Ref;
}

export type Tool = "select" | "hand" | "note" | "connect";

/** auto: by the kind of wheel; zoom: a mouse's wheel zooms; pan: every wheel pans (ctrl and pinch always zoom) */
export type WheelMode = "auto" | "zoom" | "pan";

/**
 * What a person means, told by {@link Gestures}. All are optional: what is missing cannot be done. Places and sizes are
 * in 1/64 unit.
 */
export interface Handlers {
  /** the selection to be: `add` says to add or, for one that is in it, take away */
  select?(ids: readonly ID[], add: boolean): void;
  /** to write in a note */
  open?(note: ID): void;
  /** to read a text that does not fit */
  readAll?(note: ID): void;
  /** a new note with its centre here */
  create?(x: number, y: number): void;
  /** dropped: the new left tops */
  move?(to: ReadonlyMap<ID, Place>): void;
  /** Alt held at the drop: copies at these left tops */
  copyDrag?(to: ReadonlyMap<ID, Place>): void;
  /** held, at most 20 times a second; `over` is what they would fall on. Undefined when they are let go. */
  dragging?(to: ReadonlyMap<ID, Place> | undefined, over: Over): void;
  /** dropped within a cluster's hull; comes after move */
  dropOnCluster?(ids: readonly ID[], cluster: ID): void;
  /** dropped outside the hull of the cluster they belong to; comes after move */
  dropOutside?(ids: readonly ID[]): void;
  /** dropped on a note that was held under the pointer for 400 ms; comes instead of move; `to` is where they were let go */
  dropOnNote?(ids: readonly ID[], onto: ID, to: ReadonlyMap<ID, Place>): void;
  resize?(note: ID, box: Box): void;
  /** a cluster dragged by its title or line */
  moveCluster?(cluster: ID, dx: number, dy: number): void;
  /** the title of a cluster is to be edited */
  rename?(cluster: ID): void;
  moveArea?(area: ID, to: Place): void;
  resizeArea?(area: ID, box: Box): void;
  resizeRing?(area: ID, ring: ID, size: number): void;
  renameArea?(area: ID): void;
  connect?(from: ID, to: ID): void;
  label?(connector: ID): void;
  /** the pointer over the board, for others to see; undefined when it left */
  pointer?(at: Place | undefined): void;
  /** the right button or a long press in place; `at` in CSS px of the element */
  menu?(hit: Hit, at: Place): void;
  /** the tool made what it makes and is done */
  toolDone?(): void;
}

/** People close together when there are too many to draw one by one; place in board units. */
export interface Crowd extends Place {
  count: number;
}

/** Whose board it is, for what may be grabbed. */
export const arranges = (role: Role): boolean => role === "facilitator" || role === "owner";
