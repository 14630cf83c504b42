import { describe, expect, test } from "vitest";
import { EventParser } from "./sse";

const stream = 'data: {"a":1}\n\nevent: base\ndata: H4sI\n\n: a comment\ndata:one\ndata: two\r\n\r\nid: 3\n\ndata\n\n';
const events = [
  { event: "message", data: '{"a":1}' },
  { event: "base", data: "H4sI" },
  { event: "message", data: "one\ntwo" },
  { event: "message", data: "" },
];

describe("an event stream", () => {
  test.each([1, 2, 3, 7, 1000])("in pieces of %i characters gives the same events", (size) => {
    const parser = new EventParser();
    const out = [];
    for (let i = 0; i < stream.length; i += size) out.push(...parser.take(stream.slice(i, i + size)));
    expect(out).toEqual(events);
  });

  test("that breaks off gives no half event", () => {
    expect(new EventParser().take("data: half")).toEqual([]);
    expect(new EventParser().take("data: half\n")).toEqual([]);
  });
});
