import { type Code, codes } from "../protocol.gen";
import type { Inner } from "./inner";
import { SignalQueue } from "./signals";
import type { Cause, Ending } from "./types";
import { writerUnknown } from "./writer";

const backoffMin = 500;
const backoffMax = 30_000;
/** Who is replaced again within it shares its outbox with another program. */
const replacedTwice = 60_000;

/** The end of a connection, or one that could not be made. Returns when to make the next, undefined if never. */
export function closed(c: Inner, cause: Cause, now: number): number | undefined {
  if (c.state === "closed") return undefined;
  const told = c.bye ?? cause;
  const ending = endingOf(told, c.bye === undefined && c.hangup ? c.hangReason : (told.message ?? ""));
  const welcomed = !c.greeting && c.state !== "offline";
  c.greeting = c.rewinding = c.hangup = false;
  c.loading = c.bye = undefined;
  c.moment = [];
  c.frames = [];
  c.signals = new SignalQueue();
  c.here.clear();
  if (ending.code === "writer_unknown" && c.outbox.secret !== "") writerUnknown(c, welcomed);
  if (final(ending) || (ending.code === "replaced" && shared(c, now))) {
    c.setState("closed", ending);
    return undefined;
  }
  const nothing = ending.code === undefined && ending.close === 0 && ending.message === "";
  c.setState("offline", nothing ? undefined : ending);
  return now + backoff(c, told.retry ?? 0);
}

/** Fills in the code from the close code, or the other way round. */
function endingOf(cause: Cause, message: string): Ending {
  let { code, close = 0 } = cause;
  for (const [known, closes] of Object.entries(codes) as [Code, number][]) {
    if (closes === 0) continue;
    if (code === undefined && closes === close) code = known;
    if (code === known && close === 0) close = closes;
  }
  const ending: Ending = { close, message: message || (code ?? "") };
  if (code !== undefined) ending.code = code;
  return ending;
}

/** Whether coming back is of no use. */
function final({ close }: Ending): boolean {
  return (close >= 4500 && close <= 4999) || close === 1003 || close === 1009;
}

/**
 * Is for a connection that another one replaced. Once that may be this page's own, whose hello was held up on its way; twice
 * in a row it is another program with the same outbox, and the two would evict each other for ever.
 */
function shared(c: Inner, now: number): boolean {
  const before = c.replaced;
  c.replaced = now;
  return before !== undefined && now - before < replacedTwice;
}

/**
 * How many milliseconds to wait. What the server told is the least: whoever it refused at the same moment would otherwise
 * come back at the same moment.
 */
function backoff(c: Inner, told: number): number {
  const nth = c.tries++;
  if (told > 0) return told + (c.random() * told) / 2;
  if (c.anew && nth === 0) return 0;
  return c.random() * Math.min(backoffMax, backoffMin * 2 ** nth);
}
