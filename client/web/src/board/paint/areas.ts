/** Frames and targets: what lies under everything. */
import type { Area } from "../../model/types";
import { limits, type Ref } from "../../protocol.gen";
import { ringFlat } from "../scene";
import type { Theme } from "../theme";
import type { Place } from "../types";
import { type Context, roundRect } from "./surface";

/** How board units become device pixels of what is drawn on: px = unit × s − origin. */
export interface Pen {
  c: Context;
  s: number;
  /** device pixels per CSS pixel */
  px: number;
  ox: number;
  oy: number;
}

const unit = limits.unit;

function ellipse(pen: Pen, area: Readonly<Area>, size: number): void {
  const { c, s } = pen;
  c.beginPath();
  const half = (size / unit) * s;
  c.ellipse((area.x / unit) * s - pen.ox, (area.y / unit) * s - pen.oy, half, half * ringFlat, 0, 0, 2 * Math.PI);
}

export function drawArea(pen: Pen, theme: Theme, area: Readonly<Area>, lit: Ref): void {
  if (area.form === "frame") drawFrame(pen, theme, area);
  else drawTarget(pen, theme, area, lit);
}

function drawFrame(pen: Pen, theme: Theme, area: Readonly<Area>): void {
  const { c, s } = pen;
  const line = Math.max(1, 1.5 * s);
  const w = (area.w / unit) * s;
  const h = (area.h / unit) * s;
  roundRect(c, (area.x / unit) * s - pen.ox, (area.y / unit) * s - pen.oy, w, h, 12 * s);
  c.fillStyle = theme.hull;
  c.fill();
  c.lineWidth = line;
  c.strokeStyle = theme.ringLine;
  c.stroke();
}

function drawTarget(pen: Pen, theme: Theme, area: Readonly<Area>, lit: Ref): void {
  const { c } = pen;
  for (let i = area.rings.length - 1; i >= 0; i--) {
    const ring = area.rings[i];
    if (!ring) continue;
    ellipse(pen, area, ring.size);
    c.fillStyle = ring.id === lit ? theme.accentSoft : i === 0 ? theme.ringCore : theme.ringOuter;
    c.fill();
    const isLit = ring.id === lit;
    c.lineWidth = (isLit ? 3 : i === 0 ? 2 : 1.5) * pen.px;
    c.strokeStyle = isLit ? theme.accent : i === 0 ? theme.ringCoreLine : theme.ringLine;
    c.stroke();
  }
}

/**
 * Where a ring's label may stand on its line, in board units, the usual place first: the core's at the bottom, the others'
 * right below.
 */
export function ringLabelPlaces(area: Readonly<Area>, index: number): Place[] {
  const half = (area.rings[index]?.size ?? 0) / unit;
  const below = Math.PI / 2;
  const aside = 0.674;
  const usual = index === 0 ? below : index % 2 === 1 ? aside : Math.PI - aside;
  return [usual, below, aside, Math.PI - aside, 0.2, Math.PI - 0.2, -below].map((angle) => ({
    x: area.x / unit + half * Math.cos(angle),
    y: area.y / unit + half * ringFlat * Math.sin(angle),
  }));
}
