import { beforeEach, describe, expect, test } from "vitest";
import { en, type Message } from "./en";
import { list, moment, number, preferred, setLanguage, t } from "./index";
import { nl } from "./nl";

const params = (m: Message) =>
  [...new Set((typeof m === "string" ? m : m.one + m.other).match(/\{\w+\}/g) ?? [])].sort().join(" ");

beforeEach(() => setLanguage("nl"));

describe("the two files", () => {
  test("have the same keys, in the same order", () => {
    expect(Object.keys(nl)).toEqual(Object.keys(en));
  });

  test.each(Object.keys(en) as (keyof typeof en)[])("%s asks for the same and says something", (key) => {
    for (const m of [en[key], nl[key]] as Message[]) {
      for (const text of typeof m === "string" ? [m] : [m.one, m.other]) {
        expect(text.trim()).toBe(text);
        expect(text).not.toBe("");
        expect(text).not.toContain("!");
        expect(text).not.toMatch(/\bu\b|\bgebruiker/);
      }
    }
    expect(params(nl[key])).toBe(params(en[key]));
    // A number chooses a form in both languages, or in neither.
    expect(typeof nl[key]).toBe(typeof en[key]);
  });
});

test("parameters are filled in, numbers as the language writes them", () => {
  expect(t("app.code", { code: "link_full" })).toBe("Code link_full");
  expect(t("app.code", { code: 20000 })).toBe("Code 20.000");
  expect(number(1234.5)).toBe("1.234,5");
});

test("the reader's first language that the page speaks", () => {
  expect(preferred(["fr-FR", "nl-BE", "en"])).toBe("nl");
  expect(preferred(["EN-us"])).toBe("en");
  expect(preferred(["fy", "fr"])).toBe("en");
});

test("days are said as near as they need to be", async () => {
  const at = (s: string) => new Date(s).getTime();
  const now = at("2026-11-24T15:00");
  expect(moment(at("2026-11-24T14:00"), now)).toBe("vandaag 14:00");
  expect(moment(at("2026-11-23T23:59"), now)).toBe("gisteren 23:59");
  expect(moment(at("2026-11-12T10:05"), now)).toBe("do 12 nov 10:05");
  expect(moment(at("2025-11-12T10:05"), now)).toBe("12 nov 2025");
  await setLanguage("en");
  expect(moment(at("2026-11-24T09:00"), now)).toBe("today 09:00");
  expect(list(["Daan", "Fenna", "Ravi"])).toBe("Daan, Fenna, and Ravi");
});
