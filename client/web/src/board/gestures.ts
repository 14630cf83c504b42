import type { Handlers, Tool, WheelMode } from "./types";
import type { BoardView } from "./view";

export declare class Gestures {
  constructor(element: HTMLElement, view: BoardView, handlers: Handlers);
  tool: Tool;
  wheel: WheelMode;
  /** a drag, marquee or pan is going on */
  readonly busy: boolean;
  /** Esc: gives up what the hand is doing; says whether there was anything */
  cancel(): boolean;
  destroy(): void;
}
