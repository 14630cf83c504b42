/** What makes a page look whether its connection lives: it was hidden, the computer slept, the network came or went. */

export interface Wakeups {
  /** the connection may be another, or gone */
  look(): void;
  /** the page may never be seen again: what must survive is stored now */
  keep(): void;
  /** the page goes, perhaps to be shown again as it is */
  leave(): void;
  /** it is shown again as it was */
  comeBack(): void;
  /** the device says whether it has a network */
  network(online: boolean): void;
}

/** A timer that comes this much late means that the computer slept, ms. */
const jump = 5000;
const tick = 1000;

/** Watches until the returned function is called. */
export function watchPage(to: Wakeups): () => void {
  const off = new AbortController();
  const on = { signal: off.signal };
  const network = () => {
    to.network(navigator.onLine);
    to.look();
  };
  addEventListener("online", network, on);
  addEventListener("offline", network, on);
  document.addEventListener(
    "visibilitychange",
    () => (document.visibilityState === "hidden" ? to.keep() : to.look()),
    on,
  );
  addEventListener("pagehide", () => to.leave(), on);
  addEventListener("pageshow", (event) => event.persisted && to.comeBack(), on);
  let last = Date.now();
  const timer = setInterval(() => {
    const at = Date.now();
    if (at - last > tick + jump) to.look();
    last = at;
  }, tick);
  return () => {
    off.abort();
    clearInterval(timer);
  };
}
