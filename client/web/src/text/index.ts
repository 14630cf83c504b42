/**
 * What merges the texts that several people type into one note at the same time: the same functions that the server
 * computes, held to the same vectors. Positions and lengths count UTF-16 code units, as strings do here anyway.
 *
 * A change is a list of runs over the whole of one text: a positive number keeps so many units, a negative one deletes,
 * a string is inserted. No run is empty, no two neighbours are of one kind, an insert stands before the delete at its
 * place. Runs are never changed in place, so they may be shared.
 */
export { apply, check, invert } from "./apply";
export { mapCaret } from "./caret";
export { baseLength, identity, isIdentity, maxRuns, resultLength, TextError } from "./change";
export { difference } from "./difference";
export { compose, transform, transformPair } from "./merge";
export { parse } from "./parse";
export { plain } from "./plain";
export { threeWay } from "./threeway";
