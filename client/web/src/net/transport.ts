/** A connection to a board, whichever way it goes. */
import type { Cause } from "../core";
import type { Base, ClientFrame, ID } from "../protocol.gen";

export interface Line {
  readonly board: ID;
  readonly token: string;
  /** the writer's resume secret, when there is one */
  secret(): string | undefined;
  /** the connection is there: hello may be sent */
  opened(): void;
  frame(text: string): void;
  base(part: Base): void;
  /** it ended, or never was; told once, and nothing is told after it */
  ended(cause: Cause): void;
}

export interface Transport {
  send(frame: ClientFrame): void;
  /** Ends it; `ended` is not told any more. */
  close(): void;
}

/** How long a connection may take to open before it is given up, ms: some networks swallow them without a word. */
export const openWithin = 5000;
