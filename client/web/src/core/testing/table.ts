import { expect } from "vitest";
import {
  type Base,
  type Bye,
  type Changes,
  type ClientFrame,
  type Code,
  type Hello,
  type ID,
  limits,
  type NoteChange,
  type NoteText,
  type Op,
  type Own,
  type Runs,
  type ServerFrame,
  type WriterInfo,
} from "../../protocol.gen";
import { Core, type CoreOptions, type Notice, type Output, type Ticket } from "../index";

/** The id of a name, so that tests read. */
export function ident(name: string): ID {
  return `${name.padEnd(21, "_")}A` as ID;
}

export const boardID = ident("board");
export const meID = ident("me");
export const writerID = ident("writer");
export const noteID = ident("note");
export const rev0 = ident("rev0");

export const title = (s: string): Op => ({ kind: "cluster.rename", cluster: noteID, title: s });

export function newNote(note: ID, rev: ID, text: string): Op {
  return { kind: "note.create", note, x: 0, y: 0, w: limits.minSize, h: limits.minSize, text, rev };
}

/** A source of ids that are the same in every run. */
export function numbered(prefix: string): () => ID {
  let n = 0;
  return () => ident(`${prefix}${++n}`);
}

/** A Core on a scripted connection: the test says what the server sends. */
export class Table {
  readonly core: Core;
  now = 1_000_000;
  sent: ClientFrame[] = [];
  told: Notice[] = [];
  folded: Output["changes"][] = [];
  /** the core hung up */
  bye = false;

  constructor(options: Partial<CoreOptions> = {}) {
    this.core = new Core({ token: "token", newID: numbered("r"), random: () => 0.5, ...options });
  }

  start(): void {
    this.core.start(this.now);
    this.take();
  }

  take(): Output {
    const out = this.core.take(this.now);
    this.sent.push(...out.frames);
    this.told.push(...out.notices);
    if (out.changes === "all" || out.changes.length > 0) this.folded.push(out.changes);
    this.bye = out.hangup;
    return out;
  }

  get(...frames: ServerFrame[]): void {
    for (const f of frames) {
      this.core.receive(JSON.stringify(f), this.now);
      this.take();
    }
  }

  welcome(writer: WriterInfo, base: number, noteText = 100): void {
    const told = { frame: limits.maxFrame, ops: 0, burst: 0, signals: 40, outstanding: 0, objects: 0, noteText };
    const welcome = { type: "welcome", version: 1, board: boardID, me: meID, role: "contributor", time: 0 } as const;
    this.get({ ...welcome, writer, limits: told, ...(base > 0 && { base }) });
  }

  /** The whole state, in one part: one note. */
  base(at: string, text: string, rev = rev0): void {
    const part: Base = { part: 1, of: 1, seq: 5, at, changes: [{ note: { id: noteID, text, rev } }] };
    this.core.receiveBase(part, this.now);
    this.take();
  }

  changed(at: string, ...notes: Omit<NoteChange, "id">[]): void {
    this.get(changesOf(6, at, ...notes));
  }

  arrives(base: ID, rev: ID, runs: Runs): void {
    this.changed("h/6", { edit: { base, rev, runs } });
  }

  own(acked: number, saved: number, refused: Record<number, Code> = {}): void {
    const list = Object.entries(refused).map(([n, code]) => ({ n: Number(n), code }));
    const own: Own = { type: "own" };
    if (acked > 0) own.acked = acked;
    if (saved > 0) own.saved = saved;
    if (list.length > 0) own.refused = list;
    this.get(own);
  }

  rewind(): void {
    this.get({ type: "rewind", code: "rewound", message: "" });
  }

  submit(op: Op): Ticket {
    const ticket = this.core.submit(op);
    this.take();
    return ticket;
  }

  giveUp(ticket: Ticket): void {
    expect(this.core.giveUp(ticket)).toBe(true);
    this.take();
  }

  type(was: string, now: string, shown = now, caret?: number): void {
    expect(this.core.type(noteID, was, now, caret)).toBe(shown);
    this.take();
  }

  pass(ms: number): void {
    this.now += ms;
    this.take();
  }

  /** The connection ends; returns in how many milliseconds to come back. */
  drop(): number {
    const when = this.core.closed({}, this.now);
    this.take();
    expect(when).toBeDefined();
    return (when ?? 0) - this.now;
  }

  hello(): Hello {
    const hello = this.sent.find((f) => f.type === "hello");
    if (hello === undefined) throw new Error("no hello was sent");
    return hello;
  }

  /** The number and kind of every op sent since the last call. */
  numbers(): string[] {
    const out = this.sent.flatMap((f) => (f.type === "submit" ? f.ops.map((op, i) => `${f.n + i} ${op.kind}`) : []));
    this.sent = [];
    return out;
  }

  /** The change of a text that is all that was sent. */
  noteText(): NoteText {
    const [f] = this.sent;
    const op = f?.type === "submit" ? f.ops[0] : undefined;
    if (this.sent.length !== 1 || op?.kind !== "note.text") throw new Error(`sent ${JSON.stringify(this.sent)}`);
    this.sent = [];
    return op;
  }

  notices<K extends Notice["kind"]>(kind: K): Extract<Notice, { kind: K }>[] {
    return this.told.filter((n): n is Extract<Notice, { kind: K }> => n.kind === kind);
  }

  get shown(): string | undefined {
    return this.core.text(noteID);
  }

  /** The note's text as the board has it. */
  get kept(): string | undefined {
    return this.core.view.notes.get(noteID)?.text;
  }
}

export function changesOf(seq: number, at: string, ...notes: Omit<NoteChange, "id">[]): Changes {
  const changes = notes.map((note) => ({ note: { id: noteID, ...note } }));
  return { type: "changes", seq, time: 0, changes, ...(at !== "" && { at }) };
}

export const unknownWriter: Bye = { type: "bye", code: "writer_unknown", close: 4007, message: "" };

/** A live connection of a new writer, on a board with one note. */
export function live(): Table {
  const b = new Table();
  b.start();
  b.welcome({ id: writerID, secret: "secret", last: 0 }, 1);
  b.base("h/5", "hello");
  b.sent = [];
  return b;
}
