// A client of the Denkwand protocol for Node 20 without any dependency, written from SPEC.md alone: what it needs to
// know and the text does not say is a defect of the text. Rules are cited by their ids. The wall's own clients are
// elsewhere; this one takes commands on stdin, one JSON object a line, and answers each on stdout. A test drives it:
//
//	node --experimental-websocket client.mjs              play
//	node client.mjs --vectors board/testdata/vectors      hold the text rules against the shared vectors

import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { Text, apply, compose } from "./text.mjs";
import { vectors } from "./vectors.mjs";

const id = () => randomBytes(16).toString("base64url"); // F4

/** One person with one writer on one board: a copy of the board, an outbox and, while there is one, a connection. */
class Client {
  outbox = []; // {n, op}, ascending; what is not both acked and saved (W3)
  next = 1; // number of the next op (W2)
  copy = new Map(); // "note/<id>" → fields, as the server told them
  texts = new Map(); // note id → Text, for notes edited here
  told = []; // what a person would be told: refusals, rewinds, byes
  tries = 0; // connections in a row that failed (C10)
  woken = new Set();

  /** Makes a person of a link (J1). */
  async join(link, name) {
    const url = new URL(link);
    [this.origin, this.board] = [url.origin, url.pathname.split("/").at(-1)];
    const answer = await fetch(`${this.origin}/api/v1/boards/${this.board}/join`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ secret: url.hash.slice(1), name }),
    });
    if (!answer.ok) throw new Error(`join: ${answer.status} ${await answer.text()}`);
    const { token, participant, role } = await answer.json();
    Object.assign(this, { token, me: participant, role });
    return { token, me: participant, role, board: this.board };
  }

  /** Opens a connection and keeps one open until a bye forbids it (C9). */
  connect() {
    const url = `${this.origin.replace(/^http/, "ws")}/api/v1/boards/${this.board}/socket`;
    const ws = (this.ws = new WebSocket(url, "denkwand.v1")); // C1
    ws.binaryType = "arraybuffer";
    this.live = false;
    this.moment = []; // changes of a moment whose end has not come
    this.retry = undefined;
    let heard = Date.now();
    ws.onopen = () => {
      const hello = { type: "hello", version: 1, token: this.token };
      if (this.secret) hello.writer = this.secret;
      if (this.at) hello.at = this.at;
      this.send(hello);
    };
    ws.onmessage = ({ data }) => {
      if (ws !== this.ws) return;
      heard = Date.now();
      if (typeof data === "string") this.frame(JSON.parse(data));
      else this.part(JSON.parse(gunzipSync(Buffer.from(data)).toString()));
      this.flush();
      this.wake();
    };
    const pulse = setInterval(() => {
      if (Date.now() - heard > 12_000) ended();
      else if (this.live) this.ping(this.at); // C7
    }, 5_000);
    const ended = () => {
      clearInterval(pulse);
      if (ws !== this.ws) return;
      this.ws = undefined;
      this.live = false;
      clearTimeout(this.pause);
      ws.close();
      this.wake();
      if (this.over) return;
      const wait = this.retry ?? Math.random() * Math.min(30_000, 500 * 2 ** this.tries); // C10
      this.tries++;
      setTimeout(() => this.connect(), wait);
    };
    ws.onclose = ws.onerror = ended;
  }

  send(frame) {
    if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(frame));
  }

  ping(at) {
    this.send(at ? { type: "ping", at } : { type: "ping" });
  }

  /** Takes a text message. Frames it does not know are passed over (F3). */
  frame(f) {
    switch (f.type) {
      case "welcome":
        this.welcome(f);
        break;
      case "changes":
        this.moment.push(...f.changes);
        if (!f.at) break; // the rest of the moment follows (C5)
        this.change(this.moment.splice(0));
        [this.seq, this.at] = [f.seq, f.at];
        break;
      case "own":
        this.own(f);
        break;
      case "notnow": // W7
        this.told.push({ notnow: f.code });
        this.sent = Math.min(this.sent, f.n - 1);
        this.paused = true;
        clearTimeout(this.pause);
        this.pause = setTimeout(() => {
          this.paused = false;
          this.flush();
        }, f.retry);
        break;
      case "rewind": // A3
        this.told.push({ rewind: f.code });
        this.live = false;
        this.moment = [];
        break;
      case "bye":
        this.bye(f);
        break;
    }
  }

  /** Begins the connection's life, and the writer's if it is new (W1, W9, W10). */
  welcome(f) {
    Object.assign(this, { role: f.role, tries: 0, acked: 0, saved: 0, paused: false });
    this.told.push({ welcome: f.base ? "base" : "resumed", writer: f.writer.id, last: f.writer.last });
    const first = this.outbox[0]?.n ?? this.next;
    if (f.writer.secret) {
      this.secret = f.writer.secret;
      this.renumber(f.writer.id);
    } else if (f.writer.last + 1 < first) return this.lost("numbers");
    this.sent = (this.outbox[0]?.n ?? this.next) - 1; // what the board has is submitted again too (W9)
    if (!f.base) this.live = true;
    else this.fresh = new Map();
  }

  /** Numbers the outbox from 1 as a new writer's; undo and redo name what they named before (W10). */
  renumber(writer) {
    const moved = new Map(this.outbox.map((o, i) => [o.n, i + 1]));
    for (const o of this.outbox) {
      o.n = moved.get(o.n);
      if ((o.op.kind !== "undo" && o.op.kind !== "redo") || (o.op.writer ?? this.writer) !== this.writer) continue;
      const n = moved.get(o.op.n);
      o.op = n ? { kind: o.op.kind, n } : { ...o.op, writer: this.writer };
    }
    this.next = this.outbox.length + 1;
    this.writer = writer;
  }

  /** The writer is of no more use: the outbox goes to a new one (W10, W11). */
  lost(why) {
    this.told.push({ lost: why });
    this.secret = undefined;
    this.retry = 0;
    this.ws.onmessage = null;
    this.ws.close();
  }

  bye(f) {
    this.told.push({ bye: f.code, close: f.close });
    this.retry = f.retry;
    if (f.code === "writer_unknown") this.lost(f.code);
    else this.over = f.close < 4000 || f.close >= 4500; // C9
  }

  /** Takes a part of a base; the last puts the whole in the copy's place (C4). */
  part(p) {
    this.change(p.changes, this.fresh);
    if (p.part < p.of) return;
    [this.copy, this.fresh, this.seq, this.at, this.live] = [this.fresh, undefined, p.seq, p.at, true];
    for (const [note, text] of this.texts) this.whole(note, text);
  }

  /** Applies changes to a copy; an absent member is unchanged, of a new object it is zero (F7). */
  change(changes, copy = this.copy) {
    for (const c of changes) {
      const [[kind, fields]] = Object.entries(c);
      const key = `${kind}/${fields.id ?? ""}`;
      if (fields.deleted && kind !== "board") {
        copy.delete(key);
        continue;
      }
      const object = copy.get(key) ?? {};
      const { edit, ...rest } = fields;
      Object.assign(object, rest);
      copy.set(key, object);
      const text = copy === this.copy && kind === "note" ? this.texts.get(fields.id) : undefined;
      if (edit) {
        if (edit.base !== object.rev) throw new Error(`edit of ${edit.base} on ${object.rev}`);
        [object.text, object.rev] = [apply(object.text ?? "", edit.runs), edit.rev]; // M3
        text?.arrived(edit);
        if (text) this.type(fields.id, text);
      } else if (text && "rev" in fields) this.whole(fields.id, text);
    }
  }

  /** A note's whole text came in place of the edits that led to it. */
  whole(note, text) {
    const object = this.copy.get(`note/${note}`);
    if (!object) return;
    text.replaced(object.text ?? "", object.rev);
    this.type(note, text);
  }

  /** What became of the ops of this writer (W3, W4, W5). */
  own(f) {
    this.role = f.role ?? this.role;
    this.acked = Math.max(this.acked, f.acked ?? 0);
    this.saved = Math.max(this.saved, f.saved ?? 0);
    for (const r of f.refused ?? []) this.refused(r);
    for (const { n, op } of this.outbox) if (n <= this.acked) this.outcome(op, (text) => text.acked());
    this.outbox = this.outbox.filter((o) => o.n > this.acked || o.n > this.saved);
  }

  refused(r) {
    this.told.push({ refused: r });
    const own = this.outbox.find((o) => o.n === r.n);
    if (r.code === "gap") this.sent = Math.min(this.sent, this.acked);
    else if (own && r.code === "conflict") {
      const { op } = own;
      own.op = { kind: "void" }; // the number is used; the outbox keeps no hole (W5)
      if (op.kind !== "void") this.submit(op);
    } else if (own && r.code === "repeat") this.outcome(own.op, (text) => text.acked());
    else if (own && r.code === "stale") this.outcome(own.op, (text) => text.landed(false));
    else if (own) this.outcome(own.op, (text) => this.told.push({ kept: text.dropped() }));
  }

  /** Does what an op's outcome means for the text that it is the change in flight of, if it is. */
  outcome(op, does) {
    const text = this.texts.get(op.note);
    if (op.kind !== "note.text" || text?.flight?.rev !== op.rev) return;
    does(text);
    this.type(op.note, text);
  }

  /** Numbers an op, keeps it and submits it (W2). */
  submit(op) {
    const n = this.next++;
    this.outbox.push({ n, op });
    this.flush();
    return n;
  }

  /** Submits what waits, as far as 64 ops and 60,000 bytes may be under way (W2, F1). */
  flush() {
    if (!this.live || this.paused) return;
    let [ops, size] = [[], 0];
    const go = () => {
      if (ops.length) this.send({ type: "submit", n: this.sent - ops.length + 1, ops });
      [ops, size] = [[], 0];
    };
    for (const { n, op } of this.outbox.filter((o) => o.n > this.sent && o.n <= Math.max(this.acked, this.outbox[0].n - 1) + 64)) {
      const bytes = Buffer.byteLength(JSON.stringify(op)) + 1;
      if (size + bytes > 60_000) go();
      ops.push(op);
      size += bytes;
      this.sent = n;
    }
    go();
  }

  /** Edits a note's text as a person would: at a place of what is shown (M5). */
  edit(note, at, del, ins) {
    const object = this.copy.get(`note/${note}`);
    const text = this.texts.get(note) ?? new Text(object.text ?? "", object.rev);
    this.texts.set(note, text);
    text.typed(at < 0 ? text.shown.length : at, del, ins);
    this.type(note, text);
    return text.shown;
  }

  /** Submits what waits in a note's text, when nothing of it is in flight (M5). */
  type(note, text) {
    const flight = text.launch(id);
    if (flight) this.submit({ kind: "note.text", note, ...flight });
  }

  /** The copy without zero values: what every client of the same role must hold. */
  dump() {
    const zero = (v) => !v || v.length === 0;
    const full = (object) => Object.fromEntries(Object.entries(object).filter(([, v]) => !zero(v)));
    return Object.fromEntries([...this.copy].map(([key, object]) => [key, full(object)]));
  }

  wake() {
    for (const look of this.woken) look();
  }

  /** Waits until something holds, for as long as a test has patience. */
  until(holds, what) {
    return new Promise((done, fail) => {
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.woken.delete(look);
        done();
      };
      const timer = setTimeout(() => fail(new Error(`no ${what} within 15 s: ${JSON.stringify(this.told)}`)), 15_000);
      this.woken.add(look);
      look();
    });
  }
}

const client = new Client();
const commands = {
  join: ({ link, name }) => client.join(link, name),
  connect: () => (client.connect(), client.until(() => client.live, "welcome")),
  create: ({ text }) => {
    const note = id();
    client.submit({ kind: "note.create", note, x: 64, y: -64, w: 12800, h: 9600, text, rev: id() });
    return { note };
  },
  submit: ({ op }) => ({ n: client.submit(op) }),
  edit: ({ note, at, del, ins }) => ({ shown: client.edit(note, at, del ?? 0, ins ?? "") }),
  ping: ({ at }) => client.ping(at),
  settle: () => client.until(() => client.live && client.outbox.length === 0, "empty outbox"),
  told: ({ what }) => client.until(() => client.told.some((t) => what in t), what),
  offline: () => client.until(() => !client.live, "end of the connection"),
  holds: ({ dump }) => client.until(() => isDeepStrictEqual(client.dump(), dump), "such board"),
  state: () => ({ at: client.at, next: client.next, outbox: client.outbox, told: client.told.splice(0) }),
  dump: () => client.dump(),
};

if (process.argv[2] === "--vectors") vectors(process.argv[3]);
else {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try {
      answer = { ok: (await commands[command.do](command)) ?? {} };
    } catch (error) {
      answer = { error: String(error.stack) };
    }
    console.log(JSON.stringify(answer));
  }
  process.exit(0);
}
