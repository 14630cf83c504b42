/** Marks around notes: chosen, focused, pointed at, written by another; marquee and lines of alignment. Device pixels. */
import { fontFamily } from "../text";
import type { Theme } from "../theme";
import type { Box } from "../types";
import { type Context, roundRect } from "./surface";

/** between a note and its frame, CSS px */
export const frameOffset = 3;
export const handleSize = 9;

/** A line around a box, `offset` outside it (CSS px), with a halo in the colour of the wall so that it shows on any note. */
function outline(c: Context, box: Box, px: number, offset: number, width: number, radius: number): void {
  const out = (offset + width / 2) * px;
  roundRect(c, box.x - out, box.y - out, box.w + 2 * out, box.h + 2 * out, radius * px);
  c.lineWidth = width * px;
  c.stroke();
}

export function drawHover(c: Context, t: Theme, box: Box, px: number): void {
  c.strokeStyle = t.accent;
  c.globalAlpha = 0.45;
  outline(c, box, px, frameOffset, 2, 5);
  c.globalAlpha = 1;
}

export function drawChosen(c: Context, t: Theme, box: Box, px: number): void {
  c.strokeStyle = t.canvas;
  outline(c, box, px, frameOffset - 1, 4, 4);
  c.strokeStyle = t.accent;
  outline(c, box, px, frameOffset, 2, 3);
}

/** The thin line around each of several chosen notes. */
export function drawOneOfMany(c: Context, t: Theme, box: Box, px: number): void {
  c.strokeStyle = t.canvas;
  outline(c, box, px, 0, 3, 4);
  c.strokeStyle = t.accent;
  outline(c, box, px, 1, 1.5, 3);
}

export function drawFocus(c: Context, t: Theme, box: Box, px: number): void {
  c.strokeStyle = t.focusGap;
  outline(c, box, px, 1, 2, 5);
  c.strokeStyle = t.focus;
  outline(c, box, px, frameOffset, 3, 6);
}

/** Corners of the frame around a box, in the order nw, ne, se, sw. */
export function handlePlaces(box: Box, px: number): { x: number; y: number }[] {
  const out = (frameOffset + 1) * px;
  const left = box.x - out;
  const top = box.y - out;
  const right = box.x + box.w + out;
  const bottom = box.y + box.h + out;
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
}

export function drawHandles(c: Context, t: Theme, box: Box, px: number): void {
  const size = handleSize * px;
  for (const at of handlePlaces(box, px)) {
    roundRect(c, Math.round(at.x - size / 2), Math.round(at.y - size / 2), size, size, 2 * px);
    c.fillStyle = t.surface;
    c.fill();
    c.lineWidth = 1.5 * px;
    c.strokeStyle = t.accent;
    c.stroke();
  }
}

/** One box around all that is chosen, and how many. */
export function drawManyBox(c: Context, t: Theme, box: Box, count: number, px: number): void {
  c.strokeStyle = t.canvas;
  outline(c, box, px, 8, 4, 8);
  c.strokeStyle = t.accent;
  outline(c, box, px, 9, 2, 7);
  const text = String(count);
  c.font = `620 ${12.5 * px}px ${fontFamily}`;
  const w = Math.max(22 * px, c.measureText(text).width + 14 * px);
  const x = box.x + box.w + 10 * px - w / 2;
  const y = box.y - 10 * px;
  roundRect(c, x, y - 11 * px, w, 22 * px, 11 * px);
  c.fillStyle = t.accent;
  c.fill();
  c.lineWidth = 2 * px;
  c.strokeStyle = t.canvas;
  c.stroke();
  c.fillStyle = t.onAccent;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(text, x + w / 2, y + 0.5 * px);
  c.textAlign = "left";
  c.textBaseline = "alphabetic";
}

/** Another's hand in a note: their ink around it, and while they write their name above. */
export function drawOther(c: Context, t: Theme, box: Box, colour: number, name: string, px: number): void {
  const writes = name !== "";
  c.strokeStyle = t.canvas;
  if (writes) outline(c, box, px, frameOffset - 1, 4, 5);
  c.strokeStyle = t.ink(colour);
  outline(c, box, px, writes ? frameOffset : 1, writes ? 2 : 1.5, 5);
  if (writes) nameTag(c, t, colour, name, box.x - 5 * px, box.y - 26 * px, px);
}

/** Another names a cluster: their name behind its title (CSS px). */
export function drawNamer(c: Context, t: Theme, title: Box, colour: number, name: string, px: number): void {
  nameTag(c, t, colour, name, (title.x + title.w + 4) * px, (title.y - 1) * px, px);
}

function nameTag(c: Context, t: Theme, colour: number, name: string, x: number, y: number, px: number): void {
  c.font = `620 ${12.5 * px}px ${fontFamily}`;
  const w = c.measureText(name).width + 14 * px;
  const h = 19 * px;
  roundRect(c, x, y, w, h, 4 * px);
  c.fillStyle = t.ink(colour);
  c.fill();
  c.fillStyle = t.forced ? "Canvas" : "#ffffff";
  c.textBaseline = "middle";
  c.fillText(name, x + 7 * px, y + h / 2 + 0.5 * px);
  c.textBaseline = "alphabetic";
}

export function drawDropOn(c: Context, t: Theme, box: Box, px: number): void {
  c.strokeStyle = t.accent;
  outline(c, box, px, frameOffset, 3, 6);
}

export function drawMarquee(c: Context, t: Theme, box: Box, px: number): void {
  c.globalAlpha = 0.12;
  c.fillStyle = t.accent;
  c.fillRect(box.x, box.y, box.w, box.h);
  c.globalAlpha = 1;
  c.lineWidth = px;
  c.strokeStyle = t.accent;
  c.strokeRect(Math.round(box.x) + px / 2, Math.round(box.y) + px / 2, Math.round(box.w), Math.round(box.h));
}

export function drawLine(
  c: Context,
  t: Theme,
  from: { x: number; y: number },
  to: { x: number; y: number },
  px: number,
): void {
  c.lineWidth = px;
  c.strokeStyle = t.accent;
  c.beginPath();
  c.moveTo(Math.round(from.x) + px / 2, Math.round(from.y) + px / 2);
  c.lineTo(Math.round(to.x) + px / 2, Math.round(to.y) + px / 2);
  c.stroke();
}

/** Where a frame or target will be. */
export function drawGhost(c: Context, t: Theme, box: Box, round: boolean, px: number): void {
  c.beginPath();
  if (round) c.ellipse(box.x + box.w / 2, box.y + box.h / 2, box.w / 2, box.h / 2, 0, 0, 2 * Math.PI);
  else c.roundRect(box.x, box.y, box.w, box.h, 8 * px);
  c.setLineDash([6 * px, 4 * px]);
  c.lineWidth = 2 * px;
  c.strokeStyle = t.accent;
  c.stroke();
  c.setLineDash([]);
}
