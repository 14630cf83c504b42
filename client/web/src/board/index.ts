/** The board as a picture one can touch: a canvas over a Wall, and what hands do on it. */
export { Gestures } from "./gestures";
export { fitText, noteTextBox } from "./text";
export * from "./types";
export { BoardView } from "./view";
