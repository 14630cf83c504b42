import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineHeight, noteTextBox, Typesetter } from "./text";

/** Every letter is half as wide as high. */
const even = (): Typesetter => new Typesetter((text, size) => [...text].length * size * 0.5);
const wrap = (text: string, letters: number, breakWords = false) => even().wrap(text, letters * 5, 10, 99, breakWords);

describe("wrapping", () => {
  it.each([
    ["a line for each paragraph, empty ones too", "een\n\ntwee", 10, ["een", "", "twee"]],
    ["breaks between words, and spaces hang", "een twee  drie", 8, ["een twee", "drie"]],
    ["keeps spaces a person put at the front", "  een twee", 6, ["  een", "twee"]],
    ["breaks after a hyphen between letters", "mede-eigenaar van", 12, ["mede-", "eigenaar van"]],
    ["does not break a range of numbers", "van 10-12 uur", 7, ["van", "10-12", "uur"]],
    ["shows a soft hyphen only where a line ends", "ver\u00adant\u00adwoor\u00addelijk", 11, ["verantwoor-", "delijk"]],
    ["breaks between ideographs", "考える壁を作る", 3, ["考える", "壁を作", "る"]],
    ["breaks beside emoji but not in them", "ja👩‍🔬👩‍🔬", 6, ["ja👩‍🔬", "👩‍🔬"]],
  ])("%s", (_, text, letters, expected) => {
    expect(wrap(text, letters)).toEqual(expected);
  });

  it("hyphenates a word that is wider than a line", () => {
    expect(wrap("een verantwoordelijkheid", 10)).toEqual(["een", "verant-", "woor-", "delijkheid"]);
    expect(wrap("woord", 10)).toEqual(["woord"]);
  });

  it("does not fit when a word is too wide and has no syllables, unless words may be broken", () => {
    expect(wrap("een 123456789012345", 10)).toBeUndefined();
    expect(wrap("een 123456789012345", 10, true)).toEqual(["een", "1234567890", "12345"]);
  });

  it("loses nothing but white space at the ends of lines", () => {
    // no vowels: a word of syllables gets a hyphen where it breaks
    const text = fc.array(fc.constantFrom("z", "bb", "ccc ", " ", "\n", "-", "dddddd", "👩‍🔬"), { maxLength: 30 });
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 20 }), (parts, letters) => {
        const whole = parts.join("");
        const lines = even().wrap(whole, letters * 5, 10, 999, true) ?? [];
        expect(lines.join("").replace(/\s/g, "")).toBe(whole.replace(/\s/g, ""));
      }),
    );
  });
});

describe("fitting", () => {
  it("takes the largest size at which a text fits and no word breaks", () => {
    expect(even().fit("Kern", 176, 176).size).toBe(22);
    expect(even().fit("12345678901234567", 176, 176).size).toBe(16);
    expect(even().fit("", 176, 176)).toMatchObject({ size: 22, height: 176, clipped: false });
  });

  it("grows down in steps of 22 to twice the height, and then says that there is more", () => {
    const words = (n: number): string => "woorden en meer ".repeat(n);
    const grown = even().fit(words(16), 176, 176);
    expect(grown.size).toBe(14);
    expect(grown.height).toBeGreaterThan(176);
    expect((grown.height - 176) % 22).toBe(0);
    expect(grown.lines.length * 14 * lineHeight).toBeLessThanOrEqual(noteTextBox(176, grown.height).h + 1);
    const clipped = even().fit(words(80), 176, 176);
    expect(clipped).toMatchObject({ height: 352, clipped: true });
    expect((clipped.lines.length + 1) * 14 * lineHeight).toBeLessThanOrEqual(noteTextBox(176, 352).h + 1);
  });

  it("tells the height without laying short texts out, and never another one", () => {
    const text = fc.array(fc.constantFrom("een ", "verantwoordelijkheid ", "en\n", "x", " - "), { maxLength: 60 });
    fc.assert(
      fc.property(text, fc.constantFrom(112, 138, 176, 272), (parts, w) => {
        const whole = parts.join("");
        expect(even().height(whole, w, 112)).toBe(even().fit(whole, w, 112).height);
      }),
    );
  });

  it("measures again when the font is another", () => {
    let wide = 0.5;
    const setter = new Typesetter((text, size) => text.length * size * wide);
    const before = setter.fit("123456789012345678901", 176, 176).size;
    wide = 0.3;
    setter.forget();
    expect(setter.fit("123456789012345678901", 176, 176).size).toBeGreaterThan(before);
  });
});
