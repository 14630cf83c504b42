/**
 * Keeps a Core connected: opens a way to the server, passes on what comes and goes, keeps the Core's time, and comes back
 * when it says. The wake-ups of a page (it was hidden, the computer slept, the network came) make it look at once.
 */
import type { Cause, Core, Output } from "../core";
import type { ClientFrame, ID } from "../protocol.gen";
import { fallback, type Way } from "./fallback";
import { openSocket } from "./socket";
import { openStream } from "./stream";
import type { Line, Transport } from "./transport";

export interface DriverOptions {
  core: Core;
  board: ID;
  token: string;
  /**
   * Is told what the core wants to say, also when it is nothing. What is to be sent waits for the answer: an op is
   * stored before it is submitted.
   */
  took(out: Output): Promise<void> | undefined;
}

/** How long an answer to a probe may take before the connection counts as dead, ms. */
const probeWithin = 2000;

const ways: Record<Way, (line: Line) => Transport> = { socket: openSocket, stream: openStream };

/** The core's clock, ms. */
export const now = (): number => performance.now();

export class Driver {
  private readonly core: Core;
  private transport: Transport | undefined;
  private way: Way = "socket";
  private welcomed = false;
  /** names the connection: what an earlier one still says is passed over */
  private connection = 0;
  private sending: Promise<void> | undefined;
  private clock: ReturnType<typeof setTimeout> | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;
  private asked = false;
  /** performance.now() before which the server does not want us back */
  private notBefore = 0;
  private pongs: ("core" | "probe")[] = [];
  private probing: ReturnType<typeof setTimeout> | undefined;
  private paused = true;
  private greet: () => void = () => undefined;
  /** Resolves when a first way to the server opened, and the core said who it is, or did not open. */
  readonly greeted = new Promise<void>((resolve) => {
    this.greet = resolve;
  });

  constructor(private readonly options: DriverOptions) {
    this.core = options.core;
  }

  /** Connects, and stays connected. */
  start(): void {
    if (!this.paused || this.core.state === "closed") return;
    this.paused = false;
    this.connect();
  }

  /** Hangs up and does not come back before start. */
  stop(): void {
    this.paused = true;
    clearTimeout(this.again);
    if (this.transport) this.hangUp({});
    clearTimeout(this.again);
    clearTimeout(this.clock);
  }

  /** Something happened to the core: takes what it wants, with what else happens in this turn. */
  wake(): void {
    if (this.asked) return;
    this.asked = true;
    queueMicrotask(() => {
      this.asked = false;
      this.take();
    });
  }

  /** Finds out at once whether the connection lives; without one, makes one unless the server wants to be left alone. */
  probe(): void {
    if (this.paused) return;
    if (!this.transport) {
      if (this.core.state !== "closed" && now() >= this.notBefore) this.connect();
      return;
    }
    if (!this.welcomed || this.probing) return;
    this.pongs.push("probe");
    this.transport.send({ type: "ping" });
    this.probing = setTimeout(() => {
      this.hangUp({ message: "no answer to a probe" });
      this.probe();
    }, probeWithin);
  }

  private connect(): void {
    clearTimeout(this.again);
    this.again = undefined;
    this.connection++;
    this.welcomed = false;
    this.way = fallback.next();
    const mine = this.connection;
    const live = () => mine === this.connection;
    this.transport = ways[this.way]({
      board: this.options.board,
      token: this.options.token,
      secret: () => this.core.writer?.secret,
      opened: () => {
        if (!live()) return;
        this.core.start(now());
        this.take();
        this.greet();
      },
      frame: (text) => {
        if (live()) this.receive(text);
      },
      base: (part) => {
        if (!live()) return;
        this.core.receiveBase(part, now());
        this.wake();
      },
      ended: (cause) => {
        if (live()) this.over(cause);
      },
    });
  }

  private receive(text: string): void {
    if (!this.welcomed) {
      this.welcomed = true;
      fallback.opened(this.way);
    }
    if (this.isProbesPong(text)) return;
    this.heedRetry(text);
    this.core.receive(text, now());
    this.wake();
  }

  /** Answers come in the order of the pings. The core knows nothing of those that are not its own. */
  private isProbesPong(text: string): boolean {
    if (text.length > 200 || !text.includes('"pong"')) return false;
    const whose = this.pongs.shift();
    if (whose !== "probe") return false;
    clearTimeout(this.probing);
    this.probing = undefined;
    return true;
  }

  private heedRetry(text: string): void {
    if (text.length > 2000 || !text.includes('"bye"')) return;
    const frame = JSON.parse(text) as { type: string; retry?: number };
    if (frame.type === "bye" && frame.retry) this.notBefore = now() + frame.retry;
  }

  private take(): void {
    const out = this.core.take(now());
    const stored = this.options.took(out);
    if (out.frames.length > 0 || out.hangup) this.send(out.frames, out.hangup, stored);
    clearTimeout(this.clock);
    const next = this.core.next();
    if (next !== undefined) this.clock = setTimeout(() => this.take(), Math.max(0, next - now()));
  }

  /** In order, each behind what it waits for. Frames of a connection that is gone are not sent: the core makes them anew. */
  private send(frames: ClientFrame[], hangup: boolean, stored: Promise<void> | undefined): void {
    const mine = this.connection;
    const go = () => {
      if (mine !== this.connection || !this.transport) return;
      for (const frame of frames) {
        if (frame.type === "ping") this.pongs.push("core");
        this.transport.send(frame);
      }
      if (hangup) this.hangUp({});
    };
    const before = [this.sending, stored].filter((waited) => waited !== undefined);
    if (before.length === 0) {
      go();
      return;
    }
    const turn: Promise<void> = Promise.all(before).then(() => {
      if (this.sending === turn) this.sending = undefined;
      go();
    });
    this.sending = turn;
  }

  private hangUp(cause: Cause): void {
    this.transport?.close();
    this.over(cause);
  }

  private over(cause: Cause): void {
    if (!this.welcomed) fallback.neverOpened(this.way);
    this.greet();
    this.connection++; // what is still said of this one is of no use
    this.transport = undefined;
    this.welcomed = false;
    this.pongs = [];
    clearTimeout(this.probing);
    this.probing = undefined;
    if (cause.retry) this.notBefore = now() + cause.retry;
    const when = this.core.closed(cause, now());
    this.take();
    if (when !== undefined && !this.paused) this.again = setTimeout(() => this.connect(), Math.max(0, when - now()));
  }
}
