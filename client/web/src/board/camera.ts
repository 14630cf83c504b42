/** Camera arithmetic: what part of the board is seen, and how large. Pure. */
import type { Box, CameraPlace, Place } from "./types";

export const minZoom = 0.05;
export const maxZoom = 4;

export interface Inset {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export const clampZoom = (z: number): number => Math.min(maxZoom, Math.max(minZoom, z));

/** Zooms by a factor so that what lies under the point (CSS px) stays there. */
export function zoomAt(camera: CameraPlace, factor: number, px: number, py: number): CameraPlace {
  const z = clampZoom(camera.z * factor);
  return { x: camera.x + px / camera.z - px / z, y: camera.y + py / camera.z - py / z, z };
}

/** Shows a box (board units) whole and centred within a canvas of this size (CSS px), not larger than `most`. */
export function fitBox(box: Box, width: number, height: number, inset: Inset, most: number): CameraPlace {
  const w = Math.max(1, width - inset.left - inset.right);
  const h = Math.max(1, height - inset.top - inset.bottom);
  const z = Math.min(most, clampZoom(Math.min(w / Math.max(1, box.w), h / Math.max(1, box.h))));
  return {
    x: box.x + box.w / 2 - (inset.left + w / 2) / z,
    y: box.y + box.h / 2 - (inset.top + h / 2) / z,
    z,
  };
}

/** The least pan that brings a box (board units) within the canvas less its insets; its left top wins if it is larger. */
export function panInto(camera: CameraPlace, box: Box, width: number, height: number, inset: Inset): CameraPlace {
  const along = (from: number, size: number, at: number, low: number, high: number): number => {
    const start = (from - at) * camera.z;
    const end = start + size * camera.z;
    if (start < low || end - start > high - low) return at + (start - low) / camera.z;
    return end > high ? at + (end - high) / camera.z : at;
  };
  return {
    x: along(box.x, box.w, camera.x, inset.left, width - inset.right),
    y: along(box.y, box.h, camera.y, inset.top, height - inset.bottom),
    z: camera.z,
  };
}

/** The camera a part t (0..1) on the way: every point of the board goes straight over the screen. */
export function between(from: CameraPlace, to: CameraPlace, t: number): CameraPlace {
  if (t >= 1) return { ...to };
  const z = from.z * (to.z / from.z) ** t;
  const along = Math.abs(to.z / from.z - 1) < 1e-6 ? t : (1 / from.z - 1 / z) / (1 / from.z - 1 / to.z);
  return { x: from.x + (to.x - from.x) * along, y: from.y + (to.y - from.y) * along, z };
}

/** The house's easing, cubic-bezier(.2, 0, 0, 1). */
export function ease(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  let low = 0;
  let high = 1;
  for (let i = 0; i < 24; i++) {
    const s = (low + high) / 2;
    // x(s) with control points .2 and 0
    if (3 * 0.2 * s * (1 - s) * (1 - s) + s * s * s < t) low = s;
    else high = s;
  }
  const s = (low + high) / 2;
  return 3 * s * s * (1 - s) + s * s * s;
}

export const toScreen = (camera: CameraPlace, x: number, y: number): Place => ({
  x: (x - camera.x) * camera.z,
  y: (y - camera.y) * camera.z,
});

export const toBoard = (camera: CameraPlace, px: number, py: number): Place => ({
  x: camera.x + px / camera.z,
  y: camera.y + py / camera.z,
});
