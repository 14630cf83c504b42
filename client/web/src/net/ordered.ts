/**
 * Frames in the order in which they came. Parts of the base are gzip, which the browser unpacks in its own time; what came
 * behind them waits for them.
 */
import type { Base } from "../protocol.gen";

export interface Receiver {
  frame(text: string): void;
  base(part: Base): void;
  /** a part could not be read */
  broken(why: unknown): void;
}

async function unzip(packed: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<Base> {
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(plain).json()) as Base;
}

type Arrived = { part: Promise<Base> } | { run: () => void };

export class Ordered {
  private waiting: Arrived[] = [];
  private busy = false;
  private stopped = false;

  constructor(private readonly to: Receiver) {}

  frame(text: string): void {
    this.behind(() => this.to.frame(text));
  }

  base(packed: ArrayBuffer | Uint8Array<ArrayBuffer>): void {
    const part = unzip(packed); // parts are unpacked side by side
    part.catch(() => {}); // asked again where its turn comes
    this.waiting.push({ part });
    void this.run();
  }

  /** Does something behind all that came before it. */
  behind(run: () => void): void {
    if (!this.busy && !this.stopped) {
      run();
      return;
    }
    this.waiting.push({ run });
  }

  stop(): void {
    this.stopped = true;
    this.waiting = [];
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.waiting.shift(); next && !this.stopped; next = this.waiting.shift()) {
      if ("run" in next) {
        next.run();
        continue;
      }
      try {
        const part = await next.part;
        if (!this.stopped) this.to.base(part);
      } catch (why) {
        if (!this.stopped) this.to.broken(why);
      }
    }
    this.busy = false;
  }
}
