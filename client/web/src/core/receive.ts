import type { Hello, NotNow, Rewind, ServerFrame, Signals, Welcome } from "../protocol.gen";
import { limits, version } from "../protocol.gen";
import { changes, outOfOrder } from "./changes";
import type { Inner } from "./inner";
import { own } from "./own";
import { unparkAll } from "./parked";
import { Copy } from "./view";
import { welcomeWriter } from "./writer";

/** Between two pings, in milliseconds. */
export const pingEvery = 5000;

/** A connection was made: hello is the first frame to send. */
export function start(c: Inner, now: number): void {
  if (c.state === "closed") return;
  c.setState("connecting");
  c.greeting = true;
  c.rewinding = c.rewound = c.hangup = c.anew = false;
  c.bye = c.loading = undefined;
  c.moment = [];
  c.heard = now;
  c.nextPing = now + pingEvery;
  const hello: Hello = { type: "hello", version, token: c.token };
  if (c.outbox.secret !== "") hello.writer = c.outbox.secret;
  if (c.watch) hello.watch = true;
  if (c.copy.at !== "") hello.at = c.copy.at;
  c.frames = [hello];
}

/** Takes a text message. Frames that this build does not know are passed over. */
export function receive(c: Inner, message: string, now: number): void {
  if (c.hangup || (c.state !== "connecting" && c.state !== "live")) return;
  c.heard = now;
  const f = parseFrame(message);
  if (f === undefined) {
    c.hang("the server sent what is no frame");
    return;
  }
  if (c.greeting && f.type !== "welcome" && f.type !== "rewind" && f.type !== "bye") {
    if (!c.rewinding) c.hang(outOfOrder); // after rewind, what was under way before it is of no use
    return;
  }
  switch (f.type) {
    case "welcome":
      welcome(c, f, now);
      break;
    case "changes":
      changes(c, f);
      break;
    case "own":
      own(c, f, now);
      break;
    case "signal":
      receiveSignals(c, f);
      break;
    case "pong":
      c.tries = 0; // a connection that lived this long is not a try any more
      break;
    case "notnow":
      notNow(c, f, now);
      break;
    case "rewind":
      rewind(c, f);
      break;
    case "bye":
      c.bye = f;
      c.hang("");
  }
}

function parseFrame(message: string): ServerFrame | undefined {
  try {
    const f: unknown = JSON.parse(message);
    return typeof f === "object" && f !== null && "type" in f ? (f as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}

function notNow(c: Inner, { n, code, message, retry }: NotNow, now: number): void {
  c.outbox.notNow(n, now + retry);
  c.notify({ kind: "notnow", code, message, retry });
}

function rewind(c: Inner, { code, message }: Rewind): void {
  // The view stays to be looked at until the base is complete, but nothing can be resumed from it.
  c.copy.at = "";
  c.loading = undefined;
  c.moment = [];
  c.greeting = c.rewinding = c.rewound = true;
  c.outbox.forget();
  c.setState("connecting");
  c.notify({ kind: "rewound", code, message });
}

function welcome(c: Inner, w: Welcome, now: number): void {
  if (!c.greeting) {
    c.hang(outOfOrder);
    return;
  }
  if (c.board !== "" && c.board !== w.board) {
    c.hang("the server opened another board");
    return;
  }
  c.board = w.board;
  c.me = w.me;
  c.setRole(w.role);
  c.limits = {
    ...w.limits,
    frame: w.limits.frame || limits.maxFrame,
    noteText: w.limits.noteText || limits.maxNoteText,
  };
  c.here.clear();
  for (const id of w.here ?? []) c.here.add(id);
  const base = w.base ?? 0;
  if (w.writer !== undefined && !welcomeWriter(c, w.writer, base > 0)) return;
  if (!c.rewinding) c.nextPing = now + pingEvery;
  c.greeting = c.rewinding = false;
  if (base > 0) {
    c.loading = { copy: new Copy(), of: base, got: 0 };
    return;
  }
  c.setState("live");
  unparkAll(c); // what a new writer did not take over has no outcome to wait for
}

function receiveSignals(c: Inner, f: Signals): void {
  for (const s of f.signals) {
    if (s.from === undefined) continue;
    if (s.kind === "here") c.here.add(s.from);
    else if (s.kind === "gone") c.here.delete(s.from);
    c.got.push(s);
  }
}
