/** How much of what others do is said, as this device keeps it. */
import type { Announcer, Hearing } from "./announce";

const name = "denkwand.hearing";
const told = new Set<(hearing: Hearing) => void>();

export function hearing(): Hearing {
  try {
    const kept = localStorage.getItem(name);
    return kept === "all" || kept === "off" ? kept : "summary";
  } catch {
    return "summary"; // a browser that keeps nothing
  }
}

export function setHearing(to: Hearing): void {
  try {
    localStorage.setItem(name, to);
  } catch {
    // it holds until the page is closed
  }
  for (const each of told) each(to);
}

/** The announcer follows what is chosen. */
export function keepsHearing(announcer: Announcer): () => void {
  announcer.hearing = hearing();
  const follow = (to: Hearing) => {
    announcer.hearing = to;
  };
  told.add(follow);
  return () => told.delete(follow);
}
