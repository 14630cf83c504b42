/** Where one looks from: the camera, its flights, and whether it zooms just now. Times in ms of performance.now(). */
import { between, clampZoom, ease } from "./camera";
import type { CameraPlace } from "./types";

const flightTime = 320;
const cutTime = 120;
/** a zoom is over after so long a rest, and the exact scale is baked */
const restTime = 150;

export class Eye {
  #camera: CameraPlace = { x: -40, y: -40, z: 1 };
  #flight: { from: CameraPlace; to: CameraPlace; start: number } | undefined;
  #cutAt = -Infinity;
  #zoomedAt = -Infinity;
  readonly #moved: () => void;

  /** `moved` is called after each move. */
  constructor(moved: () => void) {
    this.#moved = moved;
  }

  get camera(): Readonly<CameraPlace> {
    return this.#camera;
  }

  /** Where the camera is, or will be when it has flown. */
  get aim(): Readonly<CameraPlace> {
    return this.#flight?.to ?? this.#camera;
  }

  /** Goes there at once, by a flight, or with reduced motion (`still`) by a cut. */
  go(to: CameraPlace, how: "at once" | "fly" | "cut", now: number): void {
    const there = { ...to, z: clampZoom(to.z) };
    this.#flight = how === "fly" ? { from: { ...this.#camera }, to: there, start: now } : undefined;
    if (how === "cut") this.#cutAt = now;
    if (how !== "fly") this.#look(there, now);
  }

  /** Goes on with a flight; says whether it is still under way. */
  step(now: number): boolean {
    if (!this.#flight) return false;
    const { from, to, start } = this.#flight;
    const t = Math.min(1, Math.max(0, (now - start) / flightTime));
    if (t >= 1) this.#flight = undefined;
    this.#look(between(from, to, ease(t)), now);
    return this.#flight !== undefined;
  }

  zooming(now: number): boolean {
    return now - this.#zoomedAt < restTime;
  }

  /** when a zoom that goes on is at rest */
  get restsAt(): number {
    return this.#zoomedAt + restTime;
  }

  /** How much of the old picture hides the new one after a cut: 1 to 0. */
  fade(now: number): number {
    return Math.max(0, 1 - Math.max(0, now - this.#cutAt) / cutTime);
  }

  #look(to: CameraPlace, now: number): void {
    if (to.z !== this.#camera.z) this.#zoomedAt = now;
    this.#camera = to;
    this.#moved();
  }
}
