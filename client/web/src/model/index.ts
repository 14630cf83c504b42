/**
 * The board as the page thinks of it: what is to be looked at ({@link Wall}), what a person can do ({@link Acts}), and what
 * follows from where things lie. No network, no clock of its own, no Svelte. Places and sizes are in 1/64 of a board unit.
 */
export { newID } from "../core";
export { Acts, noteSize, type PlaceTarget } from "./acts";
export { type Face, perspectiveOf } from "./face";
export { type Box, bounds, hull, hullAir, type Point, roundedHull, within } from "./geometry";
export { LiveWall, type Source } from "./live";
export { noChange } from "./objects";
export { clusterOrder, type Direction, inReadingOrder, nearestNote, readingOrder } from "./order";
export { type OutcomeWords, outcomeCSV, outcomeMarkdown } from "./outcome";
export { kindOf, PastWall } from "./past";
export { freePlace, grid } from "./place";
export { type Loader, Player, type Step } from "./player";
export { areasFrontFirst, ringAt, ringOfTarget, ringsOf } from "./ring";
export { type Found, search } from "./search";
export { firstRings } from "./setup";
export { type Snap, type SnapLine, snap } from "./snap";
export { type Counts, type Tally, tally } from "./tally";
export type * from "./types";
export { canBeUndone, type Named, UndoStack } from "./undo";
