import { expect, test } from "vitest";
import { codes } from "../protocol.gen";
import { en } from "../words/en";

test("every code has its words, and no other", () => {
  const spoken = Object.keys(en).filter((k) => k.startsWith("code."));
  expect(spoken.sort()).toEqual([...Object.keys(codes), "offline"].map((c) => `code.${c}`).sort());
});
