import fc from "fast-check";
import { expect, test } from "vitest";
import { syllables } from "./syllables";

test.each([
  ["Handelingsperspectief", "Han-delings-pers-pec-tief"],
  ["verantwoordelijkheden", "verant-woor-delijk-heden"],
  ["Gezondheidskloof:", "Gezond-heids-kloof:"],
  ["energietransitie", "ener-gie-tran-sitie"],
  ["verschillende", "ver-schil-lende"],
  ["(leeropbrengst)", "(lee-rop-brengst)"],
  ["Zusammenarbeit", "Zusam-menar-beit"],
  ["responsibility", "res-pon-sibi-lity"],
  ["strengths", "strengths"],
  ["мировоззрение", "мировоззрение"],
  ["12.345.678", "12.345.678"],
])("%s", (word, broken) => {
  expect(syllables(word).join("-")).toBe(broken);
});

test("nothing of a word is lost, and no part at an end is short", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (word) => {
      const parts = syllables(word);
      expect(parts.join("")).toBe(word);
      if (parts.length > 1) expect(Math.min(parts[0]!.length, parts.at(-1)!.length)).toBeGreaterThanOrEqual(3);
    }),
  );
});
