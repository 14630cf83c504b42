/**
 * Prediction held against the rules: what the board's own stories tell. Every op of a person is shown before it is
 * answered, must look then as the board says afterwards, and be no other when the answer is here.
 */
import { expect, test } from "vitest";
import type { Change, ID, NoteCreate, Op, Ref, Role, Runs } from "../protocol.gen";
import { LiveWall } from "./live";
import { PastWall } from "./past";
import { Bench, person } from "./testing";
import type { Wall } from "./types";

const files = import.meta.glob<string>("../../../../protocol/board/testdata/stories/*.txt", {
  eager: true,
  query: "?raw",
  import: "default",
});
/** members that are lists, or take the words that name nothing */
const lists = new Set(["notes", "tags"]);
const idMembers: Record<string, string[]> = {
  note: ["note", "base", "rev"],
  cluster: ["cluster", "from"],
  area: ["area"],
  connector: ["connector", "from", "to"],
  perspective: ["perspective", "after"],
  participant: ["participant", "perspective"],
  link: ["link"],
};

function split(line: string): string[] {
  return line.match(/(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s"[])+/g) ?? [];
}

function value(name: string, text: string): unknown {
  if (name === "runs") return JSON.parse(text) as Runs;
  if (name === "rings") return text.split(",").map(ring);
  if (lists.has(name)) return text === "" ? [] : unquoted(text).split(",");
  if (text.startsWith('"')) return unquoted(text);
  if (["deleted", "left", "password", "revoked"].includes(name)) return text === "true";
  if (/^-?\d+$/.test(text) && name !== "text" && name !== "title" && name !== "label") return Number(text);
  return text === "-" ? "" : text;
}

function unquoted(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text.replace(/\n/g, "\\n")) as string) : text;
}

function ring(text: string) {
  const [name = "", label = "", size = ""] = text.split(":");
  return { id: name as ID, label, size: Number(size) };
}

function opOf(line: string): Op {
  const batch = /^batch \{ (.*)\}$/.exec(line);
  if (batch)
    return {
      kind: "batch",
      ops: (batch[1] ?? "")
        .split(" ; ")
        .filter(Boolean)
        .map((part) => opOf(part.trim())),
    };
  const [kind = "", ...rest] = split(line);
  const free = [...(idMembers[kind.split(".")[0] ?? ""] ?? [])];
  const op: Record<string, unknown> = { kind };
  for (const word of rest) {
    const named = /^([a-z]+)=(.*)$/s.exec(word);
    const name = named?.[1] ?? free.shift() ?? "";
    op[name] = value(name, named?.[2] ?? word);
  }
  if (/^cluster.(un)?assign$/.test(kind)) op.notes ??= [];
  if (kind === "note.create") {
    return { x: 0, y: 0, w: 6400, h: 6400, rev: `rev-${op.note}`, ...op } as unknown as Op;
  }
  return op as unknown as Op;
}

/** "note n1 x=1 y=2", undefined for what is no change or cannot be read back. */
function changeOf(line: string): Change | undefined {
  if (line.endsWith("(facilitators)") || line.includes("… (")) return undefined;
  const [kind = "", ...words] = split(line);
  if (!["board", "participant", "perspective", "note", "cluster", "area", "connector"].includes(kind)) return undefined;
  const change: Record<string, unknown> = {};
  for (const word of words) {
    const named = /^([a-z]+)=(.*)$/s.exec(word);
    if (!named) change.id = word;
    else if (named[1] === "edit") {
      const [base = "", more = ""] = (named[2] ?? "").split("→");
      const at = more.indexOf("[");
      change.edit = { base, rev: more.slice(0, at), runs: JSON.parse(more.slice(at)) as Runs };
    } else change[named[1] ?? ""] = value(named[1] ?? "", named[2] ?? "");
  }
  return { [kind]: change } as unknown as Change;
}

/** What must be the same, without what only the board gives. */
function picture(wall: Wall): unknown {
  const lies = (front: number) => Math.sign(front);
  return {
    cover: { ...wall.cover, created: 0 },
    perspectives: wall.perspectives,
    participants: sorted(wall.participants.values()),
    notes: sorted(wall.notes.values()).map((n) => ({
      ...n,
      front: lies(n.front),
      created: 0,
      rev: "",
      unsaved: false,
    })),
    clusters: sorted(wall.clusters.values()).map((c) => ({ ...c, order: 0, created: 0 })),
    areas: sorted(wall.areas.values()).map((a) => ({ ...a, front: lies(a.front) })),
    connectors: sorted(wall.connectors.values()),
  };
}

function sorted<T extends { id: ID }>(objects: Iterable<T>): T[] {
  return [...objects].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Told of a person: a wall of theirs, before and after. */
class Eyes {
  readonly bench = new Bench();
  readonly wall = new LiveWall(() => 1000);
  constructor(me: Ref) {
    this.bench.me = me;
    this.wall.update(this.bench, "all");
  }
}

/** Lines where the page cannot know what the board does, and says so: it shows that when the answer is here. */
const unknowable = [
  /link\.revoke/, // whose role was by that link alone
];

function play(name: string, text: string): { held: number } {
  const story = text.split("\n");
  const eyes = new Map<string, Eyes>();
  let base: Change[] = [];
  const numbers = new Map<string, number>();
  const labels = new Map<string, number>();
  let known = true;
  let held = 0;
  const told = (changes: readonly Change[]) => {
    base = [...base, ...changes];
    for (const { bench, wall } of eyes.values()) {
      bench.fold(changes);
      wall.update(bench, changes);
    }
  };
  for (const [i, line] of story.entries()) {
    if (line === "" || line.startsWith("\t") || line.startsWith("#")) continue;
    const results: string[] = [];
    for (let k = i + 1; story[k]?.startsWith("\t"); k++) results.push((story[k] ?? "").slice(1));
    const changes = results.flatMap((result) => changeOf(result) ?? []);
    const where = `${name}:${i + 1} ${line}`;
    if (line.startsWith("cast ")) {
      const cast = line
        .slice(5)
        .split(" ")
        .map((word) => word.split("="));
      for (const [who = ""] of cast) eyes.set(who, new Eyes(who as ID));
      told(
        cast.map(([who = "", role], k) => {
          const { participant } = person(who, role as Role, "", (k % 8) + 1) as { participant: { name: string } };
          return { participant: { ...participant, name: who[0]?.toUpperCase() + who.slice(1) } } as Change;
        }),
      );
      base.unshift({ board: { title: "Test", background: "dots", created: 1000 } });
      told([{ board: { title: "Test", background: "dots", created: 1000 } }]);
      continue;
    }
    if (line.startsWith("state") && !line.includes("facilitators")) {
      base = changes;
      for (const seen of eyes.values()) {
        seen.bench.view = new Bench().view;
        seen.bench.fold(base);
        seen.wall.update(seen.bench, "all");
      }
      known = true;
      continue;
    }
    const op = /^([\w.]+)(?:!(\w+))?> (.*)$/.exec(line);
    if (!op) {
      if (/^\d+ |[/#]/.test(line)) known = false; // not told one by one
      const many = /^(\d+) (\w+)> (note\.create .*)$/.exec(line);
      const times = Number(many?.[1] ?? 0);
      if (!many) continue;
      const [, , who = "", create = ""] = many;
      numbers.set(who, (numbers.get(who) ?? 0) + times);
      known = results[0] === `${times} × ok`;
      const colour = eyes.get(who)?.wall.participants.get(who as ID)?.colour ?? 1;
      const made = Array.from({ length: times }, (_, k): Change => {
        const { kind: _kind, note, ...to } = opOf(create.replaceAll("%", `${k + 1}`)) as NoteCreate;
        return { note: { id: note, colour, author: who as ID, front: 1, ...to } };
      });
      if (known) told(made);
      continue;
    }
    const [, who = "", label, what = ""] = op;
    const said = opOf(what.replace(/n=!(\w+)/, (_, named: string) => `n=${labels.get(named) ?? 0}`));
    const n = (numbers.get(who) ?? 0) + 1;
    const seen = eyes.get(who);
    if (seen && results[0] !== "participant_left") numbers.set(who, n);
    if (label) labels.set(label, n);
    if (!known) continue;
    if (!seen) {
      told(changes);
      continue;
    }
    const cut = results.some((result) => result.includes("… ("));
    seen.bench.waiting = [{ ticket: i + 1, n, op: said, acked: false }];
    seen.wall.update(seen.bench, []);
    const after = PastWall.at([...base, ...changes]);
    const skip = cut || unknowable.some((lines) => lines.test(line));
    if (results[0] === "ok" && !skip && !changes.some((change) => "note" in change && change.note.edit)) {
      expect(picture(seen.wall), `${where}: shown before the answer`).toEqual(picture(after));
      held++;
    }
    told(changes);
    seen.bench.ack();
    seen.wall.update(seen.bench, []);
    for (const other of eyes.values()) {
      expect(picture(other.wall), `${where}: after the answer`).toEqual(picture(after));
      for (const note of other.wall.notes.values()) expect(note, where).toEqual(after.notes.get(note.id));
    }
  }
  return { held };
}

const stories = Object.entries(files).map(([path, text]) => ({ name: path.slice(path.lastIndexOf("/") + 1), text }));
test.each(stories)("$name", ({ name, text }) => {
  const { held } = play(name, text);
  if (["cluster.txt", "rings.txt", "area.txt", "connector.txt", "perspective.txt"].includes(name)) {
    expect(held).toBeGreaterThan(5);
  }
});
