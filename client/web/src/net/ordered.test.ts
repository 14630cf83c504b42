import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Ordered } from "./ordered";

const part = (n: number) => new Uint8Array(gzipSync(JSON.stringify({ part: n, of: 2, seq: 1, changes: [] })));

/** Arrivals, and what was passed on of them until "end". */
async function passedOn(arrive: (to: Ordered) => void): Promise<string[]> {
  const out: string[] = [];
  await new Promise<void>((done) => {
    const ordered = new Ordered({
      frame: (text) => (text === "end" ? done() : out.push(text)),
      base: ({ part }) => out.push(`part ${part}`),
      broken: () => out.push("broken"),
    });
    arrive(ordered);
    ordered.frame("end");
  });
  return out;
}

describe("what arrives", () => {
  test("is passed on in order, though parts take time to unpack", async () => {
    const order = await passedOn((to) => {
      to.frame("welcome");
      to.base(part(1));
      to.base(part(2));
      to.frame("changes");
      to.behind(() => to.frame("last"));
    });
    expect(order).toEqual(["welcome", "part 1", "part 2", "changes", "last"]);
  });
  test("is passed on at once when nothing is being unpacked", () => {
    const out: string[] = [];
    const ordered = new Ordered({ frame: (text) => out.push(text), base: () => {}, broken: () => {} });
    ordered.frame("now");
    expect(out).toEqual(["now"]);
  });
  test("is told broken in its place", async () => {
    const order = await passedOn((to) => {
      to.base(new Uint8Array([1, 2, 3]));
      to.frame("behind");
    });
    expect(order).toEqual(["broken", "behind"]);
  });
});
