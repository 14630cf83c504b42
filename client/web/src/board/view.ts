import type { Presence, Unsubscribe, Wall } from "../model/types";
import type { ID, Ref } from "../protocol.gen";
import type { BoardOptions, Box, CameraPlace, Crowd, Hit, Place } from "./types";

/** What one may wait for: the camera moved, the selection is another, a frame was drawn. */
export type BoardSignal = "camera" | "selection" | "drawn" | "hover";

export declare class BoardView {
  constructor(canvas: HTMLCanvasElement, wall: Wall, presence: Presence | undefined, options: BoardOptions);
  /** board units at the left top, and zoom; set it with moveTo */
  readonly camera: Readonly<CameraPlace>;
  /** CSS pixels */
  readonly width: number;
  readonly height: number;
  readonly selection: ReadonlySet<ID>;
  /** the note with the editor over it: not drawn */
  editing: Ref;
  /** the cluster whose title is being edited: its title is not drawn */
  naming: Ref;
  /** the note or cluster with the keyboard's focus */
  focused: Ref;
  hovered: Ref;
  /** drop targets */
  litRing: Ref;
  litCluster: Ref;
  litNote: Ref;
  setWall(wall: Wall, presence: Presence | undefined): void;
  setOptions(options: Partial<BoardOptions>): void;
  /** reads the colours again; call it when the theme changed */
  setTheme(): void;
  select(ids: Iterable<ID>): void;
  /** board units → CSS px of the canvas, and back */
  screenOf(x: number, y: number): Place;
  boardOf(px: number, py: number): Place;
  hit(px: number, py: number, touch?: boolean): Hit;
  /** where a note, cluster, area is drawn, in CSS px of the canvas; with its drawn height */
  boxOf(id: ID): Box | undefined;
  /** where the title of a cluster stands, in CSS px */
  titleBoxOf(cluster: ID): Box | undefined;
  notesIn(box: Box): ID[];
  moveTo(camera: CameraPlace, animate?: boolean): void;
  panBy(dx: number, dy: number): void;
  zoomBy(factor: number, px?: number, py?: number, animate?: boolean): void;
  zoomTo(z: number, px?: number, py?: number): void;
  /** the whole board */
  fit(): void;
  zoomToSelection(): void;
  /** pans so that these are in view, clear of the insets (CSS px) */
  reveal(ids: Iterable<ID>, inset?: { top: number; right: number; bottom: number; left: number }): void;
  /** everything, in board units */
  bounds(): Box | undefined;
  crowds(): Crowd[];
  on(signal: BoardSignal, listener: () => void): Unsubscribe;
  /** draw as soon as can be */
  wake(): void;
  destroy(): void;
}
