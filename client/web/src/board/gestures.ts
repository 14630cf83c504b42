import type { Handlers, Tool, WheelMode } from "./types";
import type { BoardView } from "./view";

export declare class Gestures {
  constructor(element: HTMLElement, view: BoardView, handlers: Handlers);
  tool: Tool;
  wheel: WheelMode;
  readonly busy: boolean;
  cancel(): boolean;
  destroy(): void;
}
