import { describe, expect, test } from "vitest";
import type { ID } from "../protocol.gen";
import { boardIn, pathOf, routeOf } from "./route";

const board = "sQK18z58EMTAkpigcA75gg" as ID;
const at = (address: string) => routeOf(new URL(address, "http://localhost"));

describe("an address", () => {
  test.each([
    ["/", { page: "home" }],
    [`/b/${board}#secret`, { page: "board", board, view: "board", secret: "secret" }],
    [`/b/${board}/#s`, { page: "board", board, view: "board", secret: "s" }],
    [`/b/${board}?view=list`, { page: "board", board, view: "board", shape: "list", secret: "" }],
    [`/b/${board}?view=cube`, { page: "board", board, view: "board", secret: "" }],
    [`/b/${board}/outcome`, { page: "board", board, view: "outcome", secret: "" }],
    [`/b/${board}/past`, { page: "board", board, view: "past", secret: "" }],
    [`/b/${board}/show`, { page: "board", board, view: "show", secret: "" }],
    [`/b/${board}/nothing`, { page: "unknown" }],
    [`/b/${board}/past/more`, { page: "unknown" }],
    ["/b/short", { page: "unknown" }],
    [`/b/${board.slice(0, -1)}h`, { page: "unknown" }],
    ["/b", { page: "unknown" }],
    [`/m/${board}`, { page: "unknown" }],
  ])("%s", (address, route) => expect(at(address)).toEqual(route));

  test("of a board leads back to it", () => {
    for (const view of ["board", "outcome", "past", "show"] as const) {
      expect(at(pathOf(board, view))).toMatchObject({ board, view });
    }
  });
});

test("a board is found in what people paste", () => {
  for (const text of [
    board,
    ` https://wall.example/b/${board}#secret `,
    `/b/${board}/past`,
    `wall.example/b/${board}`,
  ]) {
    expect(boardIn(text)).toBe(board);
  }
  for (const text of ["", "https://wall.example", "b/x", `${board}x`]) expect(boardIn(text)).toBeUndefined();
});
