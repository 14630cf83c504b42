import { expect, test } from "vitest";
import { check } from "./apply";
import { plain } from "./plain";

test.each([
  ["a\u000bb", "a\nb"],
  ["a\fb\u0085c", "a\nb\nc"],
  ["a\r\nb\rc\r\r\n", "a\nb\nc\n\n"],
  ["a\tb\nc", "a\tb\nc"],
  ["a\u0000\u0007\u001b\u007f\u009fb", "ab"],
  ["café 🙂\u200d\u00a0", "café 🙂\u200d\u00a0"],
])("%j becomes %j", (from, to) => expect(plain(from)).toBe(to));

test("every character that a text may not have is gone, and no other", () => {
  for (let unit = 0; unit < 0x300; unit++) {
    const s = String.fromCharCode(unit);
    expect(() => check(plain(s))).not.toThrow();
    if (plain(s) !== s) expect(() => check(s)).toThrow();
  }
});
