/**
 * The board as the page thinks of it: what is to be looked at ({@link Wall}), what a person can do ({@link Acts}), and what
 * follows from where things lie. No network, no clock of its own, no Svelte. Places and sizes are in 1/64 of a board unit.
 */
export { newID } from "../core";
export { Acts } from "./acts";
export { type Face, perspectiveOf } from "./face";
export { hull } from "./geometry";
export { LiveWall } from "./live";
export { clusterOrder, type Direction, nearestNote, readingOrder } from "./order";
export { outcomeCSV, outcomeMarkdown } from "./outcome";
export { PastWall } from "./past";
export { freePlace } from "./place";
export { Player, type Step } from "./player";
export { ringAt, ringsOf } from "./ring";
export { search } from "./search";
export { firstRings } from "./setup";
export { snap } from "./snap";
export { type Counts, type Tally, tally } from "./tally";
export type * from "./types";
export { UndoStack } from "./undo";
