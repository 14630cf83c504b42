import { expect, test } from "vitest";
import { endOf, linkOf, openTerms } from "./terms";

const morning = new Date(2026, 10, 24, 9, 30).getTime();
const evening = new Date(2026, 10, 24, 19, 0).getTime();

test("a link ends when its maker thinks it does", () => {
  expect(endOf("never", morning)).toBeUndefined();
  expect(endOf("today", morning)).toBe(new Date(2026, 10, 24, 18, 0).getTime());
  expect(endOf("today", evening)).toBe(new Date(2026, 10, 25, 18, 0).getTime());
  expect(endOf("tomorrow", morning)).toBe(new Date(2026, 10, 25, 18, 0).getTime());
  expect(endOf("week", morning)).toBe(new Date(2026, 11, 1, 9, 30).getTime());
  expect(endOf("month", morning)).toBe(new Date(2026, 11, 24, 9, 30).getTime());
});

test("terms that are not set are not asked for", () => {
  expect(linkOf("contributor", openTerms, morning)).toEqual({ role: "contributor" });
  expect(linkOf("viewer", { until: "never", most: 40, password: "geheim123" }, morning)).toEqual({
    role: "viewer",
    uses: 40,
    password: "geheim123",
  });
});
