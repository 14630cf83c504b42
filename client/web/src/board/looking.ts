/** Where one looks at the board from, and how that is changed. Whoever draws it says how large it is and where things lie. */
import type { ID } from "../protocol.gen";
import { around, grown } from "./boxes";
import { clampZoom, fitBox, type Inset, panInto, toBoard, toScreen, zoomAt } from "./camera";
import { Eye } from "./eye";
import type { Box, CameraPlace, Place } from "./types";

const defaultInset: Inset = { top: 72, right: 24, bottom: 96, left: 24 };

export abstract class Looking {
  protected readonly eye = new Eye(() => this.looked());

  /** CSS pixels */
  abstract get width(): number;
  abstract get height(): number;
  /** Around everything, in board units. */
  abstract bounds(): Box | undefined;
  /** Where an object lies, in board units. */
  protected abstract placeOf(id: ID): Box | undefined;
  protected abstract get selected(): Iterable<ID>;
  /** the camera cuts, it does not fly */
  protected abstract get still(): boolean;
  /** The camera moved. */
  protected abstract looked(): void;

  get camera(): Readonly<CameraPlace> {
    return this.eye.camera;
  }

  /** Where one looks from, or will when the camera has flown. */
  get aim(): Readonly<CameraPlace> {
    return this.eye.aim;
  }

  /** board units → CSS px of the canvas */
  screenOf(x: number, y: number): Place {
    return toScreen(this.camera, x, y);
  }
  boardOf(px: number, py: number): Place {
    return toBoard(this.camera, px, py);
  }

  moveTo(camera: CameraPlace, animate = false): void {
    this.eye.go(camera, animate ? (this.still ? "cut" : "fly") : "at once", performance.now());
  }

  /** CSS pixels */
  panBy(dx: number, dy: number): void {
    const { x, y, z } = this.camera;
    this.moveTo({ x: x + dx / z, y: y + dy / z, z });
  }

  zoomBy(factor: number, px = this.width / 2, py = this.height / 2, animate = false): void {
    this.moveTo(zoomAt(animate ? this.eye.aim : this.camera, factor, px, py), animate);
  }

  zoomTo(z: number, px = this.width / 2, py = this.height / 2): void {
    this.moveTo(zoomAt(this.camera, clampZoom(z) / this.camera.z, px, py), true);
  }

  /** Shows the whole board, clear of bars (CSS px). */
  fit(inset: Inset = defaultInset, animate = true): void {
    const all = this.bounds();
    if (all) this.moveTo(fitBox(all, this.width, this.height, inset, 1), animate);
  }

  zoomToSelection(inset: Inset = defaultInset): void {
    const box = this.#boxAround(this.selected);
    if (box) this.moveTo(fitBox(grown(box, 40), this.width, this.height, inset, 1.5), true);
  }

  /** Pans just so far that these are in view, clear of bars. */
  reveal(ids: Iterable<ID>, inset: Inset = defaultInset): void {
    const box = this.#boxAround(ids);
    if (!box) return;
    const to = panInto(this.camera, grown(box, 12), this.width, this.height, inset);
    if (to.x !== this.camera.x || to.y !== this.camera.y) this.moveTo(to, true);
  }

  #boxAround(ids: Iterable<ID>): Box | undefined {
    return around([...ids].flatMap((id) => this.placeOf(id) ?? []));
  }
}
