import { expect, test } from "vitest";
import type { Base, Change, ClientOp, Hello, Op, Submit } from "../protocol.gen";
import { Core } from "./index";
import { prepare } from "./ops";
import { ident, live } from "./testing/table";
import { viewChanges } from "./unfold";
import { Copy } from "./view";

const files = import.meta.glob<string>("../../../../protocol/testdata/golden/**/*.json", {
  eager: true,
  query: "?raw",
  import: "default",
});

function golden(folder: string): [string, string][] {
  return Object.entries(files)
    .filter(([path]) => path.includes(`/golden/${folder}/`))
    .map(([path, json]) => [path.slice(path.lastIndexOf("/") + 1, -".json".length), json.trim()]);
}

const serverKinds = ["board.create", "link.create", "link.use", "link.recover", "participant.join", "writer.register"];
const clientOps = golden("op").filter(([kind]) => !serverKinds.includes(kind) && kind !== "void");

test.each(clientOps)("an op as its example: %s", (kind, json) => {
  const op: ClientOp = JSON.parse(json);
  expect(op.kind).toBe(kind);
  expect(JSON.stringify(prepare(op, 65_536).op)).toBe(json);
  expect(prepare(op, 65_536).size).toBe(new TextEncoder().encode(json).length);
});

test.each(golden("change"))("a change as its example: %s", (_, json) => {
  const change: Change = JSON.parse(json);
  const copy = new Copy();
  copy.fold(change);
  const [again] = viewChanges(copy);
  // What is zero need not be said of what is new.
  const [member] = Object.values(change);
  const said = Object.entries(member ?? {}).filter(([, v]) => v !== "" && v !== false && v !== 0);
  expect(again).toEqual({ [Object.keys(change)[0] ?? ""]: Object.fromEntries(said) });
});

const frames = new Map(golden("frame"));

test.each(golden("frame"))("a frame as its example: %s", (type, json) => {
  expect(JSON.stringify(JSON.parse(json))).toBe(json);
  const b = live();
  const before = b.core.view.at;
  b.core.receive(json, b.now);
  const out = b.take();
  const hangsUp = { welcome: true, bye: true, changes: true }; // out of order, the last word, an edit that does not fit
  expect(out.hangup, type).toBe(type in hangsUp);
  expect(b.core.view.at).toBe(type === "rewind" || type === "changes" ? "" : before);
});

test("the frames of a connection as their examples", () => {
  const parse = <T>(type: string): T => JSON.parse(frames.get(type) ?? "");
  const hello = parse<Hello>("hello");
  const base: Base = JSON.parse(files["../../../../protocol/testdata/golden/base.json"] ?? "");
  const submit = parse<Submit>("submit");
  const core = new Core({ token: hello.token ?? "", writerSecret: hello.writer ?? "", newID: () => ident("rev") });
  core.start(0);
  expect(core.take(0).frames).toEqual([{ type: "hello", version: 1, token: hello.token, writer: hello.writer }]);
  const { writer, ...welcome } = parse<{ writer: { id: string; last: number } }>("welcome");
  core.receive(JSON.stringify({ ...welcome, writer: { id: writer.id, last: writer.last } }), 0);
  core.receiveBase({ ...base, part: 1, at: "" }, 0);
  core.receiveBase({ ...base, part: 2 }, 0);
  expect(core.state).toBe("live");
  for (const op of submit.ops as Op[]) core.submit(op);
  expect(core.take(0).frames).toEqual([submit]);
  core.receive(frames.get("own") ?? "", 0);
  expect(core.role).toBe("facilitator");
  expect(core.pending()).toHaveLength(1); // number 42 of 42 and 43
  expect(core.take(5000).frames).toEqual([{ type: "ping", at: base.at }]);
});
