/**
 * Locks for pages without Web Locks, which are those by plain http. A lock is an empty database of its own: the browser
 * deletes one only when nobody has it open, so who deleted it and made it anew is alone with it until its connection closes.
 * The browser closes that when the tab ends, also by a crash, and keeps it while the tab is only frozen.
 */
import type { Held, HoldOptions } from "./locks";

/** As `navigator.locks.request` with these options; undefined also where there are no databases. */
export function holdDatabase(
  name: string,
  { ifAvailable, signal, patience }: HoldOptions,
  factory?: IDBFactory,
): Promise<Held | undefined> {
  return new Promise((resolve) => {
    let wanted = true;
    const giveUp = () => {
      wanted = false;
      resolve(undefined);
    };
    const take = async (from: IDBFactory) => {
      do {
        await answer(from.deleteDatabase(name), ifAvailable ? giveUp : null);
        if (!wanted) return;
        let made = false;
        const asked = from.open(name, 1);
        asked.onupgradeneeded = () => {
          made = true;
        };
        const held = heldBy(await answer(asked, null), from);
        if (made && wanted) return resolve(held);
        held.release(); // a request cannot be taken back: what comes of it when nobody wants it any more is let go
      } while (wanted && !ifAvailable);
      giveUp();
    };
    if (signal?.aborted) return giveUp();
    signal?.addEventListener("abort", giveUp);
    if (patience !== undefined) setTimeout(giveUp, patience);
    Promise.resolve(factory ?? globalThis.indexedDB)
      .then(take)
      .catch(giveUp);
  });
}

function heldBy(db: IDBDatabase, factory: IDBFactory): Held {
  return {
    lost: new Promise((done) => {
      db.onclose = () => done();
    }),
    release() {
      db.close();
      factory.deleteDatabase(db.name); // leaves nothing on the device, unless another has it already
    },
  };
}

function answer<T>(request: IDBRequest<T>, blocked: (() => void) | null): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    (request as IDBRequest as IDBOpenDBRequest).onblocked = blocked;
  });
}
