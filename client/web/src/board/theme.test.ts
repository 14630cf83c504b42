import { describe, expect, it } from "vitest";
import { alpha, mix, parse, shadowsOf } from "./theme";

describe("colours", () => {
  it.each([
    ["#fff", [255, 255, 255, 1]],
    ["#1b1e22", [27, 30, 34, 1]],
    ["#00000080", [0, 0, 0, 128 / 255]],
    ["rgba(20, 26, 32, 0.1)", [20, 26, 32, 0.1]],
    ["rgb(20 26 32 / 10%)", [20, 26, 32, 0.1]],
    ["CanvasText", undefined],
  ])("reads %s", (css, expected) => {
    expect(parse(css)).toEqual(expected);
  });

  it("mixes and thins out, and leaves the system's colours alone", () => {
    expect(mix("#000000", "#ffffff", 0.5)).toBe("rgba(128, 128, 128, 1)");
    expect(alpha("#0d5f73", 0.5)).toBe("rgba(13, 95, 115, 0.5)");
    expect(mix("Canvas", "#ffffff", 0.5)).toBe("Canvas");
  });
});

describe("shadows", () => {
  it("are read as they are written and as a build writes them", () => {
    const written = "0 1px 1px rgba(20, 26, 32, 0.1), 0 3px 8px rgba(20, 26, 32, 0.1)";
    expect(shadowsOf(written)).toEqual([
      { x: 0, y: 1, blur: 1, colour: "rgba(20, 26, 32, 0.1)" },
      { x: 0, y: 3, blur: 8, colour: "rgba(20, 26, 32, 0.1)" },
    ]);
    expect(shadowsOf("0 1px 1px #141a201a,0 3px 8px #141a201a").map((s) => [s.y, s.blur, s.colour])).toEqual([
      [1, 1, "#141a201a"],
      [3, 8, "#141a201a"],
    ]);
  });
});
