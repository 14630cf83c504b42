import type { Runs } from "../../protocol.gen";
import {
  type Base,
  type Change,
  type Code,
  type Hello,
  type ID,
  limits,
  type NoteText,
  type Op,
  type Own,
  type Refused,
  type ServerFrame,
  type Submit,
  type WriterInfo,
} from "../../protocol.gen";
import { apply, maxRuns, transform } from "../../text";
import { viewChanges } from "../unfold";
import { Copy } from "../view";
import { boardID, meID, numbered } from "./table";

interface Logged {
  writer: ID | "";
  n: number;
  op: Op;
}

/** What a board knows of a writer: what stands under each of its numbers, and what became of it. */
interface Known {
  ops: string[];
  outcomes: (Code | undefined)[];
}

/** The board's state, with the few rules that a client's core depends on. */
class Board {
  readonly copy = new Copy();
  readonly writers = new Map<ID, Known>();
  readonly #edits = new Map<ID, { base: ID; rev: ID; runs: Runs }[]>();
  readonly #taken = new Set<ID>();

  /** Applies what is logged; returns the code of what did nothing, and what became another. */
  apply({ writer, n, op }: Logged): { code?: Code; changes: Change[] } {
    if (writer === "") return this.#do(op);
    const known = this.writers.get(writer) ?? { ops: [], outcomes: [] };
    this.writers.set(writer, known);
    if (n === 0) return { changes: [] }; // it was registered
    if (n > known.ops.length + 1) return { code: "gap", changes: [] };
    const spelled = JSON.stringify(op);
    if (n <= known.ops.length) {
      if (known.ops[n - 1] !== spelled) return { code: "conflict", changes: [] };
      const code = known.outcomes[n - 1];
      return code === undefined ? { changes: [] } : { code, changes: [] };
    }
    const done = this.#do(op);
    known.ops.push(spelled);
    known.outcomes.push(done.code);
    return done;
  }

  #do(op: Op): { code?: Code; changes: Change[] } {
    switch (op.kind) {
      case "note.create": {
        if (this.#taken.has(op.note)) return { code: "taken", changes: [] };
        this.#taken.add(op.note);
        const { kind: _, note: id, ...members } = op;
        return this.#changed({ note: { id, ...members } });
      }
      case "note.text":
        return this.#text(op);
      case "void":
        return { code: "void", changes: [] };
      default:
        return { code: "missing", changes: [] };
    }
  }

  #text(op: NoteText): { code?: Code; changes: Change[] } {
    const note = this.copy.notes.get(op.note);
    if (note === undefined || note.rev === "") return { code: "missing", changes: [] };
    if (this.#taken.has(op.rev)) return { code: "taken", changes: [] };
    const edits = this.#edits.get(op.note) ?? [];
    this.#edits.set(op.note, edits);
    let runs = op.runs;
    if (op.base !== note.rev) {
      const from = edits.findIndex((e) => e.base === op.base);
      if (from < 0) return { code: "stale", changes: [] };
      try {
        for (const e of edits.slice(from)) runs = transform(runs, e.runs);
      } catch {
        return { code: "text_range", changes: [] };
      }
    }
    if (runs.length > maxRuns) return { code: "stale", changes: [] };
    try {
      apply(note.text, runs);
    } catch {
      return { code: "text_range", changes: [] };
    }
    this.#taken.add(op.rev);
    const edit = { base: note.rev, rev: op.rev, runs };
    edits.push(edit);
    return this.#changed({ note: { id: op.note, edit } });
  }

  #changed(change: Change): { changes: Change[] } {
    this.copy.fold(change);
    return { changes: [change] };
  }
}

/** One connection: what is on its way up and down, and what it was told. */
export class WallConn {
  writer: ID | "" = "";
  up: string[] = [];
  down: (string | Base)[] = [];
  acked = 0;
  saved = 0;
  live = false;
  block = 0;

  tell(f: ServerFrame): void {
    this.down.push(JSON.stringify(f));
  }
}

/** A server in memory: one board, its log and its connections, moved step by step. It loses what a test wants lost. */
export class Wall {
  board = new Board();
  log: Logged[] = [];
  /** entries of the log that are durable */
  saved = 0;
  /** the door is closed */
  notNow = false;
  readonly newID = numbered("w");
  readonly #conns = new Set<WallConn>();
  readonly #secrets = new Map<string, ID>();
  readonly #told = new Map<string, number>();
  /** names this history in positions; another after every rewind */
  #history = "h0";

  connect(): WallConn {
    const c = new WallConn();
    this.#conns.add(c);
    return c;
  }

  disconnect(c: WallConn): void {
    this.#conns.delete(c);
  }

  /** Orders an op, applies it, and tells everyone. */
  append(writer: ID | "", n: number, op: Op): Code | undefined {
    const entry = { writer, n, op };
    const { code, changes } = this.board.apply(entry);
    if (code !== "gap") this.log.push(entry);
    if (changes.length > 0) {
      const f: ServerFrame = { type: "changes", seq: this.log.length, at: this.#at(), time: 0, changes };
      for (const c of this.#conns) if (c.live) c.tell(f);
    }
    return code;
  }

  #at(): string {
    const at = `${this.#history}/${this.log.length}`;
    this.#told.set(at, this.log.length);
    return at;
  }

  /** Handles the oldest frame that a connection sent. */
  take(c: WallConn): void {
    const f = JSON.parse(c.up.shift() ?? "null");
    if (f.type === "hello") this.#hello(c, f);
    else if (f.type === "submit") this.#submit(c, f);
    else if (f.type === "ping") {
      if (f.at !== undefined && !this.#knows(f.at)) this.#rewind(c);
      c.tell({ type: "pong", time: 0 });
    }
  }

  #hello(c: WallConn, f: Hello): void {
    let secret: string | undefined;
    if (f.writer === undefined) {
      secret = `secret${this.#secrets.size}`;
      this.#secrets.set(secret, this.newID());
    }
    c.writer = this.#secrets.get(secret ?? f.writer ?? "") ?? "";
    if (secret !== undefined) this.append(c.writer, 0, { kind: "void" });
    if (!this.#welcome(c, secret, f.at)) unknown(c);
  }

  #welcome(c: WallConn, secret?: string, at?: string): boolean {
    const known = c.writer === "" ? undefined : this.board.writers.get(c.writer);
    if (known === undefined || c.writer === "") return false;
    const writer: WriterInfo = { id: c.writer, last: known.ops.length };
    if (secret !== undefined) writer.secret = secret;
    const told = { ...limitsTold, outstanding: 8 };
    const welcome = { type: "welcome", version: 1, board: boardID, me: meID, role: "contributor", time: 0 } as const;
    c.live = true;
    const from = at !== undefined && this.#knows(at) ? this.#told.get(at) : undefined;
    if (from !== undefined) {
      c.tell({ ...welcome, writer, limits: told });
      const changes = this.#since(from);
      if (changes.length > 0) c.tell({ type: "changes", seq: this.log.length, at: this.#at(), time: 0, changes });
      return true;
    }
    const parts = this.#base();
    c.tell({ ...welcome, writer, limits: told, base: parts.length });
    c.down.push(...parts);
    return true;
  }

  /** The whole state in parts of at most three changes. */
  #base(): Base[] {
    const all = viewChanges(this.board.copy);
    const of = Math.max(1, Math.ceil(all.length / 3));
    return Array.from({ length: of }, (_, i) => ({
      part: i + 1,
      of,
      seq: this.log.length,
      changes: all.slice(3 * i, 3 * i + 3),
      ...(i + 1 === of && { at: this.#at() }),
    }));
  }

  /** Replays the log to tell what came after its first entries. */
  #since(from: number): Change[] {
    const again = new Board();
    return this.log.flatMap((entry, i) => {
      const { changes } = again.apply(entry);
      return i < from ? [] : changes;
    });
  }

  #knows(at: string): boolean {
    const n = this.#told.get(at);
    return n !== undefined && at === `${this.#history}/${n}`;
  }

  #submit(c: WallConn, f: Submit): void {
    if (!c.live || (c.block !== 0 && f.n > c.block)) return;
    c.block = 0;
    const refused: Refused[] = [];
    for (const [i, op] of f.ops.entries()) {
      const n = f.n + i;
      if (this.notNow) {
        c.block = n;
        c.tell({ type: "notnow", n, code: "busy", message: "", retry: 50 });
        break;
      }
      const code = this.append(c.writer, n, op);
      if (code !== "gap") c.acked = Math.max(c.acked, n);
      if (code !== undefined) refused.push({ n, code });
    }
    const own: Own = { type: "own", acked: c.acked, saved: c.saved };
    c.tell(refused.length > 0 ? { ...own, refused } : own);
  }

  /** Makes the log durable. */
  save(): void {
    this.saved = this.log.length;
    for (const c of this.#conns) {
      const last = c.writer === "" ? 0 : (this.board.writers.get(c.writer)?.ops.length ?? 0);
      if (!c.live || last <= c.saved) continue;
      c.saved = last;
      c.tell({ type: "own", saved: last });
    }
  }

  /** Loses all but the first entries. */
  rewind(to: number): void {
    this.log = this.log.slice(0, to);
    this.saved = Math.min(this.saved, to);
    this.board = new Board();
    for (const entry of this.log) this.board.apply(entry);
    this.#history = `h${this.#told.size}.${to}`;
    for (const c of this.#conns) if (c.live) this.#rewind(c);
  }

  #rewind(c: WallConn): void {
    c.acked = c.saved = c.block = 0;
    c.tell({ type: "rewind", code: "rewound", message: "" });
    if (!this.#welcome(c)) unknown(c);
  }
}

function unknown(c: WallConn): void {
  c.live = false;
  c.tell({ type: "bye", code: "writer_unknown", close: 4007, message: "", retry: 1 });
}

const limitsTold = {
  frame: limits.maxFrame,
  ops: 0,
  burst: 0,
  signals: 40,
  outstanding: 0,
  objects: 0,
  noteText: limits.maxNoteText,
};
