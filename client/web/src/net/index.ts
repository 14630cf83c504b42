/**
 * The page's way to the server and to what this device keeps: REST, people and preferences, and the session of one person
 * on one board, which survives a lost connection, a closed tab and a crash.
 */
import type { Session } from "../model/types";
import { type Opening, openSession as open } from "./open";

export { type Person, type Prefs, people, prefs } from "./device";
export { forget, unsentOf } from "./forget";
export type { Opening } from "./open";
export {
  type Count,
  type Counts,
  type Created,
  type Invited,
  type Joined,
  type Joining,
  type Link,
  type NewBoard,
  type NewLink,
  type Outcome,
  Problem,
  type ProblemCode,
  rest,
  type StateAt,
  type Step,
  type Steps,
} from "./rest";

/** A session, and what it found that an earlier tab could not send. */
export interface LiveSession extends Session {
  /** notes (or, without any, acts) that an earlier tab of this device left unsent and that are being sent now */
  readonly recovered: number;
  /** Forgets what could not be sent: the person has copied it, or wants it gone. Of use when `save.kind` is "closed". */
  discard(): Promise<void>;
}

/** Opens a person's session on a board, with what an earlier tab of theirs left unsent. It connects by itself. */
export function openSession(opening: Opening): Promise<LiveSession> {
  return open(opening);
}
