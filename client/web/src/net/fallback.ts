/** Which way to connect: by WebSocket, or by event stream where the network lets no WebSocket through. */

export type Way = "socket" | "stream";

/** So many upgrades must fail in a row before the stream is tried. */
const failures = 2;

/**
 * Remembers for the page's life how connecting went. A server that is down fails both ways, and a socket that opened once
 * proves the network lets them through: then the stream is a stopgap, and the socket comes first again.
 */
export class Fallback {
  private failed = 0;
  private sockets = false;
  private streams = false;

  next(): Way {
    if (this.streams && !this.sockets) return "stream";
    return this.failed < failures ? "socket" : "stream";
  }

  opened(way: Way): void {
    if (way === "socket") this.sockets = true;
    else this.streams = true;
    this.failed = 0;
  }

  /** It ended before it opened. */
  neverOpened(way: Way): void {
    this.failed = way === "socket" ? this.failed + 1 : 0;
  }
}

/** The page's one memory of it. */
export const fallback = new Fallback();
