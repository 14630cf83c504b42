// Drives the client for a test: takes commands on stdin, one JSON object a line, and answers each on stdout.
//
//	node --experimental-websocket play.mjs

import { once } from "node:events";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { Client, id } from "./client.mjs";

const client = new Client();

/** The copy without zero values: what every client of the same role must hold. */
function dump() {
  const full = (object) => Object.entries(object).filter(([, v]) => v && v.length !== 0);
  return Object.fromEntries([...client.copy].map(([key, object]) => [key, Object.fromEntries(full(object))]));
}

/** Waits until something holds, for as long as a test has patience. */
async function until(holds, what) {
  const late = () => Promise.reject(new Error(`no ${what} within 15 s: ${JSON.stringify(client.told)}`));
  const signal = AbortSignal.timeout(15_000);
  while (!holds()) await once(client, "news", { signal }).catch(late);
}

const commands = {
  join: ({ link, name }) => client.join(link, name),
  connect: () => (client.connect(), until(() => client.live, "welcome")),
  create: ({ text }) => {
    const note = id();
    client.submit({ kind: "note.create", note, x: 64, y: -64, w: 12800, h: 9600, text, rev: id() });
    return { note };
  },
  submit: ({ op }) => ({ n: client.submit(op) }),
  edit: ({ note, at, del, ins }) => ({ shown: client.edit(note, at, del, ins) }),
  ping: ({ at }) => client.send({ type: "ping", at }),
  settle: () => until(() => client.live && client.outbox.length === 0, "empty outbox"),
  told: ({ what }) => until(() => client.told.some((t) => what in t), what),
  offline: () => until(() => !client.live, "end of the connection"),
  holds: ({ dump: wanted }) => until(() => isDeepStrictEqual(dump(), wanted), "such board"),
  state: () => ({ at: client.at, next: client.next, outbox: client.outbox, told: client.told.splice(0) }),
  dump,
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const done = Promise.resolve(command).then(commands[command.do]);
  const answer = await done.then((ok = {}) => ({ ok }), (error) => ({ error: error.stack }));
  console.log(JSON.stringify(answer));
}
process.exit(0);
