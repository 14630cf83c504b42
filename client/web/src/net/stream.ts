/**
 * A board's event stream, for networks that let no WebSocket through: frames come down a response that does not end, and
 * go up one request each (R1 to R3).
 */
import type { Cause } from "../core";
import { type Base, type ClientFrame, type Code, codes, type Hello, type Signals, version } from "../protocol.gen";
import { Ordered } from "./ordered";
import { problemOf } from "./rest";
import { EventParser, type StreamEvent } from "./sse";
import { type Line, openWithin, type Transport } from "./transport";

export function openStream(line: Line): Transport {
  return new Stream(line);
}

/** How long a frame may be on its way up before the network counts as gone, ms. */
const sendWithin = 10_000;

class Stream implements Transport {
  private readonly abort = new AbortController();
  private readonly arriving: Ordered;
  private readonly upward: ClientFrame[] = [];
  private sending = false;
  private over = false;

  constructor(private readonly line: Line) {
    this.arriving = new Ordered({
      frame: (text) => line.frame(text),
      base: (part: Base) => line.base(part),
      broken: (why) => this.end({ message: String(why) }),
    });
    queueMicrotask(() => {
      if (!this.over) line.opened(); // hello makes the request
    });
  }

  send(frame: ClientFrame): void {
    if (frame.type === "hello") {
      void this.read(frame);
      return;
    }
    const last = this.upward.at(-1);
    if (frame.type === "signal" && last?.type === "signal") this.upward[this.upward.length - 1] = newest(last, frame);
    else this.upward.push(frame);
    void this.sendAll();
  }

  close(): void {
    this.over = true;
    this.arriving.stop();
    this.abort.abort();
  }

  private end(cause: Cause): void {
    if (this.over) return;
    this.close();
    this.line.ended(cause);
  }

  private async read(hello: Hello): Promise<void> {
    const limit = setTimeout(() => this.end({ message: "the stream does not open" }), openWithin);
    try {
      const answer = await fetch(`/api/v1/boards/${this.line.board}/stream`, {
        headers: {
          Authorization: `Bearer ${this.line.token}`,
          "Denkwand-Version": String(version),
          ...(!hello.watch && { "Denkwand-Writer": hello.writer || "new" }),
          ...(hello.at && { "Denkwand-At": hello.at }),
        },
        cache: "no-store",
        credentials: "omit",
        signal: this.abort.signal,
      });
      clearTimeout(limit);
      if (!answer.ok || !answer.body) {
        const { code, status, retry, detail } = await problemOf(answer);
        this.end(code === "offline" ? {} : { code, message: detail || String(status), retry });
        return;
      }
      const events = new EventParser();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        for (const event of events.take(piece.value)) this.take(event);
      }
      this.arriving.behind(() => this.end({}));
    } catch (why) {
      clearTimeout(limit);
      this.arriving.behind(() => this.end({ message: String(why) }));
    }
  }

  private take({ event, data }: StreamEvent): void {
    if (event === "base") this.arriving.base(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
    else this.arriving.frame(data);
  }

  /** One after the other: requests side by side would overtake one another. */
  private async sendAll(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    for (let frame = this.upward.shift(); frame && !this.over; frame = this.upward.shift()) await this.post(frame);
    this.sending = false;
  }

  private async post(frame: ClientFrame): Promise<void> {
    const limit = setTimeout(() => this.end({ message: "a frame did not get through" }), sendWithin);
    try {
      const answer = await fetch(`/api/v1/boards/${this.line.board}/submit`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${this.line.token}`,
          "Content-Type": "application/json",
          "Denkwand-Writer": this.line.secret() ?? "",
        },
        body: JSON.stringify(frame),
        cache: "no-store",
        credentials: "omit",
        signal: this.abort.signal,
      });
      if (answer.ok) return;
      const { code, detail, retry } = await problemOf(answer);
      // Where the writer has no connection any more, hello on a new stream says why, or mends it.
      if (code !== "offline" && closes(code)) this.end({ code, message: detail, retry });
      else this.end({ message: detail, retry });
    } catch (why) {
      this.end({ message: String(why) });
    } finally {
      clearTimeout(limit);
    }
  }
}

/** Whether a frame that the server refused with a code is one for which it would have closed a socket. */
function closes(code: Code): boolean {
  return code !== "hello_first" && code !== "writer_unknown" && (codes[code] ?? 0) > 0;
}

/** Signals that wait, with newer ones in their place: of a kind the latest wins. */
function newest(waiting: Signals, next: Signals): Signals {
  const kinds = new Set(next.signals.map((signal) => signal.kind));
  return { type: "signal", signals: [...waiting.signals.filter(({ kind }) => !kinds.has(kind)), ...next.signals] };
}
