// A client of the Denkwand protocol for Node 20 without any dependency, written from SPEC.md alone: what it needs to
// know and the text does not say is a defect of the text. Rules are cited by their ids. The wall's own clients are
// elsewhere; this one is driven by play.mjs.

import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { gunzipSync } from "node:zlib";
import { Text, apply } from "./text.mjs";

export const id = () => randomBytes(16).toString("base64url"); // F4

/** The frames it acts on; others are passed over (F3). A binary message is taken as a frame of type base. */
const frames = new Set(["welcome", "base", "changes", "own", "notnow", "rewind", "bye"]);

/** Refusals by which a change of text is on the board, or is to be made anew; by others it is dropped (W5, M6). */
const landed = { repeat: true, stale: false, text_range: false, text_surrogate: false };

/** One person with one writer on one board: a copy of the board, an outbox and, while there is one, a connection. */
export class Client extends EventEmitter {
  outbox = []; // {n, op}, ascending; what is not both acked and saved (W3)
  next = 1; // number of the next op (W2)
  copy = new Map(); // "note/<id>" → members, as the server told them
  texts = new Map(); // note id → Text, for notes edited here
  told = []; // what a person would be told: refusals, rewinds, byes
  tries = 0; // connections in a row that failed (C10)

  /** Makes a person of a link (J1). */
  async join(link, name) {
    const { origin, pathname, hash } = new URL(link);
    const board = pathname.split("/").at(-1);
    const answer = await fetch(`${origin}/api/v1/boards/${board}/join`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ secret: hash.slice(1), name }),
    });
    if (!answer.ok) throw new Error(`join: ${answer.status} ${await answer.text()}`);
    this.token = (await answer.json()).token;
    this.url = `${origin.replace(/^http/, "ws")}/api/v1/boards/${board}/socket`;
    return { board, token: this.token };
  }

  /** Opens a connection; when it ends, another follows (C9). */
  connect() {
    const ws = (this.ws = new WebSocket(this.url, "denkwand.v1")); // C1
    this.last = undefined; // the highest number the board has of the writer, once welcomed
    ws.binaryType = "arraybuffer";
    let heard = Date.now();
    ws.onopen = () => this.send({ type: "hello", version: 1, token: this.token, writer: this.secret, at: this.at });
    ws.onmessage = ({ data }) => {
      if (ws !== this.ws) return;
      heard = Date.now();
      const text = typeof data === "string";
      const f = text ? JSON.parse(data) : { ...JSON.parse(gunzipSync(data).toString()), type: "base" }; // C4
      if (frames.has(f.type)) this[f.type](f);
      this.flush();
      this.emit("news");
    };
    ws.onclose = ws.onerror = () => ws === this.ws && this.drop();
    this.pulse = setInterval(() => {
      if (Date.now() - heard > 12_000) this.drop();
      else if (this.live) this.send({ type: "ping", at: this.at });
    }, 5_000); // C7
  }

  /** Leaves the connection, to come back after a while or, where a bye says so, never (C9, C10). */
  drop(retry) {
    const ws = this.ws;
    [this.ws, this.live] = [undefined, false];
    clearInterval(this.pulse);
    ws.close();
    this.emit("news");
    const random = Math.random() * Math.min(30_000, 500 * 2 ** this.tries++);
    const wait = retry === undefined ? random : retry * (1 + Math.random() / 2);
    if (!this.over) setTimeout(() => this.connect(), wait);
  }

  send(frame) {
    if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(frame));
  }

  /** Begins the connection's life or begins it again, and the writer's if it is new (W1, W3, W9 to W11). */
  welcome({ base, writer }) {
    this.told.push({ welcome: base ? "base" : "resumed" });
    this.tries = 0;
    if (writer.secret) this.adopt(writer);
    const before = (this.outbox[0]?.n ?? this.next) - 1;
    if (writer.last < before) return this.lost("numbers");
    Object.assign(this, { moment: [], acked: before, saved: 0, sent: before, live: !base, last: writer.last });
    this.leave();
  }

  /** Gives the outbox to a new writer, numbered from 1; undo and redo name what they named before (W10). */
  adopt({ id, secret }) {
    const moved = new Map(this.outbox.map(({ n }, i) => [n, i + 1]));
    for (const own of this.outbox) {
      const { kind, writer, n } = own.op;
      own.n = moved.get(own.n);
      if ((kind !== "undo" && kind !== "redo") || writer) continue;
      own.op = moved.has(n) ? { kind, n: moved.get(n) } : { kind, n, writer: this.writer };
    }
    Object.assign(this, { writer: id, secret, next: this.outbox.length + 1 });
  }

  /** The writer is of no more use: comes back as a new one (W10, W11). */
  lost(why) {
    this.told.push({ lost: why });
    this.secret = this.pruned = undefined;
    this.drop(0);
  }

  /** The board knows no such writer, or takes no new numbers of it: then what it has stays with it until that is saved (W11). */
  unknown() {
    if (this.last === undefined) return this.lost("writer_unknown");
    this.pruned = true;
    this.drop(0);
  }

  /** Leaves a writer out of use that has nothing any more which is not saved (W11). */
  leave() {
    if (this.pruned && !(this.outbox[0]?.n <= this.last)) this.lost("out of use");
  }

  /** Takes changes, held back until their moment is whole (C5). */
  changes({ changes, at }) {
    this.moment.push(...changes);
    if (!at) return;
    this.at = at;
    for (const change of this.moment.splice(0)) this.change(change);
  }

  /** Takes a part of a base, which is a moment on an empty board (C4). */
  base(part) {
    if (part.at) this.copy = new Map();
    this.changes(part);
    if (part.at) this.live = true;
  }

  /** Applies a change to the copy (F7, M3), and tells a text that is edited here. */
  change(change) {
    const [[kind, { edit, ...members }]] = Object.entries(change);
    const key = `${kind}/${members.id ?? ""}`;
    if (members.deleted) return void this.copy.delete(key);
    const object = Object.assign(this.copy.get(key) ?? {}, members);
    this.copy.set(key, object);
    if (edit && edit.base !== object.rev) throw new Error(`edit of ${edit.base} on ${object.rev}`);
    if (edit) [object.text, object.rev] = [apply(object.text ?? "", edit.runs), edit.rev];
    if (edit || members.rev) this.texts.get(members.id)?.became(object.text ?? "", object.rev, edit?.runs);
  }

  /** What became of this writer's ops (W3, W4). */
  own({ acked = 0, saved = this.saved, refused = [] }) {
    if (refused.some(({ code }) => code === "writer_unknown")) return this.unknown();
    this.acked = Math.max(this.acked, Math.min(acked, this.sent));
    this.saved = saved;
    for (const refusal of refused) this.refused(refusal);
    for (const { n, op } of this.outbox) if (n <= this.acked) this.outcome(op, true);
    this.outbox = this.outbox.filter(({ n }) => n > this.acked || n > saved);
    this.leave();
  }

  /** An op did nothing (W4, W5). */
  refused(refusal) {
    this.told.push({ refused: refusal });
    const own = this.outbox.find(({ n }) => n === refusal.n);
    if (refusal.code === "gap") this.sent = Math.min(this.sent, this.acked);
    else if (own && refusal.code === "conflict") {
      const { op } = own;
      own.op = { kind: "void" }; // the number is used; the outbox keeps no hole
      if (op.kind !== "void") this.submit(op);
    } else if (own) this.outcome(own.op, landed[refusal.code]);
  }

  /** Tells a text whether the board has its flight, if that is this op; one that can never be is handed back (M6). */
  outcome({ note, rev }, has) {
    const text = this.texts.get(note);
    if (!rev || text?.flight?.rev !== rev) return;
    if (has !== undefined) return text.landed(has);
    this.told.push({ kept: text.shown });
    this.texts.delete(note);
  }

  /** The board takes nothing from n on for a while (W7). */
  notnow({ n, code, retry }) {
    this.told.push({ notnow: code });
    this.sent = Math.min(this.sent, n - 1);
    clearTimeout(this.paused);
    this.paused = setTimeout(() => {
      this.paused = undefined;
      this.flush();
    }, retry);
  }

  /** Another copy of the board follows, behind a welcome (A3). */
  rewind({ code }) {
    this.told.push({ rewind: code });
    this.live = false;
  }

  /** The server is about to close (C9). */
  bye({ code, close, retry }) {
    this.told.push({ bye: code });
    this.over = close < 4000 || close >= 4500;
    if (code === "writer_unknown") this.unknown();
    else this.drop(retry);
  }

  /** Numbers an op, keeps it and submits it (W2). */
  submit(op) {
    this.outbox.push({ n: this.next, op });
    this.flush();
    return this.next++;
  }

  /** Submits what waits, as far as 64 ops may be under way and 60,000 bytes in a frame (W2, F1). */
  flush() {
    if (!this.live || this.paused) return;
    const ops = [];
    const go = () => ops.length && this.send({ type: "submit", n: this.sent - ops.length + 1, ops: ops.splice(0) });
    const most = Math.min(this.acked + 64, this.pruned ? this.last : Infinity);
    for (const { n, op } of this.outbox.filter(({ n }) => n > this.sent && n <= most)) {
      if (Buffer.byteLength(JSON.stringify([...ops, op])) > 60_000) go();
      ops.push(op);
      this.sent = n;
    }
    go();
  }

  /** Edits a note's text as a person would: at a place of what is shown, a negative one being its end (M2, M5). */
  edit(note, at, del, ins) {
    const object = this.copy.get(`note/${note}`);
    const submit = (base, runs, rev = id()) => (this.submit({ kind: "note.text", note, base, rev, runs }), rev);
    const text = this.texts.get(note) ?? new Text(object.text ?? "", object.rev, submit);
    this.texts.set(note, text);
    text.typed(at < 0 ? text.shown.length : at, del, ins);
    return text.shown;
  }
}
