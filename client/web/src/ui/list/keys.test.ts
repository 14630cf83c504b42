import { describe, expect, test } from "vitest";
import { follow, type Ways } from "./keys";

function press(key: string, more: Partial<Record<"ctrlKey" | "shiftKey" | "altKey", boolean>> = {}) {
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key;
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
}

function done(event: ReturnType<typeof press>, singles = true, can = true): string[] {
  const called: string[] = [];
  const ways = new Proxy({} as Ways, {
    get: (_, name: string) => () => {
      called.push(name);
      return can;
    },
  });
  expect(follow(event, ways, singles, false)).toBe(can && called.length > 0);
  return called;
}

describe("the list's keys", () => {
  test.each([
    [press("n"), "newNote"],
    [press("m"), "move"],
    [press("g"), "cluster"],
    [press("G", { shiftKey: true }), "free"],
    [press("Delete"), "remove"],
    [press("/"), "find"],
    [press("Escape"), "leave"],
    [press("d", { ctrlKey: true }), "duplicate"],
  ])("%j", (event, way) => {
    expect(done(event)).toEqual([way]);
  });

  test("single keys can be switched off; those with Ctrl stay, and Esc always frees", () => {
    expect(done(press("n"), false)).toEqual([]);
    expect(done(press("g", { ctrlKey: true }), false)).toEqual(["cluster"]);
    expect(done(press("Escape"), false)).toEqual(["leave"]);
  });

  test("what did nothing leaves the key to the browser", () => {
    expect(done(press("k", { ctrlKey: true }), true, false)).toEqual(["find"]);
    expect(done(press("q"))).toEqual([]);
  });
});
