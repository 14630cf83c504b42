/**
 * The board page's own state: what is selected, written, named and open. What the board itself holds is in the session's
 * wall and never copied here.
 */
import { createSubscriber } from "svelte/reactivity";
import type { BoardView, CameraPlace, Gestures, Tool } from "../../board";
import { Acts, freePlace, readingOrder } from "../../model";
import type { Note, Presence, Session, Touched, Wall } from "../../model/types";
import { prefs } from "../../net";
import { type ID, limits, type Op, type Signal } from "../../protocol.gen";
import type { Language } from "../../words";
import { t } from "../lang.svelte";
import { chooseLanguage } from "../theme.svelte";
import { say } from "../tree/announce";
import { TreeFocus } from "../tree/focus";
import type { Writing } from "./writing";

/** What lies open over the board; one at a time. */
export type Panel = "palette" | "search" | "keys" | "people" | "move" | "merge" | "tags" | "share" | "setup" | "leave";

export type View = "board" | "list";

/** Something that happened to notes, to be said where it happened, with a way back. */
export interface Aside {
  kind: "deleted" | "outside";
  /** of what is spoken */
  ids: readonly ID[];
  /** board units */
  x: number;
  y: number;
}

/** A note's usual side in board units. */
const noteSide = 176;
/** The air left between notes that are put in a row, board units. */
const noteGap = 12;

const { unit } = limits;

/** Below this zoom a note that is written in is shown larger than it lies, so that its letters can be read. */
export const writingZoom = 0.8;

export class Desk {
  readonly session: Session;
  readonly acts: Acts;
  readonly focus: TreeFocus;
  /** where the page wants to go: the list, the outcome, the past, home */
  readonly go: (to: Going) => void;

  view = $state.raw<BoardView>();
  gestures = $state.raw<Gestures>();
  /** objects of any kind */
  selection = $state.raw<ReadonlySet<ID>>(new Set());
  camera = $state.raw<CameraPlace>({ x: 0, y: 0, z: 1 });
  /** the selection is being put together with the space bar */
  gathering = false;
  tool = $state<Tool>("select");
  /** the note that is written in; `fresh`: it was made for that */
  writing = $state.raw<{ note: ID; fresh: boolean }>();
  /** the field that is open for it */
  editor: Writing | undefined;
  /** the cluster, area or connector whose words are being edited */
  naming = $state<ID>();
  panel = $state<Panel>();
  /** a text that the editor is to begin with, as if it was pasted there */
  pasted: string | undefined;
  /** the note that is read in full */
  reading = $state<ID>();
  aside = $state.raw<Aside>();
  /** whom one looks along with */
  following = $state<ID>();
  /** who of the list of people has the keyboard */
  person: ID | undefined;
  /** notes are in the hand */
  dragging = $state(false);
  minimap = $state(false);
  /** facilitators move targets and frames */
  arranging = $state(false);
  singleKeys = $state(prefs.get().singleKeys);
  /** where the pointer is over the canvas, 1/64 unit */
  pointer: { x: number; y: number } | undefined;
  /** puts the keyboard on the board */
  home: () => void = () => {};

  readonly #wallTouched: () => void;
  readonly #peopleTouched: () => void;
  readonly #coverTouched: () => void;
  readonly #presenceTouched: () => void;
  readonly #sessionTouched: () => void;

  constructor(session: Session, go: (to: Going) => void) {
    this.session = session;
    this.go = go;
    this.acts = new Acts(session);
    this.focus = new TreeFocus(session.wall, readingOrder);
    const wallWhen = (counts: (touched: Touched) => boolean) =>
      createSubscriber((update) => session.wall.subscribe((touched) => counts(touched) && update()));
    this.#wallTouched = wallWhen(() => true);
    this.#peopleTouched = wallWhen((t) => t.all || t.perspectives || t.participants.size > 0);
    this.#coverTouched = wallWhen((t) => t.all || t.cover);
    this.#presenceTouched = createSubscriber((update) => session.presence.subscribe(update));
    this.#sessionTouched = createSubscriber((update) => session.subscribe(update));
  }

  /** The wall, for who renders anew whenever anything on it changes. */
  get wall(): Wall {
    this.#wallTouched();
    return this.session.wall;
  }

  /** The wall for who reads its people, perspectives and roles alone. */
  get people(): Wall {
    this.#peopleTouched();
    return this.session.wall;
  }

  get cover(): Wall["cover"] {
    this.#coverTouched();
    return this.session.wall.cover;
  }

  get presence(): Presence {
    this.#presenceTouched();
    return this.session.presence;
  }

  /** The session, for who reads save, refusals and what can be undone. */
  get work(): Session {
    this.#sessionTouched();
    return this.session;
  }

  get role(): Wall["role"] {
    this.#sessionTouched();
    return this.people.role;
  }

  get canWrite(): boolean {
    const { kind } = this.work.save;
    return kind !== "watching" && kind !== "closed" && this.role !== "viewer" && this.role !== "none";
  }

  get leads(): boolean {
    return this.role === "facilitator" || this.role === "owner";
  }

  /** The selected notes, as they are read. */
  get notes(): ID[] {
    const { notes } = this.session.wall;
    return [...this.selection].filter((id) => notes.has(id));
  }

  get clusters(): ID[] {
    const { clusters } = this.session.wall;
    return [...this.selection].filter((id) => clusters.has(id));
  }

  /** What a command is about: the selection, or without one the note that has the keyboard. */
  get subject(): ID[] {
    const notes = this.notes;
    if (notes.length > 0) return notes;
    const { note } = this.focus;
    return note && this.selection.size === 0 && this.session.wall.notes.has(note) ? [note] : [];
  }

  get onlyNote(): Readonly<Note> | undefined {
    const [first, ...more] = this.subject;
    return first && more.length === 0 ? this.session.wall.notes.get(first) : undefined;
  }

  /** The one object a key is about: what has the keyboard, or what alone is selected. */
  get underKeys(): ID | undefined {
    if (this.focus.focused) return this.focus.focused.id;
    return this.selection.size === 1 ? [...this.selection][0] : undefined;
  }

  /** Adds a note to what is being gathered with the keyboard, or takes it out. */
  gather(note: ID): void {
    const next = new Set(this.gathering ? this.selection : []);
    if (!next.delete(note)) next.add(note);
    this.select(next);
    this.gathering = next.size > 0;
  }

  select(ids: Iterable<ID>): void {
    const next = new Set(ids);
    this.gathering = false;
    if (next.size > 0) this.aside = undefined;
    this.view?.select(next);
    this.selection = next;
    this.tell({ kind: "selection", objects: [...next].slice(0, limits.maxList) });
  }

  /** Selects, and gives the keyboard to the first of them. */
  hold(ids: readonly ID[]): void {
    this.select(ids);
    const [first] = ids;
    if (first) this.focus.focus(first);
  }

  /** Looks along with another from now on; without one, or with whom one follows already, no more. */
  follow(person?: ID): void {
    const before = this.following;
    this.following = person === before ? undefined : person;
    const name = this.session.wall.participants.get((this.following ?? before) as ID)?.name;
    if (name) say(t(this.following ? "wall.follow" : "wall.follow.stopped", { name }));
    if (!this.following) return;
    this.stopWriting();
    this.panel = undefined;
  }

  // ---- writing

  write(note: ID, fresh = false): void {
    if (!this.canWrite || !this.session.wall.notes.has(note)) return;
    if (this.writing && this.writing.note !== note) this.stopWriting();
    this.panel = undefined;
    this.naming = undefined;
    if (this.following) this.follow();
    this.writing = { note, fresh };
    this.select([note]);
    this.tell({ kind: "typing", objects: [note] });
  }

  /** Tells the others, as long as there is a way. */
  tell(signal: Signal): void {
    if (this.session.save.kind !== "closed") this.session.signal(signal);
  }

  /** Opens an object: a note to be written in or read, a cluster to be named. */
  open(id: ID): void {
    const { wall } = this.session;
    if (wall.clusters.has(id)) this.name(id);
    else if (!wall.notes.has(id)) return;
    else if (this.canWrite) this.write(id);
    else this.reading = id;
  }

  /**
   * What was typed is on its way already, but for a word that an input method was at; what the note cannot hold is kept
   * beside it. A new note that stayed empty goes again.
   */
  stopWriting(): void {
    const { writing: at, editor } = this;
    if (!at) return;
    const left = editor?.finish();
    if (left) this.session.keep(at.note, left.text, left.code);
    this.dropWriting();
    this.tell({ kind: "typing", objects: [] });
    const note = this.session.wall.notes.get(at.note);
    const unwritten = left !== undefined || (editor?.empty ?? true);
    if (at.fresh && unwritten && note?.text.trim() === "" && this.canWrite) {
      this.acts.remove([at.note]);
      this.select([]);
    }
  }

  /** Closes the editor; what is in it and not in the note goes. */
  dropWriting(): void {
    this.editor = undefined;
    this.writing = undefined;
  }

  /** A new note, centred at a place in 1/64 unit, and the caret in it. */
  create(x: number, y: number): void {
    if (!this.canWrite) return;
    const side = noteSide * unit;
    const note = this.acts.newNote({ x: Math.round(x - side / 2), y: Math.round(y - side / 2) });
    this.tool = "select";
    this.write(note, true);
  }

  /** A new note where one looks: at the pointer, or in the middle of what is seen; not on top of another. */
  createHere(): void {
    const { view } = this;
    const middle = view?.boardOf(view.width / 2, view.height / 2) ?? { x: 0, y: 0 };
    const at = this.pointer ?? { x: middle.x * unit, y: middle.y * unit };
    this.#createNear({ x: at.x - (noteSide * unit) / 2, y: at.y - (noteSide * unit) / 2 });
  }

  /** A note of what was pasted on the board, open, so that it can be cut into several. */
  paste(text: string): void {
    this.createHere();
    this.pasted = text;
  }

  /** The next note, beside the one that was written in. */
  createBeside(note: ID): void {
    const from = this.session.wall.notes.get(note);
    if (from) this.#createNear({ x: from.x + from.w + noteGap * unit, y: from.y });
    else this.createHere();
  }

  #createNear(near: { x: number; y: number }): void {
    if (!this.canWrite) return;
    const side = noteSide * unit;
    const at = freePlace(this.session.wall, near, side, side);
    const note = this.acts.newNote({ x: Math.round(at.x), y: Math.round(at.y) });
    this.write(note, true);
    this.show([note]);
  }

  /** Brings objects into view, clear of the bars and islands, moving the camera as little as will do. */
  show(ids: Iterable<ID>): void {
    this.view?.reveal(ids, { top: 24, right: 24, bottom: 108, left: 24 });
  }

  // ---- what selected notes can be made to do

  remove(ids: readonly ID[]): void {
    if (!this.canWrite || ids.length === 0) return;
    const notes = ids.filter((id) => this.session.wall.notes.has(id));
    const said = notes.length > 0 && this.beside("deleted", notes);
    if (this.writing && ids.includes(this.writing.note)) this.dropWriting();
    this.acts.removeObjects(ids);
    this.select([]);
    if (said) this.aside = said;
    this.home();
  }

  /** Deleted notes as they were. */
  bringBack(notes: readonly ID[]): void {
    this.acts.restore(notes);
    this.hold(notes.filter((id) => this.session.wall.notes.has(id)));
  }

  /** Something to say about notes, in the middle of them. */
  beside(kind: Aside["kind"], ids: readonly ID[]): Aside | undefined {
    const box = this.boxAround(ids);
    const at = box && this.view?.boardOf(box.x + box.w / 2, box.y + (kind === "deleted" ? box.h / 2 : box.h + 28));
    return at && { kind, ids, x: at.x, y: at.y };
  }

  /** A cluster of the subject, and its name to be typed. */
  cluster(ids = this.subject): void {
    if (!this.canWrite || ids.length < 2) return;
    this.nameNew(this.acts.cluster(ids));
  }

  /** A cluster was just made: its name is what one types next. */
  nameNew(cluster: ID): void {
    this.select([cluster]);
    this.focus.focus(cluster);
    this.name(cluster);
  }

  name(id: ID): void {
    if (!this.canWrite) return;
    this.stopWriting();
    this.panel = undefined;
    if (this.following) this.follow();
    this.naming = id;
    if (this.session.wall.clusters.has(id)) this.tell({ kind: "typing", objects: [id] });
  }

  stopNaming(): void {
    if (!this.naming) return;
    this.naming = undefined;
    this.tell({ kind: "typing", objects: [] });
  }

  /** Where an object is drawn, CSS px of the canvas; a connector is where its middle is. */
  boxOf(id: ID): { x: number; y: number; w: number; h: number } | undefined {
    const connector = this.session.wall.connectors.get(id);
    if (!connector) return this.view?.boxOf(id);
    const from = this.view?.boxOf(connector.from);
    const to = this.view?.boxOf(connector.to);
    const middle = (a: number, b: number, c: number, d: number) => (a + b / 2 + c + d / 2) / 2;
    return from && to && { x: middle(from.x, from.w, to.x, to.w), y: middle(from.y, from.h, to.y, to.h), w: 0, h: 0 };
  }

  /** The box around objects as they are drawn, CSS px of the canvas. */
  boxAround(ids: Iterable<ID>): { x: number; y: number; w: number; h: number } | undefined {
    let left = Number.POSITIVE_INFINITY;
    let top = Number.POSITIVE_INFINITY;
    let right = Number.NEGATIVE_INFINITY;
    let bottom = Number.NEGATIVE_INFINITY;
    for (const id of ids) {
      const box = this.boxOf(id);
      if (!box) continue;
      left = Math.min(left, box.x);
      top = Math.min(top, box.y);
      right = Math.max(right, box.x + box.w);
      bottom = Math.max(bottom, box.y + box.h);
    }
    return left <= right ? { x: left, y: top, w: right - left, h: bottom - top } : undefined;
  }

  /** Copies of notes at these places, 1/64 unit; they are what is selected then. */
  copyTo(to: ReadonlyMap<ID, { x: number; y: number }>): void {
    const ids = [...to.keys()];
    const [first] = ids;
    const from = first && this.session.wall.notes.get(first);
    const at = first && to.get(first);
    if (!from || !at) return;
    this.hold(this.acts.duplicate(ids, { x: at.x - from.x, y: at.y - from.y }));
  }

  /** Several ops as one act, so that one undo takes all of it back. */
  together(ops: Op[]): void {
    const [only] = ops;
    if (!only) return;
    this.session.do(ops.length === 1 ? only : { kind: "batch", ops });
  }

  /** Moves what is selected by a way in board units. */
  nudge(dx: number, dy: number): void {
    if (!this.canWrite) return;
    const { wall } = this.session;
    for (const id of this.clusters) this.acts.moveCluster(id, dx * unit, dy * unit);
    const loose = this.subject.map((id) => wall.notes.get(id)).filter((n): n is Note => n !== undefined);
    const to = new Map(loose.map((n) => [n.id, { x: n.x + dx * unit, y: n.y + dy * unit }]));
    if (to.size > 0) this.acts.moveNotes(to);
    this.show(this.selection);
  }

  /** Esc: stop writing, then deselect, then close. False when there is nothing left to leave. */
  escape(): boolean {
    if (this.gestures?.cancel()) return true;
    if (this.writing) this.stopWriting();
    else if (this.naming) this.stopNaming();
    else if (this.panel) this.panel = undefined;
    else if (this.following) this.follow();
    else if (this.tool !== "select") this.tool = "select";
    else if (this.selection.size > 0) this.select([]);
    else if (this.arranging) this.arranging = false;
    else if (this.focus.focused) this.focus.focus(undefined);
    else return false;
    this.home();
    return true;
  }

  speak(language: Language): void {
    chooseLanguage(language);
  }

  destroy(): void {
    this.stopWriting();
    this.focus.destroy();
  }
}

/** Where the page may go from the board. */
export type Going = "board" | "list" | "outcome" | "past" | "show" | "home";
