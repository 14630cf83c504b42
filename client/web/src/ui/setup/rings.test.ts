import { expect, test } from "vitest";
import { firstRings } from "../../model";
import { limits, type Ring } from "../../protocol.gen";
import { moreRings, resized } from "./rings";

const rings = firstRings("Kern", "Verder").map((r, i) => ({ ...r, id: `${i}` })) as unknown as Ring[];

test("rings never touch or change places, however often one is pressed", () => {
  for (const index of [0, 1]) {
    for (const direction of [1, -1] as const) {
      let now: readonly Ring[] = rings;
      for (let i = 0; i < 60; i++) {
        now = resized(now, index, direction);
        const [inner, outer] = now;
        expect(outer!.size).toBeGreaterThan(inner!.size);
        expect(inner!.size).toBeGreaterThanOrEqual(limits.minRing);
        expect(Number.isInteger(inner!.size) && Number.isInteger(outer!.size)).toBe(true);
      }
    }
  }
});

test("another ring lies around the others and has no id yet", () => {
  const more = moreRings(rings, "Nog verder");
  expect(more).toHaveLength(3);
  expect(more[2]!.size).toBeGreaterThan(rings[1]!.size);
  expect(more[2]!.id).toBeUndefined();
});
