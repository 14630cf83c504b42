/** Where the page is. An address never holds a secret outside its fragment, and not longer than it is needed there. */
import { type Route, routeOf } from "./route";

let current = $state.raw<Route>(routeOf(location));

function read(): void {
  current = routeOf(location);
}
addEventListener("popstate", read); // a new fragment is told as one, too

export const router = {
  get route(): Route {
    return current;
  },

  /** Goes to a path of this page, as a step that "back" takes back. */
  go(path: string): void {
    history.pushState(null, "", path);
    scrollTo(0, 0);
    read();
  },

  /** Becomes another path without a step. */
  replace(path: string): void {
    history.replaceState(null, "", path);
    read();
  },

  /** Takes the secret out of the address bar, where it could be seen over a shoulder or shared by accident. */
  dropSecret(): void {
    if (location.hash) router.replace(location.pathname + location.search);
  },
};

/** Plain links to pages of ours are followed without loading anew; what asks for a new tab stays with the browser. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link?.href || link.target || link.hasAttribute("download")) return;
  const to = new URL(link.href);
  if (to.origin !== location.origin || routeOf(to).page === "unknown") return;
  if (to.pathname === location.pathname && to.hash && !to.pathname.startsWith("/b/")) return; // a place on this page
  event.preventDefault();
  router.go(to.pathname + to.search + to.hash);
}
