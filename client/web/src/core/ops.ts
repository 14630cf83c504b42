/** Every kind of op that a client submits: its members, and what must hold for it. */
import { type ClientOp, type Code, limits, type Op } from "../protocol.gen";
import { parse, TextError } from "../text";
import * as rule from "./check";
import { RefusedError } from "./types";

/** More than a submit frame takes around its ops, in bytes. */
export const frameOverhead = 64;

const utf8 = new TextEncoder();

/** What an op takes in a frame, in bytes. */
export function opSize(op: Op): number {
  return utf8.encode(JSON.stringify(op)).length;
}

/**
 * Checks an op that is about to get a number and returns a copy, since what a number means must not change. `limit` is the
 * largest frame, in bytes. Throws RefusedError.
 */
export function prepare(op: Op, limit: number): { op: Op; size: number } {
  const kept = copy(op);
  shapeOf(kept.kind).check(kept);
  const size = opSize(kept);
  rule.need(size <= limit - frameOverhead, "frame_too_large", `${size} bytes`);
  return { op: kept, size };
}

/** Takes a member as it stands on the wire: returns a copy, or throws for what would end the connection. */
type Form = (value: unknown) => unknown;

interface Shape {
  members: Record<string, Form>;
  /** members that may be absent; they are, when they have their zero value */
  optional: ReadonlySet<string>;
  /** cannot be part of a batch */
  alone: boolean;
  check(op: Op): void;
}

const malformed = (what: string): RefusedError => new RefusedError("malformed", what);

function int(v: unknown): number {
  if (typeof v !== "number" || !Number.isSafeInteger(v)) throw malformed("a whole number");
  return v + 0; // never -0
}

const byte =
  (code: Code): Form =>
  (v) => {
    const n = int(v);
    rule.need(n >= 0 && n < 256, code);
    return n;
  };

function text(v: unknown): string {
  if (typeof v !== "string") throw malformed("a text");
  rule.need(!/\p{Surrogate}/u.test(v), "text_invalid");
  return v;
}

function id(v: unknown): string {
  if (typeof v !== "string" || !/^[\w-]{21}[AQgw]$/.test(v) || /^A*$/.test(v)) throw malformed("an id");
  return v;
}

const list =
  (form: Form): Form =>
  (v) => {
    if (!Array.isArray(v)) throw malformed("a list");
    rule.need(v.length <= limits.maxList, "list_too_long", `${v.length} elements`);
    return v.map(form);
  };

function runs(v: unknown): unknown {
  try {
    return [...parse(v)];
  } catch (e) {
    if (e instanceof TextError) throw malformed(e.message);
    throw e;
  }
}

function ring(v: unknown): unknown {
  if (typeof v !== "object" || v === null) throw malformed("a ring");
  const { id: ringID, label, size } = v as Record<string, unknown>;
  return { id: id(ringID), label: text(label), size: int(size) };
}

const colour = byte("bad_colour");
const pattern = byte("bad_pattern");

type OfKind<K extends ClientOp["kind"]> = Extract<ClientOp, { kind: K }>;
type Members<K extends ClientOp["kind"]> = { [M in Exclude<keyof OfKind<K>, "kind" | "reason">]-?: Form };
type Optional<T> = { [M in keyof T]-?: undefined extends T[M] ? M : never }[keyof T];

const nothing = (): void => {};

function shape<K extends ClientOp["kind"]>(
  members: Members<K>,
  optional: readonly Exclude<Optional<OfKind<K>>, "reason">[] = [],
  check: (op: OfKind<K>) => void = nothing,
  alone = false,
): Shape {
  return {
    members,
    optional: new Set<string>(optional as readonly string[]),
    alone,
    check: (op) => check(op as OfKind<K>),
  };
}

const { maxTitle, maxClusterTitle, maxName, maxCoord } = limits;

const shapes: Record<ClientOp["kind"], Shape> = {
  "board.title": shape<"board.title">({ title: text }, [], (o) => rule.line(o.title, maxTitle)),
  "board.question": shape<"board.question">({ question: text }, [], (o) => rule.text(o.question, limits.maxQuestion)),
  "board.language": shape<"board.language">({ language: text }, [], (o) => rule.language(o.language)),
  "board.background": shape<"board.background">({ background: text }, [], (o) =>
    rule.need(["dots", "lines", "plain"].includes(o.background), "bad_background"),
  ),
  "board.delete": shape<"board.delete">({}, [], nothing, true),
  "link.revoke": shape<"link.revoke">({ link: id }),
  "participant.rename": shape<"participant.rename">({ participant: id, name: text }, ["participant"], (o) =>
    rule.name(o.name),
  ),
  "participant.colour": shape<"participant.colour">({ colour }, [], (o) => rule.colour(o.colour)),
  "participant.perspective": shape<"participant.perspective">({ participant: id, perspective: id }, [
    "participant",
    "perspective",
  ]),
  "participant.leave": shape<"participant.leave">({ participant: id }, ["participant"], nothing, true),
  "perspective.add": shape<"perspective.add">(
    { perspective: id, label: text, colour, pattern, after: id },
    ["colour", "pattern", "after"],
    (o) => {
      rule.name(o.label);
      rule.colour(o.colour ?? 0, 0);
      rule.pattern(o.pattern ?? 0, 0);
    },
  ),
  "perspective.rename": shape<"perspective.rename">({ perspective: id, label: text }, [], (o) => rule.name(o.label)),
  "perspective.recolour": shape<"perspective.recolour">({ perspective: id, colour, pattern }, [], (o) => {
    rule.colour(o.colour);
    rule.pattern(o.pattern);
  }),
  "note.create": shape<"note.create">(
    { note: id, x: int, y: int, w: int, h: int, text, rev: id, colour, tags: list(text), cluster: id },
    ["text", "colour", "tags", "cluster"],
    (o) => {
      rule.place(o.x, o.y);
      rule.size(o.w, o.h);
      rule.text(o.text ?? "", limits.maxNoteText);
      rule.colour(o.colour ?? 0, 0);
      rule.tags(o.tags ?? []);
    },
  ),
  "note.text": shape<"note.text">({ note: id, base: id, rev: id, runs }, [], (o) =>
    rule.need(o.base !== o.rev, "same_revision"),
  ),
  "note.move": shape<"note.move">({ note: id, x: int, y: int }, [], (o) => rule.place(o.x, o.y)),
  "note.resize": shape<"note.resize">({ note: id, x: int, y: int, w: int, h: int }, [], (o) => {
    rule.place(o.x, o.y);
    rule.size(o.w, o.h);
  }),
  "note.recolour": shape<"note.recolour">({ note: id, colour }, [], (o) => rule.colour(o.colour)),
  "note.tag": shape<"note.tag">({ note: id, tags: list(text) }, [], (o) => rule.tags(o.tags)),
  "note.front": shape<"note.front">({ note: id }),
  "note.back": shape<"note.back">({ note: id }),
  "note.delete": shape<"note.delete">({ note: id }),
  "note.restore": shape<"note.restore">({ note: id }),
  "cluster.create": shape<"cluster.create">({ cluster: id, title: text, notes: list(id) }, ["title", "notes"], (o) => {
    rule.line(o.title ?? "", maxClusterTitle);
    rule.ids(o.notes ?? []);
  }),
  "cluster.rename": shape<"cluster.rename">({ cluster: id, title: text }, [], (o) =>
    rule.line(o.title, maxClusterTitle),
  ),
  "cluster.move": shape<"cluster.move">({ cluster: id, dx: int, dy: int }, [], (o) =>
    rule.need(Math.max(Math.abs(o.dx), Math.abs(o.dy)) <= 2 * maxCoord, "out_of_range"),
  ),
  "cluster.assign": shape<"cluster.assign">({ cluster: id, notes: list(id) }, [], (o) => rule.someIDs(o.notes)),
  "cluster.unassign": shape<"cluster.unassign">({ notes: list(id) }, [], (o) => rule.someIDs(o.notes)),
  "cluster.merge": shape<"cluster.merge">({ cluster: id, from: id }, [], (o) =>
    rule.need(o.cluster !== o.from, "same_object"),
  ),
  "cluster.delete": shape<"cluster.delete">({ cluster: id }),
  "area.create": shape<"area.create">(
    { area: id, form: text, title: text, x: int, y: int, w: int, h: int, rings: list(ring) },
    ["title", "w", "h", "rings"],
    (o) => {
      rule.line(o.title ?? "", maxTitle);
      rule.place(o.x, o.y);
      if (o.form === "frame" && o.rings === undefined) rule.size(o.w ?? 0, o.h ?? 0);
      else if (o.form === "target" && o.w === undefined && o.h === undefined) rule.rings(o.rings ?? []);
      else throw new RefusedError("bad_form", "a frame has a size, a target has rings");
    },
  ),
  "area.rename": shape<"area.rename">({ area: id, title: text }, [], (o) => rule.line(o.title, maxTitle)),
  "area.move": shape<"area.move">({ area: id, x: int, y: int }, [], (o) => rule.place(o.x, o.y)),
  "area.resize": shape<"area.resize">({ area: id, x: int, y: int, w: int, h: int }, [], (o) => {
    rule.place(o.x, o.y);
    rule.size(o.w, o.h);
  }),
  "area.rings": shape<"area.rings">({ area: id, rings: list(ring) }, [], (o) => rule.rings(o.rings)),
  "area.front": shape<"area.front">({ area: id }),
  "area.back": shape<"area.back">({ area: id }),
  "area.delete": shape<"area.delete">({ area: id }),
  "connector.create": shape<"connector.create">({ connector: id, from: id, to: id, label: text }, ["label"], (o) => {
    rule.need(o.from !== o.to, "same_object");
    rule.line(o.label ?? "", maxName);
  }),
  "connector.label": shape<"connector.label">({ connector: id, label: text }, [], (o) => rule.line(o.label, maxName)),
  "connector.delete": shape<"connector.delete">({ connector: id }),
  batch: shape<"batch">(
    { ops: list((v) => copy(v)) },
    [],
    (o) => {
      rule.need(o.ops.length > 0, "empty");
      for (const part of o.ops) rule.need(!shapeOf(part.kind).alone, "kind_alone", part.kind);
    },
    true,
  ),
  undo: shape<"undo">({ writer: id, n: int }, ["writer"], (o) => rule.number(o.n), true),
  redo: shape<"redo">({ writer: id, n: int }, ["writer"], (o) => rule.number(o.n), true),
  void: shape<"void">({}, [], nothing, true),
};

const serverKinds = new Set<string>([
  "board.create",
  "link.create",
  "link.use",
  "link.recover",
  "participant.join",
  "writer.register",
] satisfies Exclude<Op["kind"], ClientOp["kind"]>[]);

function shapeOf(kind: unknown): Shape {
  if (typeof kind === "string" && Object.hasOwn(shapes, kind)) return shapes[kind as ClientOp["kind"]];
  if (typeof kind === "string" && serverKinds.has(kind)) throw new RefusedError("server_kind", kind);
  throw new RefusedError("unknown_kind", String(kind));
}

function copy(v: unknown): Op {
  rule.need(typeof v === "object" && v !== null, "empty", "no op");
  const op = v as Record<string, unknown>;
  const { members, optional } = shapeOf(op.kind);
  const out: Record<string, unknown> = { kind: op.kind };
  for (const [member, form] of Object.entries(members)) {
    const value = op[member];
    if (optional.has(member) && isZero(value)) continue;
    out[member] = form(value);
  }
  for (const member of Object.keys(op)) {
    if (member !== "kind" && op[member] !== undefined && !Object.hasOwn(members, member)) throw malformed(member);
  }
  return out as unknown as Op;
}

function isZero(v: unknown): boolean {
  return v === undefined || v === "" || v === 0 || (Array.isArray(v) && v.length === 0);
}
