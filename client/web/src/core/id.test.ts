import { expect, test } from "vitest";
import { newID } from "./index";

test("F4 an id is 22 letters of base64url that hold 128 bits, and another every time", () => {
  const ids = Array.from({ length: 500 }, newID);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{21}[AQgw]$/);
  expect(new Set(ids).size).toBe(ids.length);
  for (let at = 0; at < 22; at++) {
    expect(new Set(ids.map((id) => id[at])).size).toBeGreaterThan(at === 21 ? 3 : 30);
  }
});

test("F4 the letters spell the bytes", () => {
  const { getRandomValues } = crypto;
  const bytes = Uint8Array.from([0, 16, 131, 16, 81, 135, 32, 146, 139, 48, 211, 143, 65, 20, 147, 255]);
  try {
    crypto.getRandomValues = <T extends ArrayBufferView>(into: T): T => {
      if (into instanceof Uint8Array) into.set(bytes);
      return into;
    };
    expect(newID()).toBe("ABCDEFGHIJKLMNOPQRST_w");
  } finally {
    crypto.getRandomValues = getRandomValues;
  }
});
