import { limits, type Signal, type Signals } from "../protocol.gen";
import * as rule from "./check";

/** Holds signals to send, of each kind the latest, until the server's rate allows them. */
export class SignalQueue {
  /** nothing is sent before */
  next = 0;
  #waiting: Signal[] = [];

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  put(s: Signal): void {
    this.#waiting = this.#waiting.filter((w) => w.kind !== s.kind);
    this.#waiting.push(s);
  }

  /** Returns a frame with all that waits, if there is any and it is time. `rate` is in signals a second, 0: any. */
  take(rate: number, now: number): Signals | undefined {
    if (this.empty || now < this.next) return undefined;
    const signals = this.#waiting;
    if (rate > 0) this.next = now + (signals.length * 1000) / rate;
    this.#waiting = [];
    return { type: "signal", signals };
  }
}

/** Throws for what the server does not take from a client. */
export function checkSignal(s: Signal): void {
  rule.need(s.from === undefined, "server_kind", "from is the server's");
  switch (s.kind) {
    case "cursor":
    case "laser":
      whole(s.x, s.y);
      break;
    case "selection":
      rule.ids(s.objects ?? []);
      break;
    case "drag":
      rule.need((s.places ?? []).length <= limits.maxList, "list_too_long");
      for (const p of s.places ?? []) whole(p.x, p.y);
      break;
    case "reaction":
      rule.need(s.emoji !== "", "malformed", "an emoji");
      rule.line(s.emoji, limits.maxEmoji);
      rule.need((s.objects ?? []).length <= 1, "malformed", "one object");
      break;
    case "typing":
      rule.need((s.objects ?? []).length <= 1, "malformed", "one object");
      break;
    case "here":
    case "gone":
      rule.need(false, "server_kind", s.kind);
  }
}

function whole(x: number, y: number): void {
  rule.need(Number.isSafeInteger(x) && Number.isSafeInteger(y), "malformed", "whole numbers");
  rule.place(x, y);
}
