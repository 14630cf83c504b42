import { describe, expect, test } from "vitest";
import { Fallback, type Way } from "./fallback";

/** Connects as long as there are answers; returns the ways that were tried. */
function walk(...answers: boolean[]): Way[] {
  const fallback = new Fallback();
  const tried = answers.map((answer) => {
    const way = fallback.next();
    if (answer) fallback.opened(way);
    else fallback.neverOpened(way);
    return way;
  });
  return [...tried, fallback.next()];
}

describe("the way to connect", () => {
  test("is the stream after two sockets that did not open", () => {
    expect(walk(false)).toEqual(["socket", "socket"]);
    expect(walk(false, false)).toEqual(["socket", "socket", "stream"]);
  });
  test("stays the stream where that works and no socket ever did", () => {
    expect(walk(false, false, true, false, true)).toEqual(["socket", "socket", "stream", "stream", "stream", "stream"]);
  });
  test("is the socket again where the server was down", () => {
    expect(walk(false, false, false)).toEqual(["socket", "socket", "stream", "socket"]);
  });
  test("is the socket first where one has opened before", () => {
    expect(walk(true, false, false, true)).toEqual(["socket", "socket", "socket", "stream", "socket"]);
  });
  test("counts failures in a row only", () => {
    expect(walk(false, true, false)).toEqual(["socket", "socket", "socket", "socket"]);
  });
});
