import { expect, it } from "vitest";
import { plain, ranked, score } from "./rank";

const find = (query: string, items: string[], most = 10) => ranked(query, items, (s) => s, most);

it("puts the start of the text before the start of a word, and that before the inside of one", () => {
  expect(find("note", ["footnotes", "New note", "Notes of mine"])).toEqual(["Notes of mine", "New note", "footnotes"]);
});

it("needs every word, in any order", () => {
  expect(find("nieuw briefje", ["Briefje, nieuw", "Briefje"])).toEqual(["Briefje, nieuw"]);
});

it("does not mind accents or capitals", () => {
  expect(plain("Coöperatie É")).toBe("cooperatie e");
  expect(score("COOP", "coöperatie")).toBeGreaterThan(0);
});

it("finds initials, but not letters strewn over a text", () => {
  expect(find("nb", ["Nieuw briefje", "Inbox"])).toEqual(["Inbox", "Nieuw briefje"]);
  expect(find("nbj", ["Nieuw briefje"])).toEqual(["Nieuw briefje"]);
  expect(find("xq", ["Nieuw briefje"])).toEqual([]);
  expect(score("tk", "ver weg in de tekst staat iets")).toBe(0);
});

it("keeps the order of what fits equally, and shows no more than asked", () => {
  expect(find("", ["b", "a", "c"], 2)).toEqual(["b", "a"]);
});

it("prefers the shorter of two that begin alike", () => {
  expect(find("zoom", ["Zoom in op de selectie", "Zoom in"])).toEqual(["Zoom in", "Zoom in op de selectie"]);
});
