/** A board's WebSocket. */
import { type Base, type ClientFrame, subprotocol } from "../protocol.gen";
import { Ordered } from "./ordered";
import { type Line, openWithin, type Transport } from "./transport";

export function openSocket(line: Line): Transport {
  return new Socket(line);
}

class Socket implements Transport {
  private readonly socket: WebSocket;
  private readonly arriving: Ordered;
  private readonly limit: ReturnType<typeof setTimeout>;
  private over = false;

  constructor(private readonly line: Line) {
    this.arriving = new Ordered({
      frame: (text) => line.frame(text),
      base: (part: Base) => line.base(part),
      broken: (why) => this.end({ message: String(why) }),
    });
    const address = new URL(`/api/v1/boards/${line.board}/socket`, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(address, subprotocol);
    this.socket.binaryType = "arraybuffer";
    this.limit = setTimeout(() => this.end({ message: "the socket does not open" }), openWithin);
    this.socket.onopen = () => {
      clearTimeout(this.limit);
      line.opened();
    };
    this.socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") this.arriving.frame(data);
      else this.arriving.base(data);
    };
    // Behind what came: a bye says more than the close code.
    this.socket.onclose = ({ code }) =>
      this.arriving.behind(() => this.end(code > 1006 || code === 1003 ? { close: code } : {}));
  }

  send(frame: ClientFrame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  close(): void {
    this.over = true;
    clearTimeout(this.limit);
    this.arriving.stop();
    this.socket.onopen = null;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket.close(1000, "away");
  }

  private end(cause: { close?: number; message?: string }): void {
    if (this.over) return;
    this.close();
    this.line.ended(cause);
  }
}
