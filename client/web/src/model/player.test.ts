import { expect, test } from "vitest";
import type { Change } from "../protocol.gen";
import { fold } from "./fold";
import { Objects } from "./objects";
import { type Loader, Player, type Step } from "./player";
import { id, note } from "./testing";

/** n1 is made, moved, others pass, after a minute n2 is made. */
const steps: Step[] = [
  { seq: 1, time: 1000, by: "", kind: "board.create", changes: [{ board: { title: "Bord" } }] },
  { seq: 2, time: 2000, by: id("noor"), kind: "note.create", changes: [note("n1", { text: "een" })] },
  { seq: 3, time: 3000, by: id("noor"), kind: "writer.register", changes: [] },
  {
    seq: 4,
    time: 4000,
    by: id("ben"),
    kind: "note.text",
    changes: [{ note: { id: id("n1"), edit: { base: id("rev-n1"), rev: id("r2"), runs: [3, " twee"] } } }],
  },
  { seq: 5, time: 64000, by: id("noor"), kind: "note.create", changes: [note("n2")] },
  { seq: 6, time: 65000, by: id("noor"), kind: "note.delete", changes: [{ note: { id: id("n1"), deleted: true } }] },
];

function loader() {
  const asked: number[] = [];
  const load: Loader & { asked: number[] } = {
    asked,
    async state(seq) {
      asked.push(seq);
      const objects = new Objects();
      for (const step of steps) if (step.seq <= seq) for (const change of step.changes) fold(objects, change);
      const notes = [...objects.notes.now.values()].map(({ unsaved: _, tags, ...of }): Change => {
        return { note: { ...of, tags: [...tags] } };
      });
      return { seq, changes: [{ board: { title: objects.cover.title } }, ...notes] };
    },
    async changes(from) {
      const page = steps.filter((step) => step.seq >= from).slice(0, 4);
      const last = page.at(-1)?.seq ?? 0;
      return last < 6 ? { entries: page, next: last + 1 } : { entries: page };
    },
  };
  return load;
}

async function opened() {
  const load = loader();
  const frames: ((now: number) => void)[] = [];
  const player = new Player(load, (run) => frames.push(run));
  await player.open();
  return { player, load, tick: (now: number) => frames.shift()?.(now), frames };
}

test("opening loads all pages and shows the end", async () => {
  const { player, load } = await opened();
  expect(player.steps).toHaveLength(6);
  expect([player.seq, player.time, player.start, player.end]).toEqual([6, 65000, 1000, 65000]);
  expect([...player.wall.notes.keys()]).toEqual(["n2"]);
  expect(load.asked).toEqual([]); // nothing but forward
});

test("seeking goes back by the board's state and forward by what happened", async () => {
  const { player, load } = await opened();
  await player.seek(2);
  expect([player.seq, player.wall.notes.get(id("n1"))?.text]).toEqual([2, "een"]);
  await player.seekTime(63999);
  expect([player.seq, player.time, player.wall.notes.get(id("n1"))?.text]).toEqual([4, 63999, "een twee"]);
  expect(load.asked).toEqual([2]);
  await player.seek(0);
  expect([player.seq, player.wall.notes.size, player.wall.cover.title]).toEqual([0, 0, ""]);
});

test("a seek that is overtaken shows nothing", async () => {
  const { player } = await opened();
  const first = player.seek(2);
  await Promise.all([first, player.seek(4)]);
  expect([player.seq, player.wall.notes.get(id("n1"))?.text]).toEqual([4, "een twee"]);
});

test("steps that nobody can see are passed over", async () => {
  const { player } = await opened();
  await player.seek(2);
  await player.next();
  expect(player.seq).toBe(4);
  await player.previous();
  expect(player.seq).toBe(2);
  await player.previous();
  expect(player.seq).toBe(1);
  await player.previous();
  expect(player.seq).toBe(1);
});

test("playing runs by the clock, leaves silence out, and stops at the end", async () => {
  const { player, tick, frames } = await opened();
  await player.seek(1);
  await player.play(2);
  tick(0);
  tick(500);
  expect([player.time, player.seq]).toEqual([2000, 2]);
  tick(1500);
  expect([player.time, player.seq]).toEqual([4000, 4]);
  tick(1501);
  expect(player.time).toBe(63000); // one second before it goes on
  tick(4000);
  expect([player.playing, player.seq, player.time]).toEqual([false, 6, 65000]);
  expect(frames).toHaveLength(0);
  await player.play();
  expect([player.playing, player.time]).toEqual([true, 1000]); // again from the start
  player.pause();
  tick(9999);
  expect(player.time).toBe(1000);
});

test("with silence kept, a minute is a minute", async () => {
  const { player, tick } = await opened();
  player.skipSilence = false;
  await player.seek(4);
  await player.play(1);
  tick(0);
  tick(5000);
  expect([player.time, player.seq]).toEqual([9000, 4]);
});

test("the histogram counts what changed, in equal parts of time", async () => {
  const { player } = await opened();
  expect(player.histogram(4)).toEqual([3, 0, 0, 2]);
  expect(player.life(id("n1")).map((step) => step.seq)).toEqual([2, 4, 6]);
});
