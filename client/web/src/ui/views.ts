/**
 * What one can look at of a board. Each is loaded when it is looked at: the way from a link to the first note has none of
 * the others in it.
 */
export const views = {
  board: () => import("./board/BoardPage.svelte"),
  outcome: () => import("./outcome/OutcomePage.svelte"),
  past: () => import("./past/PastPage.svelte"),
  show: () => import("./share/BigScreen.svelte"),
};
