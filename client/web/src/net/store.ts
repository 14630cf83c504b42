/**
 * What this device keeps, in IndexedDB: people by board, and per writer the ops that are not durable on the server, beside
 * the secret that lets them be sent again. Where the browser keeps nothing (private windows, a full disk), memory stands
 * in: then the page says that its tab must stay open.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Queued } from "../core";
import type { Code, ID, Op } from "../protocol.gen";
import type { Person } from "./device";

/** One outbox of this device: a tab's, or what a tab left behind. */
export interface WriterRow {
  board: ID;
  /** this device's name for it, from before the server knows it */
  id: string;
  /** whose it is */
  token: string;
  /** resume secret, once the server made the writer */
  secret?: string;
  /** the page that holds it, anew for each */
  holder: string;
  /** why the server will have nothing of it under this token any more */
  closed?: Code;
}

/** An op of an outbox. `at` is its number, or its place while numbers are not known. */
interface OutboxRow extends Queued {
  board: ID;
  writer: string;
  at: number;
}

/** Words that the board did not take, until the person has seen them. */
export interface RefusalRow {
  board: ID;
  id: ID;
  /** whose they are */
  token: string;
  op: Op;
  code: Code;
  text: string;
}

/** Differences of one writer's outbox, stored all or none. */
export interface OutboxChange {
  writer: WriterRow;
  put: OutboxRow[];
  /** `at` of rows that go */
  gone: number[];
  /** wait until the disk has it, not only the browser */
  strict: boolean;
}

export interface Store {
  /** nothing outlives the page */
  readonly memoryOnly: boolean;
  person(board: ID): Promise<Person | undefined>;
  people(): Promise<Person[]>;
  putPerson(person: Person): Promise<void>;
  removePerson(board: ID): Promise<void>;
  writers(board: ID): Promise<WriterRow[]>;
  putWriter(writer: WriterRow): Promise<void>;
  /** with its outbox */
  removeWriter(board: ID, id: string): Promise<void>;
  /** in order */
  outbox(board: ID, writer: string): Promise<Queued[]>;
  write(change: OutboxChange): Promise<void>;
  /** After a write that failed: begins anew, as with a new page. */
  reopen(): Promise<void>;
  refusals(board: ID): Promise<RefusalRow[]>;
  putRefusal(refusal: RefusalRow): Promise<void>;
  removeRefusal(board: ID, id: string): Promise<void>;
  /** The boards of which anything is kept. */
  boards(): Promise<ID[]>;
  /** Removes all that is kept of a board; of all of them without one. */
  forget(board?: ID): Promise<void>;
}

interface Schema extends DBSchema {
  people: { key: string; value: Person };
  writers: { key: [string, string]; value: WriterRow };
  outbox: { key: [string, string, number]; value: OutboxRow };
  refusals: { key: [string, string]; value: RefusalRow };
}

/** How long the browser may take to open the database before the page goes on without, ms. */
const openWithin = 3000;

let opened: Promise<Store> | undefined;

/** The page's one store. Never fails: without a database it is in memory. */
export function openStore(): Promise<Store> {
  opened ??= openDatabase().then(
    (db) => new DatabaseStore(db),
    () => new MemoryStore(),
  );
  return opened;
}

async function openDatabase(): Promise<IDBPDatabase<Schema>> {
  const opening = openDB<Schema>("denkwand", 2, {
    upgrade(db, from) {
      if (from < 1) {
        db.createObjectStore("people", { keyPath: "board" });
        db.createObjectStore("writers", { keyPath: ["board", "id"] });
        db.createObjectStore("outbox", { keyPath: ["board", "writer", "at"] });
      }
      if (from < 2) db.createObjectStore("refusals", { keyPath: ["board", "id"] });
    },
    blocking: (_now, _next, event) => (event.target as IDBDatabase).close(), // a newer page must not wait for this one
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("the database does not open")), openWithin);
  });
  return Promise.race([opening, late]);
}

function queuedOf({ n, op, typing }: OutboxRow): Queued {
  return { n, op, ...(typing && { typing }) };
}

/** All keys that begin with these parts. */
function under(...parts: string[]): IDBKeyRange {
  return IDBKeyRange.bound(parts, [...parts, []]); // an array sorts behind every string and number
}

class DatabaseStore implements Store {
  readonly memoryOnly = false;
  constructor(private db: IDBPDatabase<Schema>) {}

  async reopen() {
    const old = this.db;
    this.db = await openDatabase();
    old.close();
  }

  person(board: ID) {
    return this.db.get("people", board);
  }
  people() {
    return this.db.getAll("people");
  }
  async putPerson(person: Person) {
    await this.db.put("people", person);
  }
  removePerson(board: ID) {
    return this.db.delete("people", board);
  }
  writers(board: ID) {
    return this.db.getAll("writers", under(board));
  }
  async putWriter(writer: WriterRow) {
    await this.db.put("writers", writer);
  }

  async removeWriter(board: ID, id: string) {
    const tx = this.db.transaction(["writers", "outbox"], "readwrite");
    await Promise.all([
      tx.objectStore("writers").delete([board, id]),
      tx.objectStore("outbox").delete(under(board, id)),
      tx.done,
    ]);
  }

  async outbox(board: ID, writer: string) {
    const rows = await this.db.getAll("outbox", under(board, writer));
    return rows.map(queuedOf);
  }

  async write({ writer, put, gone, strict }: OutboxChange) {
    const durability = strict ? "strict" : "relaxed";
    const tx = this.db.transaction(["writers", "outbox"], "readwrite", { durability });
    const outbox = tx.objectStore("outbox");
    const asked: Promise<unknown>[] = [tx.objectStore("writers").put(writer)];
    for (const at of gone) asked.push(outbox.delete([writer.board, writer.id, at]));
    for (const row of put) asked.push(outbox.put(row));
    tx.commit(); // at once, so that it is under way even when the page is being closed
    await Promise.all([...asked, tx.done]);
  }

  refusals(board: ID) {
    return this.db.getAll("refusals", under(board));
  }
  async putRefusal(refusal: RefusalRow) {
    await this.db.put("refusals", refusal);
  }
  removeRefusal(board: ID, id: string) {
    return this.db.delete("refusals", [board, id]);
  }

  async boards() {
    const people = await this.db.getAllKeys("people");
    const others = await Promise.all([this.db.getAllKeys("writers"), this.db.getAllKeys("refusals")]);
    return [...new Set([...people, ...others.flat().map(([board]) => board)])] as ID[];
  }

  async forget(board?: ID) {
    const tx = this.db.transaction(["people", "writers", "outbox", "refusals"], "readwrite", { durability: "strict" });
    const rows = board === undefined ? IDBKeyRange.lowerBound([]) : under(board);
    await Promise.all([
      tx.objectStore("people").delete(board ?? IDBKeyRange.lowerBound("")),
      tx.objectStore("writers").delete(rows),
      tx.objectStore("outbox").delete(rows),
      tx.objectStore("refusals").delete(rows),
      tx.done,
    ]);
  }
}

/** The same in memory. */
export class MemoryStore implements Store {
  readonly memoryOnly = true;
  private readonly known = new Map<ID, Person>();
  private readonly rows = new Map<string, { writer: WriterRow; outbox: Map<number, Queued> }>();
  private readonly refused = new Map<string, RefusalRow>();

  async person(board: ID) {
    return this.known.get(board);
  }
  async people() {
    return [...this.known.values()];
  }
  async putPerson(person: Person) {
    this.known.set(person.board, person);
  }
  async removePerson(board: ID) {
    this.known.delete(board);
  }
  async writers(board: ID) {
    return [...this.rows.values()].map((row) => row.writer).filter((writer) => writer.board === board);
  }
  async putWriter(writer: WriterRow) {
    this.row(writer).writer = writer;
  }
  async removeWriter(board: ID, id: string) {
    this.rows.delete(`${board} ${id}`);
  }
  async outbox(board: ID, id: string) {
    const outbox = this.rows.get(`${board} ${id}`)?.outbox ?? new Map<number, Queued>();
    return [...outbox].sort(([a], [b]) => a - b).map(([, queued]) => queued);
  }
  async write({ writer, put, gone }: OutboxChange) {
    const row = this.row(writer);
    row.writer = writer;
    for (const at of gone) row.outbox.delete(at);
    for (const queued of put) row.outbox.set(queued.at, queuedOf(queued));
  }

  async reopen() {}
  async refusals(board: ID) {
    return [...this.refused.values()].filter((refusal) => refusal.board === board);
  }
  async putRefusal(refusal: RefusalRow) {
    this.refused.set(`${refusal.board} ${refusal.id}`, refusal);
  }
  async removeRefusal(board: ID, id: string) {
    this.refused.delete(`${board} ${id}`);
  }
  async boards() {
    const rows = [
      ...this.known.values(),
      ...[...this.rows.values()].map(({ writer }) => writer),
      ...this.refused.values(),
    ];
    return [...new Set(rows.map(({ board }) => board))];
  }
  async forget(board?: ID) {
    for (const kept of [this.known, this.rows, this.refused]) {
      for (const key of kept.keys()) if (board === undefined || key.split(" ")[0] === board) kept.delete(key as ID);
    }
  }

  private row(writer: WriterRow) {
    const key = `${writer.board} ${writer.id}`;
    const row = this.rows.get(key) ?? { writer, outbox: new Map<number, Queued>() };
    this.rows.set(key, row);
    return row;
  }
}
