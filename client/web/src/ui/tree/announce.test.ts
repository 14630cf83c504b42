import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SaveState, Session } from "../../model/types";
import { setLanguage } from "../../words";
import { Announcer, say, summaryEvery } from "./announce";
import { id, TestWall } from "./testing";

let wall: TestWall;
let announcer: Announcer;
let polite: string[];
let assertive: string[];
let listeners: Set<() => void>;
let save: SaveState;

function start(loaded = true): void {
  if (!loaded) wall.participants.clear();
  listeners = new Set();
  const session = {
    wall,
    get save() {
      return save;
    },
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  announcer = new Announcer(session as unknown as Session);
  announcer.subscribe((region, text) => (region === "polite" ? polite : assertive).push(text));
}

function becomes(kind: SaveState["kind"]): void {
  save = { kind, waiting: 0, memoryOnly: false };
  for (const listener of listeners) listener();
}

beforeEach(async () => {
  await setLanguage("nl");
  vi.useFakeTimers();
  wall = new TestWall();
  wall.person("tijn", "Tijn");
  wall.person("esra", "Esra");
  save = { kind: "saved", waiting: 0, memoryOnly: false };
  polite = [];
  assertive = [];
});
afterEach(() => {
  announcer.destroy();
  vi.useRealTimers();
});

function made(name: string, author: string): void {
  wall.note(name, { author: id(author) });
  wall.touch({ notes: [name] });
}

describe("what others do", () => {
  test("is one sentence, at most once in five seconds", () => {
    start();
    made("a", "tijn");
    made("b", "esra");
    made("c", "tijn");
    vi.advanceTimersByTime(summaryEvery - 1);
    expect(polite).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(polite).toEqual(["Tijn en 1 ander maakten 3 briefjes."]);
    made("d", "esra");
    vi.advanceTimersByTime(summaryEvery);
    expect(polite.slice(1)).toEqual(["Esra maakte 1 briefje."]);
    vi.advanceTimersByTime(60_000);
    expect(polite).toHaveLength(2);
  });

  test("letters, places and one's own notes are no news", () => {
    start();
    made("a", "me");
    wall.note("b");
    wall.touch({ notes: ["b"] });
    vi.advanceTimersByTime(summaryEvery);
    polite = [];
    wall.change("b", { text: "anders", x: 500 });
    wall.touch({ notes: ["b"] });
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toEqual([]);
  });

  test("made and deleted between two sentences: nothing happened", () => {
    start();
    made("a", "tijn");
    wall.notes.delete(id("a"));
    wall.touch({ notes: ["a"] });
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toEqual([]);
  });

  test("with all of it: what moved, was written and got another name", () => {
    wall.note("a");
    wall.note("b");
    wall.cluster("zorg", ["b"], "");
    start();
    announcer.hearing = "all";
    wall.change("a", { ring: id("kern"), text: "nieuw" });
    wall.cluster("zorg", ["b"], "Zorg");
    wall.touch({ notes: ["a"], clusters: ["zorg"] });
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toEqual(["Cluster heet nu “Zorg”. 1 briefje verplaatst. 1 briefje aangepast."]);
  });

  test("off: nothing of others", () => {
    start();
    announcer.hearing = "off";
    made("a", "tijn");
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toEqual([]);
  });

  test("the first copy of the board is no news; what comes later in a new copy is", () => {
    start(false);
    wall.note("a");
    wall.cluster("zorg", ["a"]);
    wall.person("me", "Noor");
    wall.touch({ all: true });
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toEqual([]);
    wall.note("b", { author: id("tijn") });
    wall.notes.delete(id("a"));
    wall.touch({ all: true });
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toEqual(["Er kwam bij: 1 briefje. 1 briefje verwijderd."]);
  });
});

describe("what one does oneself is said at once", () => {
  beforeEach(() => {
    wall.target("doel", ["Kern", "Rand"]);
    wall.note("a");
    wall.note("b");
    wall.note("c");
    wall.cluster("zorg", ["c"], "Zorg");
    start();
  });

  test.each([
    [["a"], { ring: id("Kern") }, "In de kern gezet"],
    [["a", "b"], { ring: id("Kern") }, "2 briefjes in de kern gezet"],
    [["a"], { ring: id("Rand") }, "In ring Rand gezet"],
    [["a"], { cluster: id("zorg"), ring: id("Kern") }, "In cluster Zorg gezet"],
    [["c"], { cluster: "" as const }, "Losgemaakt van het cluster"],
  ])("%j %j", (notes, change, words) => {
    for (const note of notes) wall.change(note, { ...change, unsaved: true });
    wall.touch({ notes });
    expect(polite).toEqual([words]);
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toHaveLength(1);
  });

  test("a cluster one made", () => {
    wall.cluster("nieuw", ["a", "b"], "");
    for (const note of ["a", "b"]) wall.change(note, { unsaved: true });
    wall.touch({ notes: ["a", "b"], clusters: ["nieuw"] });
    expect(polite).toEqual(["Cluster gemaakt met 2 briefjes"]);
    vi.advanceTimersByTime(summaryEvery);
    expect(polite).toHaveLength(1);
  });

  test("through the page's one voice, as long as it is there", () => {
    say("Verbonden");
    announcer.destroy();
    say("te laat");
    expect(polite).toEqual(["Verbonden"]);
  });
});

describe("what cannot wait", () => {
  test("no connection, two seconds after it is shown; and that all is well again", () => {
    start();
    becomes("offline");
    vi.advanceTimersByTime(1999);
    expect(assertive).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(assertive).toEqual(["Geen verbinding. Schrijf gerust door: je briefjes staan op dit apparaat."]);
    becomes("reconnected");
    becomes("saved");
    becomes("saving");
    becomes("saved");
    expect(polite).toEqual(["Weer verbonden. Alles opgeslagen."]);
  });

  test("a short drop is not said", () => {
    start();
    becomes("offline");
    vi.advanceTimersByTime(1500);
    becomes("saved");
    vi.advanceTimersByTime(10_000);
    expect([...assertive, ...polite]).toEqual([]);
  });

  test("lost access, at once", () => {
    start();
    becomes("closed");
    expect(assertive).toEqual(["Je bent niet meer op dit bord."]);
  });
});
