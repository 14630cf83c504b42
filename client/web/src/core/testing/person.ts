import type { ID, Op } from "../../protocol.gen";
import { Core, type Notice, type Output, type Queued, type Ticket } from "../index";
import { viewChanges } from "../unfold";
import { Copy } from "../view";
import { numbered } from "./table";
import type { Wall, WallConn } from "./wall";

/** A Core with its connection to a wall, and what a page does around it: it stores the outbox before it sends. */
export class Person {
  core: Core;
  conn: WallConn | undefined = undefined;
  now = 1_000_000;
  /** when to connect again */
  retry = 0;
  told: Notice[] = [];
  /** what the changes handed out come to */
  mirror = new Copy();
  readonly #wall: Wall;
  readonly #newID: () => ID;
  #stored: { outbox: Queued[]; secret: string } = { outbox: [], secret: "" };

  constructor(wall: Wall, name: string) {
    this.#wall = wall;
    this.#newID = numbered(name);
    this.core = this.#open();
  }

  #open(): Core {
    const { outbox, secret } = this.#stored;
    const writer = secret === "" ? {} : { writerSecret: secret };
    return new Core({ token: "", outbox, newID: this.#newID, random: () => 0.5, ...writer });
  }

  /** The page is loaded anew: of the old one only what it stored is left. */
  reload(): void {
    if (this.conn !== undefined) this.#wall.disconnect(this.conn);
    this.conn = undefined;
    this.retry = 0;
    this.mirror = new Copy();
    this.core = this.#open();
  }

  take(): void {
    const out = this.core.take(this.now);
    this.#stored = { outbox: this.core.outbox(), secret: this.core.writer?.secret ?? this.#stored.secret };
    this.told.push(...out.notices);
    this.#follow(out.changes);
    for (const f of out.frames) this.conn?.up.push(JSON.stringify(f));
    if (out.hangup) this.drop();
  }

  #follow(changes: Output["changes"]): void {
    if (changes === "all") this.mirror = new Copy();
    for (const change of changes === "all" ? viewChanges(this.core.view) : changes) this.mirror.fold(change);
  }

  connect(): void {
    if (this.conn !== undefined || this.now < this.retry) return;
    this.conn = this.#wall.connect();
    this.core.start(this.now);
    this.take();
  }

  drop(): void {
    if (this.conn === undefined) return;
    this.#wall.disconnect(this.conn);
    this.conn = undefined;
    this.retry = this.core.closed({}, this.now) ?? Number.POSITIVE_INFINITY;
    this.take();
  }

  /** The server takes the oldest frame on its way. */
  up(): boolean {
    if (this.conn === undefined || this.conn.up.length === 0) return false;
    this.#wall.take(this.conn);
    return true;
  }

  /** The core takes the oldest message on its way. */
  down(): boolean {
    const message = this.conn?.down.shift();
    if (message === undefined) return false;
    if (typeof message === "string") this.core.receive(message, this.now);
    else this.core.receiveBase(message, this.now);
    this.take();
    return true;
  }

  pass(ms: number): void {
    this.now += ms;
    this.take();
  }

  submit(op: Op): Ticket {
    const ticket = this.core.submit(op);
    this.take();
    return ticket;
  }

  edit(note: ID, change: (text: string) => string): void {
    const before = this.core.text(note);
    if (before === undefined) return;
    this.core.type(note, before, change(before));
    this.take();
  }
}

/** Runs until nobody has anything to do and everything is saved. */
export function settle(wall: Wall, people: readonly Person[]): void {
  wall.notNow = false;
  for (let round = 0; round < 2000; round++) {
    let idle = true;
    wall.save();
    for (const p of people) {
      p.connect();
      while (p.up()) idle = false;
      while (p.down()) idle = false;
      idle &&= p.core.state === "live" && p.core.unsaved() === 0;
    }
    if (idle) return;
    for (const p of people) p.pass(50);
  }
  const stuck = people.map((p) => `${p.core.state} ${p.core.unsaved()} ${JSON.stringify(p.core.outbox())}`);
  throw new Error(`no end: ${stuck.join("; ")}`);
}
